"""Forms that are sent by POST: each carries a token, and the cookie that holds its other half gives nothing away.

The token lasts as long as the browser stays open: one that ends after an hour loses an hour's work.
"""

from flask import Flask, Response, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect

LARGEST = 1_000_000
"""Bytes that a request may send: five times the longest text as a form encodes it; uploads raise it for their view."""


class SessionCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, sent over https alone wherever the page itself came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie is marked Secure; at home, by http, a browser would drop one that is."""
        return request.is_secure or super().get_cookie_secure(app)


def _keep_private(response: Response) -> Response:
    """A page with somebody's token must not lie in a cache that others read."""
    # Not `session.accessed`: Flask hands the session to every template, which counts as access.
    if (session.modified or "csrf_token" in g) and not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def register(app: Flask) -> None:
    """Ask every POST for its token; templates get `csrf_token()`."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, MAX_CONTENT_LENGTH=LARGEST)
    app.session_interface = SessionCookie()
    CSRFProtect(app)
    app.after_request(_keep_private)
