"""Answers with a file to keep, which programs of other sites may read."""

from collections.abc import Iterable

from flask import Response

from ..core.headers import as_attachment, open_to_other_sites


def file_to_keep(content: Iterable[bytes] | str, name: str, mimetype: str) -> Response:
    """A file to keep under a name."""
    return open_to_other_sites(as_attachment(Response(content, mimetype=mimetype), name))
