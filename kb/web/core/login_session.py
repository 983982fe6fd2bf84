"""Who is signed in, by the signed cookie: ids of the person and the sign-in, the person's stamp, and the last visit.

Beside them it says whether this sign-in took a second step, and when the person last proved who they are. Between the
two steps it names whoever knew the password; that is no sign-in, lasts ten minutes, and is used once.

A new stamp signs a person out everywhere; signing out ends this one sign-in, for every copy of its cookie. Signing in
empties the cookie first, so nothing that was put there before, by whomever, is trusted afterwards, and forms get a new
token. Only the id of the browser stays, by which it gets its own late forms back.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, after_this_request, g, session
from sqlalchemy.orm import Session

from kb.accounts import queries
from kb.accounts.models import User

from . import known_browsers

_PERSON = "person"
_BROWSER = "browser"
CHAIRS = "chairs"
"""The name in the cookie under which ids of links for the chairs of sessions stand."""
_FIRST_STEP = "first_step"
_SECOND_STEP = "second_step"
_CONFIRMED = "confirmed"

STEP_SECONDS = 600
"""Seconds between the two steps of signing in, and for which a person who proved who they are is not asked again."""

RENEWED_AFTER = 300
"""Seconds until the cookie is told that the person is still here; each telling is a Set-Cookie."""


def person(opened: Callable[[], Session], rest_minutes: int, may_be_old: Callable[[], bool]) -> User | None:
    """The person whom the cookie names, unless the account was closed, the sign-in ended, or they rested too long.

    What is read may be old while the primary database is gone; then nobody is signed out who is not known.
    """
    cookie = session.get(_PERSON)
    if cookie is None:
        return None
    try:
        key, stamp, seen, sign_in_id = cookie
    except ValueError:
        # A cookie of an earlier version, whose sign-in could not be ended.
        session.pop(_PERSON)
        return None
    rested = time.time() - seen
    user = queries.person_signed_in(opened(), key, stamp, sign_in_id) if rested < rest_minutes * 60 else None
    if user is None:
        if not may_be_old():
            session.pop(_PERSON)
    elif rested > RENEWED_AFTER:
        session[_PERSON] = [key, stamp, int(time.time()), sign_in_id]
    return user


def person_in(writing: Session) -> User | None:
    """The person whom the cookie names, locked in a transaction, unless they were signed out since it was read."""
    key, stamp, _seen, sign_in_id = session[_PERSON]
    return queries.person_signed_in(writing, key, stamp, sign_in_id, is_locked=True)


def person_id() -> int | None:
    """The id of the person whom the cookie names; nothing is looked up, so they may have been signed out since."""
    cookie = session.get(_PERSON)
    return int(cookie[0]) if cookie else None


def names_somebody(cookie: Mapping[str, object] | None) -> bool:
    """Whether a session cookie, once its signature was checked, names a person; the database is not asked."""
    return bool(cookie and _PERSON in cookie)


def lets_somebody_in() -> bool:
    """Whether the cookie names a person, also between two steps, or links by which somebody leads a session.

    Nothing is looked up.
    """
    return not {_PERSON, _FIRST_STEP, CHAIRS}.isdisjoint(session)


def sign_in(user: User, *, second_step: bool = False) -> None:
    """Remember a person from now on, and nothing else of what the cookie held; `second_step` says that they took it."""
    _empty()
    session[_PERSON] = [user.id, user.stamp, int(time.time()), secrets.token_urlsafe(16)]
    if second_step:
        session[_SECOND_STEP] = True
    note_confirmed()
    g.user = user
    known_browsers.remember(user)


def renew(user: User, *, second_step: bool = False) -> None:
    """Sign the person in anew in this browser after the stamp changed; a second step that was taken still counts."""
    sign_in(user, second_step=second_step or has_second_step())


def has_second_step() -> bool:
    """Whether this sign-in took a second step, here or at the provider."""
    return _SECOND_STEP in session


def note_second_step() -> None:
    """Note that whoever is signed in has just taken a second step."""
    session[_SECOND_STEP] = True


def forget_second_step() -> None:
    """Note that whoever is signed in has no second factor any more."""
    session.pop(_SECOND_STEP, None)


def note_confirmed() -> None:
    """Note that whoever is signed in has just proved who they are."""
    session[_CONFIRMED] = int(time.time())


def is_confirmed() -> bool:
    """Whether whoever is signed in proved who they are within the last minutes."""
    confirmed_at: int = session.get(_CONFIRMED, 0)
    return time.time() - confirmed_at < STEP_SECONDS


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A person who took the first step of signing in; `way` is how, `id` is used once."""

    person: User
    way: str
    id: str


def begin_second_step(user: User, way: str) -> FirstStep:
    """Remember who took the first step, and nothing else of what the cookie held; nobody is signed in by it."""
    _empty()
    g.user = None
    first_step = FirstStep(user, way, secrets.token_urlsafe(16))
    session[_FIRST_STEP] = [user.id, user.stamp, int(time.time()), first_step.id, way]
    return first_step


def first_step(opened: Callable[[], Session], *, is_locked: bool = False) -> FirstStep | None:
    """Who took the first step within ten minutes, unless the account was closed, signed out, or this was used.

    A transaction that signs the person in by it locks them.
    """
    cookie = session.get(_FIRST_STEP)
    if cookie is None:
        return None
    key, stamp, began, step_id, way = cookie
    if time.time() - began >= STEP_SECONDS:
        return None
    user = queries.person_signed_in(opened(), key, stamp, step_id, is_locked=is_locked)
    return FirstStep(user, way, step_id) if user is not None else None


def sign_in_id() -> str | None:
    """The id of the sign-in that the cookie names, if any; nothing is looked up, so it may have ended since."""
    cookie = session.get(_PERSON)
    return str(cookie[3]) if cookie and len(cookie) == 4 else None


def sign_out() -> None:
    """Forget the person, in this browser alone, whatever the answer to this request will be."""
    _empty()
    g.user = None

    @after_this_request
    def clear_kept_pages(response: Response) -> Response:
        # Pages that the browser keeps for its Back button show who was signed in.
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def browser_id() -> str:
    """A random id of this browser, which its cookie holds; made when it is first asked for."""
    made: str = session.setdefault(_BROWSER, secrets.token_urlsafe(16))
    return made


def known_browser_id() -> str | None:
    """The id of this browser, or None where none was made for it yet."""
    known: str | None = session.get(_BROWSER)
    return known


def _empty() -> None:
    """Take everything out of the cookie but the id of the browser."""
    browser = known_browser_id()
    session.clear()
    # The token that Flask-WTF made for this request belongs to the old session.
    g.pop("csrf_token", None)
    if browser is not None:
        session[_BROWSER] = browser
