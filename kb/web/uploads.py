"""Forms that may be large because they carry a file: only theirs, and only from people who may send one."""

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge

from kb.accounts.permissions import may
from kb.exchange.tables import Limits

from . import access, current

LARGEST_UPLOAD = Limits().file_bytes + 100_000
"""Bytes of a file and the form around it; werkzeug keeps what is large on the disk, nameless, while it is read."""

UPLOADS = frozenset({"importing.upload"})
"""Endpoints that take files."""


def _let_files_in() -> ResponseReturnValue | None:
    """Raise the limit before the form is read, which the check of its token does; tell at once what is too large."""
    if request.endpoint not in UPLOADS:
        return None
    verb = access.verb_of(current_app.view_functions[request.endpoint])
    if verb is None or not may(current.user(), verb):
        return None
    request.max_content_length = LARGEST_UPLOAD
    if (request.content_length or 0) > LARGEST_UPLOAD:
        return _too_large()
    return None


def _too_large() -> ResponseReturnValue:
    words = gettext(
        "The file has %(size)s MB; files up to %(most)s MB are read. Take out pictures and sheets that are not "
        "needed, or split it.",
        size=round((request.content_length or LARGEST_UPLOAD) / 1e6),
        most=round(Limits().file_bytes / 1e6),
    )
    title = gettext("That file is too large")
    return render_template(
        "site/error.html", code=413, title=title, explanation=words
    ), RequestEntityTooLarge.code or 413


def register(app: Flask) -> None:
    """Look at uploads before their forms are read."""
    app.before_request(_let_files_in)
