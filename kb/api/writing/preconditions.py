"""Compares the version that a program read with the one there is now, by the header `If-Match`."""

import re

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, PreconditionRequired
from werkzeug.http import parse_etags

# An ETag begins with the version; what follows is how it was shown. A cache that packs an answer may call it weak.
_VERSION = re.compile(r"([0-9]{1,9})(?:[-:].*)?", re.ASCII)


class VersionChanged(HTTPException):
    """There is another version by now than the one that a program read."""

    code = 412

    def __init__(self, version: int) -> None:
        super().__init__(
            gettext(
                "Someone else saved first. The newest version is %(version)s. Read it again, and change that one.",
                version=version,
            )
        )
        self.version = version


def etag_of(version: int) -> str:
    """The ETag of something that is told apart by its version alone."""
    return f'"{version}"'


def require_version(version: int, *, is_optional: bool = False) -> None:
    """Raise PreconditionRequired without `If-Match`, VersionChanged where it names another version than this one."""
    header = request.headers.get("If-Match", "")
    if not header.strip():
        if is_optional:
            return
        raise PreconditionRequired(
            gettext(
                "Say which version you change: send the header If-Match with the ETag that you got when you read it."
            )
        )
    tags = parse_etags(header)
    named = [_VERSION.fullmatch(tag) for tag in tags.as_set(include_weak=True)]
    if not tags.star_tag and version not in {int(found[1]) for found in named if found}:
        raise VersionChanged(version)
