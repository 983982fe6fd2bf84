"""Answers with a file to keep, which programs of other sites may read."""

from collections.abc import Iterable

from flask import Response

from ..core.headers import open_to_other_sites


def file_to_keep(content: Iterable[bytes] | str, name: str, mimetype: str) -> Response:
    """A file to keep under a name."""
    return named(Response(content, mimetype=mimetype), name)


def named(response: Response, name: str) -> Response:
    """The same answer as a file to keep under a name."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return open_to_other_sites(response)
