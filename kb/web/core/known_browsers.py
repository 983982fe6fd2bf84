"""Knows browsers in which somebody has signed in before, by a signed cookie that lasts for half a year.

Others can use up the tries at an account from their own browsers, but never those of the browsers its owner has used.
The cookie holds a random number and ids of accounts; it lets nobody in, and goes to the pages for signing in alone.
A browser is known until the person's stamp changes. Else whoever had the password, before it was changed or a second
step was set up, could have made themselves any number of known browsers, each with tries of its own.
"""

import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from kb.accounts.models import User

COOKIE = "known_browser"
_SECONDS = 180 * 86_400
_MOST_ACCOUNTS = 10
_PATH = "/sign-in"


def number_of(user: User) -> str | None:
    """The random number of this browser, where somebody has signed in to the account with it; None otherwise."""
    number, accounts = _read()
    return number if accounts.get(user.id) == user.stamp_mark else None


def remember(user: User) -> None:
    """Let this browser be known for an account from now on; called when its owner has just signed in."""
    number, accounts = _read()
    newest = {user.id: user.stamp_mark} | {key: mark for key, mark in accounts.items() if key != user.id}
    value = _signer().dumps([number or secrets.token_urlsafe(12), list(newest.items())[:_MOST_ACCOUNTS]])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        is_secure = request.is_secure or current_app.config["KB"].is_https
        path = request.script_root + _PATH
        response.set_cookie(COOKIE, value, max_age=_SECONDS, path=path, secure=is_secure, httponly=True, samesite="Lax")
        return response


def _read() -> tuple[str | None, dict[int, str]]:
    """The number, and the marks of the stamps that accounts had when their owners signed in, by their ids."""
    try:
        number, accounts = _signer().loads(request.cookies.get(COOKIE, ""), max_age=_SECONDS)
    except BadData:
        return None, {}
    return number, dict(accounts)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="citypeers-browser-of-accounts")
