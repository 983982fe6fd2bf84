"""Lets whoever has just written read their own words, also from another tab or another node.

A signed cookie holds where the primary's log ended after the write. While it lasts, pages come from a standby only if
that has everything up to there. It is set where there are standbys, and by answers to requests that wrote.
"""

from flask import Flask, Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from kb.core.commits import has_committed
from kb.core.standbys import written_position

COOKIE = "written"

_LEAST_SECONDS = 60
"""The cookie lasts for so long, and for longer than a standby that is used may lag."""


def position() -> int:
    """Where the log ended after the last write of this browser; 0 where it has not written lately."""
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return 0
    try:
        written: int = _signer().loads(cookie, max_age=_seconds())
    except BadData:
        return 0
    return written


def _forget() -> None:
    written_position.set(0)
    has_committed.set(False)


def _set_cookie(response: Response) -> Response:
    written = written_position.get()
    if written:
        response.set_cookie(
            COOKIE,
            _signer().dumps(written),
            max_age=_seconds(),
            path=current_app.config["KB"].site_path or "/",
            secure=request.is_secure or current_app.config["KB"].is_https,
            httponly=True,
            samesite="Lax",
        )
    return response


def _seconds() -> int:
    return max(_LEAST_SECONDS, 2 * int(current_app.config["KB"].read_lag_seconds))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="citypeers-written")


def register(app: Flask) -> None:
    """Set the cookie by each answer to a request that wrote."""
    app.before_request(_forget)
    app.after_request(_set_cookie)
