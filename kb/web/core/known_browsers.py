"""Knows browsers in which somebody has signed in before, by a signed cookie that lasts for half a year.

Others can use up the tries at an account from their own browsers, but never those of the browsers its owner has used.
The cookie holds a random number and ids of accounts; it lets nobody in, and goes to the pages for signing in alone.
"""

import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

COOKIE = "known_browser"
_SECONDS = 180 * 86_400
_MOST_ACCOUNTS = 10
_PATH = "/sign-in"


def number_of(account: int | None) -> str | None:
    """The random number of this browser, where somebody has signed in to the account with it; None otherwise."""
    number, accounts = _read()
    return number if account in accounts else None


def remember(account: int) -> None:
    """Let this browser be known for an account from now on; called when its owner has just signed in."""
    number, accounts = _read()
    accounts = [account, *(other for other in accounts if other != account)][:_MOST_ACCOUNTS]
    value = _signer().dumps([number or secrets.token_urlsafe(12), accounts])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        is_secure = request.is_secure or current_app.config["KB"].is_https
        path = request.script_root + _PATH
        response.set_cookie(COOKIE, value, max_age=_SECONDS, path=path, secure=is_secure, httponly=True, samesite="Lax")
        return response


def _read() -> tuple[str | None, list[int]]:
    try:
        number, accounts = _signer().loads(request.cookies.get(COOKIE, ""), max_age=_SECONDS)
    except BadData:
        return None, []
    return number, accounts


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="citypeers-known-browser")
