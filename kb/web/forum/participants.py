"""People of the audience in a browser: a random token in a signed cookie, of which the database sees keyed hashes only.

Hundreds sit behind one address of a conference hall, so what they do counts for their tokens, and for budgets of the
address that a full hall does not use up (`request_budgets`). That holds for the pages a session leads to as well.
"""

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from kb.core import metrics
from kb.forum.live.participation import Participant, new_token, participant_of

from ..core import context, limits

COOKIE = "voice"
_SECONDS = 180 * 86_400
"""The cookie lasts until names have been forgotten, so that people can take off their own before."""

NEW_PARTICIPANTS = "900 per minute"
"""Tokens that one address may be given: a full hall that scans the code at once."""

BY_PARTICIPANT = "240 per minute"
"""Requests that one token may make: a poll a second, and some pages."""


QUESTIONS_BY_ADDRESS = "60 per 5 minutes"
"""Questions to a session that moderators are shown at once from one address; further ones are held back for them."""

LINKED_PAGES = {
    "home.home",
    "initiatives.initiative",
    "cities.city",
    "leaders.leader",
    "visions.vision",
    "forum.forum",
    "forum.session_page",
}
"""Pages to which the audience's page leads, some of them everybody at once, as to the record at the end."""

PAGES_THAT_GIVE_TOKENS = {"audience.audience", "audience.ask", "audience.screen"}
"""The pages that give a token to whoever has none."""


def token() -> str | None:
    """The token of this browser, where it has one that we signed."""
    if "participant_token" not in g:
        try:
            g.participant_token = str(_signer().loads(request.cookies.get(COOKIE, "")))
        except BadSignature:
            g.participant_token = None
    browser_token: str | None = g.participant_token
    return browser_token


def note_listener() -> None:
    """Note that this browser follows a session just now, where it has a token."""
    browser_token = token()
    if browser_token is not None:
        metrics.FORUM_LISTENERS.see(browser_token)


def participant(session_id: int) -> Participant | None:
    """Who this is in a session; None without a token."""
    browser_token = token()
    return participant_of(browser_token, session_id, context.config().secret_key) if browser_token else None


def count() -> None:
    """Count this request for the token that it brings, or the token that it will be given for the address."""
    if is_by_token():
        limits.spend(BY_PARTICIPANT, "voice", str(token()))
    elif request.endpoint in PAGES_THAT_GIVE_TOKENS and request.method == "GET":
        limits.spend(NEW_PARTICIPANTS, "new voice", limits.client_address())


def is_by_token() -> bool:
    """Whether this request is for a page of the audience, or one that a session leads to, and brings a token."""
    return (request.blueprint == "audience" or request.endpoint in LINKED_PAGES) and token() is not None


def is_beyond_share(code: str) -> bool:
    """Count a question to a session for the address; whether more have come from there than moderators can read."""
    return not limits.is_exempt() and not limits.is_within(
        QUESTIONS_BY_ADDRESS, "questions", code, limits.client_address()
    )


def give(response: Response) -> Response:
    """Give this browser a token with a page, unless it has one."""
    if token() is None:
        response.set_cookie(
            COOKIE,
            _signer().dumps(new_token()),
            max_age=_SECONDS,
            path=context.config().site_path or "/",
            secure=request.is_secure or context.config().is_https,
            httponly=True,
            samesite="Lax",
        )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="citypeers-voice")
