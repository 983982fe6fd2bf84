"""How large a request may be: its address, and forms that carry a file, from people who may send one."""

from functools import partial
from math import ceil

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from kb.importing.readers import Limits

from . import access, context, login_session
from .csrf import LARGEST
from .pages import ErrorPage

LARGEST_UPLOAD = Limits().file_bytes + 100_000
"""Bytes of a file and the form around it; werkzeug keeps what is large on the disk, nameless, while it is read."""

LONGEST_ADDRESS = 16_384
"""Bytes of an address with its query: a question of 1,000 characters takes up to 9,000, and the filters some more."""

UPLOADS = frozenset({"importing.upload", "desk.step_submit"})
"""Endpoints that take files."""


def _refuse_long_address() -> None:
    if len(request.path) + len(request.query_string) > LONGEST_ADDRESS:
        abort(414)


def _let_files_in() -> ResponseReturnValue | None:
    """Raise the limit before the form is read, which the check of its token does; tell at once what is too large."""
    if request.endpoint not in UPLOADS:
        return None
    permission = context.permission()
    if permission is None or not access.allows(permission):
        return None
    request.max_content_length = LARGEST_UPLOAD
    if (request.content_length or 0) > LARGEST_UPLOAD:
        return _too_large()
    return None


def _too_large() -> ResponseReturnValue:
    sizes = {
        "size": f"{ceil((request.content_length or LARGEST_UPLOAD) / 1e5) / 10:g}",
        "most": round(Limits().file_bytes / 1e6),
    }
    if request.endpoint == "desk.step_submit":
        words = gettext(
            "What you sent has %(size)s MB; up to %(most)s MB can be sent at once. Go back, choose fewer or smaller "
            "pictures, and save again.",
            **sizes,
        )
    else:
        words = gettext(
            "The file has %(size)s MB; files up to %(most)s MB are read. Remove pictures and sheets that are not "
            "needed, or split it.",
            **sizes,
        )
    title = gettext("That file is too large")
    return ErrorPage(code=413, title=title, explanation=words).render(), RequestEntityTooLarge.code or 413


def _largest_body(app: Flask, method: str, path: str, cookie: str) -> int:
    """How many bytes of a body are worth keeping, as far as the address and the cookie's signature tell."""
    try:
        endpoint, _ = app.url_map.bind("").match(path, method)
    except HTTPException:
        return LARGEST
    if endpoint not in UPLOADS:
        return LARGEST
    incoming = app.request_class({"wsgi.url_scheme": "http", "REQUEST_METHOD": method, "HTTP_COOKIE": cookie})
    cookie_session = app.session_interface.open_session(app, incoming)
    return LARGEST_UPLOAD if login_session.names_somebody(cookie_session) else LARGEST


def register(app: Flask) -> None:
    """Look at addresses and uploads before anything reads them; let the server know which bodies may be large."""
    app.extensions["kb_largest_body"] = partial(_largest_body, app)
    app.before_request(_refuse_long_address)
    app.before_request(_let_files_in)
