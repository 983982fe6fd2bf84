"""Who is signed in, by the signed cookie: an id, the stamp that the person then had, and when they were last here.

A new stamp signs a person out everywhere. Signing in empties the cookie first, so nothing that was put there before,
by whomever, is trusted afterwards, and forms get a new token.
"""

import time
from collections.abc import Callable

from flask import g, session
from sqlalchemy.orm import Session

from kb.accounts import queries
from kb.accounts.models import User

_PERSON = "person"

RENEWED_AFTER = 300
"""Seconds until the cookie is told that the person is still here; each telling is a Set-Cookie."""


def person(opened: Callable[[], Session], rest_minutes: int) -> User | None:
    """The person whom the cookie names, unless the account was closed, got a new stamp or rested for too long."""
    held = session.get(_PERSON)
    if held is None:
        return None
    key, stamp, seen = held
    rested = time.time() - seen
    found = queries.person_with_stamp(opened(), key, stamp) if rested < rest_minutes * 60 else None
    if found is None:
        session.pop(_PERSON)
    elif rested > RENEWED_AFTER:
        session[_PERSON] = [key, stamp, int(time.time())]
    return found


def sign_in(found: User) -> None:
    """Remember a person from now on, and nothing else of what the cookie held."""
    session.clear()
    # The token that Flask-WTF made for this request belongs to the old session.
    g.pop("csrf_token", None)
    session[_PERSON] = [found.id, found.stamp, int(time.time())]
    g.user = found


def sign_out() -> None:
    """Forget the person, and everything else that the cookie holds."""
    session.clear()
    g.pop("csrf_token", None)
    g.user = None
