"""Reads and writes cursors: what a list goes on from, opaque to whoever sends it, and signed."""

import hashlib
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import BadRequest

from kb.web.core import context


def write_cursor(question: Mapping[str, Any], position: Any) -> str:
    """A cursor for a position in the list that a question gives."""
    return str(_serializer().dumps([_named(question), position]))


def read_cursor(question: Mapping[str, Any], cursor: str) -> Any:
    """The position of a cursor. Raises BadRequest for one that is broken, or that another question gave."""
    try:
        named, position = _serializer().loads(cursor)
    except (BadData, ValueError, TypeError):
        raise BadRequest(
            gettext("This cursor cannot be read. Use `next` of the page before, or start without a cursor.")
        ) from None
    if named != _named(question):
        raise BadRequest(
            gettext("This cursor belongs to another list. Send it with the same filters and the same sort as before.")
        )
    return position


def _named(question: Mapping[str, Any]) -> str:
    """What tells questions apart, in a few signs."""
    return hashlib.blake2b(repr(sorted(question.items())).encode(), digest_size=6).hexdigest()


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(context.config().secret_key, salt="cursor")
