"""Links in letters by which somebody responsible says, in one click, that an entry is still true.

A link is signed, is for this alone, and for one person and one entry. It is worthless once the entry has been
confirmed or taken out, or the person's account closed; and after 60 days.
"""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

_SECONDS = 60 * 86_400
_WORTHLESS = gettext_noop("This link has been used, has expired, or its entry is gone. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class ConfirmationRequest:
    """What a link is about: an entry of a kind, and the person who was asked."""

    kind: EntryKind
    entry: Any
    person: User


def confirmation_token(kind: EntryKind, entry: Any, person: User) -> str:
    """The part of a link's address that says who may confirm what."""
    return _signer().dumps([kind, entry.id, str(entry.confirmed_on), person.id])


def read(session: Session, text: str) -> ConfirmationRequest:
    """What a link is about. Raises Refused for one that is forged, old or used."""
    try:
        kind, entry_id, confirmed_on, person_id = _signer().loads(text, max_age=_SECONDS)
    except BadData:
        raise Refused(_WORTHLESS) from None
    entry: Any = session.get(ENTRIES[kind].model, entry_id)
    person = session.get(User, person_id)
    if entry is None or person is None or person.disabled_at is not None or str(entry.confirmed_on) != confirmed_on:
        raise Refused(_WORTHLESS)
    return ConfirmationRequest(kind, entry, person)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="citypeers-still-true")
