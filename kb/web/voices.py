"""People of the audience in a browser: a random token in a signed cookie, of which the database sees keyed hashes only.

Hundreds sit behind one address of a conference hall, so what they do counts for their tokens; what counts for the
address is how many tokens it is given, and requests without one.
"""

from flask import Response, current_app, g, request
from flask_limiter.util import get_remote_address
from itsdangerous import BadSignature, URLSafeSerializer

from kb.forum.live.voices import Voice, new_token, voice_of

from . import current, limits

COOKIE = "voice"
_SECONDS = 180 * 86_400
"""The cookie lasts until names have been forgotten, so that people can take off their own before."""

NEW_VOICES = "900 per minute"
"""Tokens that one address may be given: a full hall that scans the code at once."""

BY_VOICE = "240 per minute"
"""Requests that one token may make: a poll a second, and some pages."""


GIVING = {"audience.audience", "audience.ask", "audience.screen"}
"""The pages that give a token to whoever has none."""


def token() -> str | None:
    """The token of this browser, where it has one that we signed."""
    if "voice" not in g:
        try:
            g.voice = str(_signer().loads(request.cookies.get(COOKIE, "")))
        except BadSignature:
            g.voice = None
    held: str | None = g.voice
    return held


def voice(session_id: int) -> Voice | None:
    """Who this is in a session; None without a token."""
    held = token()
    return voice_of(held, session_id, current.config().secret_key) if held else None


def count() -> None:
    """Count this request for the token or, without one, for the address; beyond the limit the page of 429."""
    held = token()
    if held:
        limits.spend(BY_VOICE, "voice", held)
    elif request.endpoint in GIVING:
        limits.spend(NEW_VOICES, "new voice", get_remote_address())
    else:
        limits.spend(current.config().rate_limit, "voiceless", get_remote_address())


def give(response: Response) -> Response:
    """Give this browser a token with a page, unless it has one."""
    if token() is None:
        response.set_cookie(
            COOKIE,
            _signer().dumps(new_token()),
            max_age=_SECONDS,
            secure=request.is_secure or current.config().is_https,
            httponly=True,
            samesite="Lax",
        )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="citypeers-voice")
