"""Keys for programs: made, found, revoked; each acts for its owner and never may do more.

A key is 256 bits that nobody can guess, behind a prefix that finds its row. So a fast keyed hash is right (HMAC-SHA256
by the site's secret): the slow hashes of passwords protect what people think up. Whoever reads the database alone can
neither use a key nor try one out.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, joinedload

from kb.core.column_types import now
from kb.core.db import locked
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop

from .actions import record_audit_event
from .models import ApiKey, User

PREFIX_LENGTH = 13
LENGTH = 78
MOST_KEYS = 20
"""Valid keys that a person may have at once."""

SHOWN_FOR = timedelta(minutes=1)
"""For so long a form that was sent twice shows the key that it made; afterwards nobody can see it."""

_WRITTEN = re.compile(r"kb_[0-9a-f]{10}_[0-9a-f]{64}", re.ASCII)
_NO_HASH = "0" * 64

_NOT_A_KEY = gettext_noop("This is not a key. A key begins with kb_ and has %(length)s characters.")
_UNKNOWN = gettext_noop("We do not know this key. Copy it again from where you saved it, or make a new one.")
_REVOKED = gettext_noop("This key was revoked on %(day)s. Make a new one.")
_EXPIRED = gettext_noop("This key expired on %(day)s. Make a new one.")
_CLOSED = gettext_noop("The account of this key is closed.")
_TOO_MANY = gettext_noop("You already have %(number)s valid keys. First revoke one that you no longer use.")
_MADE_BEFORE = gettext_noop("This form was already sent and saved.")
_NO_SUCH_KEY = gettext_noop("You have no such key.")


class InvalidKey(Refused):
    """A key that lets no program in; the message says why and what would be right."""


class ApiKeys:
    """Makes and finds keys by the site's secret; with another secret, no key works any more."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def new_key(self, user: User, form_key: str, wanted: Mapping[str, Any]) -> str:
        """The key that a form makes, by the random key of its page and what it says; sent twice, it is the same."""
        parts = [user.id, form_key or secrets.token_urlsafe(32), sorted(wanted.items())]
        made = hmac.new(self._secret, f"new API key {parts!r}".encode(), hashlib.sha512).hexdigest()
        return f"kb_{made[:10]}_{made[-64:]}"

    def make(self, session: Session, user: User, key: str, *, name: str, scopes: list[str], days: int) -> ApiKey:
        """Store the hash of a new key of a person. Raises Refused beyond MOST_KEYS, or where it was made before."""
        session.scalars(locked(select(User).where(User.id == user.id))).one()
        valid = select(func.count()).where(
            ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None), ApiKey.expires_at > now()
        )
        if session.scalars(valid).one() >= MOST_KEYS:
            raise Refused(_TOO_MANY, number=MOST_KEYS)
        if session.scalar(select(ApiKey.id).where(ApiKey.prefix == key[:PREFIX_LENGTH])) is not None:
            raise Refused(_MADE_BEFORE)
        made_at = now()
        api_key = ApiKey(
            user_id=user.id,
            name=name,
            prefix=key[:PREFIX_LENGTH],
            key_hash=self._hash(key),
            scopes=scopes,
            created_at=made_at,
            expires_at=made_at + timedelta(days=days),
        )
        session.add(api_key)
        session.flush()
        details = {"name": name, "prefix": api_key.prefix, "scopes": ", ".join(scopes), "days": days}
        record_audit_event(session, user, "make-key", "user", user.id, **details)
        return api_key

    def find(self, session: Session, key: str) -> ApiKey:
        """The row of a key that works, with its owner. Raises InvalidKey.

        Only whoever has the whole key is told that it expired or was revoked.
        """
        if not _WRITTEN.fullmatch(key):
            raise InvalidKey(_NOT_A_KEY, length=LENGTH)
        query = select(ApiKey).where(ApiKey.prefix == key[:PREFIX_LENGTH]).options(joinedload(ApiKey.user))
        api_key = session.scalars(query).one_or_none()
        # Compared where there is no row too, so that the time tells nothing about prefixes.
        is_right = hmac.compare_digest(api_key.key_hash if api_key else _NO_HASH, self._hash(key))
        if api_key is None or not is_right:
            raise InvalidKey(_UNKNOWN)
        if api_key.user.disabled_at is not None:
            raise InvalidKey(_CLOSED)
        if api_key.revoked_at is not None:
            raise InvalidKey(_REVOKED, day=api_key.revoked_at.date().isoformat())
        if api_key.expires_at <= now():
            raise InvalidKey(_EXPIRED, day=api_key.expires_at.date().isoformat())
        return api_key

    def just_made(self, session: Session, user: User, key: str) -> ApiKey | None:
        """The row of a key that this person made less than SHOWN_FOR ago, or None."""
        query = keys_of(user).where(ApiKey.key_hash == self._hash(key), ApiKey.created_at > now() - SHOWN_FOR)
        return session.scalars(query).one_or_none()

    def _hash(self, key: str) -> str:
        return hmac.new(self._secret, f"API key {key}".encode(), hashlib.sha256).hexdigest()


def keys_of(user: User) -> Select[ApiKey]:
    """The keys of a person, the newest first."""
    return select(ApiKey).where(ApiKey.user_id == user.id).order_by(ApiKey.id.desc())


def state_of(api_key: ApiKey, moment: datetime) -> str:
    """Whether a key works: "valid", "expired" or "revoked"."""
    if api_key.revoked_at is not None:
        return "revoked"
    return "valid" if api_key.expires_at > moment else "expired"


def revoke(session: Session, user: User, key_id: int) -> ApiKey:
    """End a key of a person; once more changes nothing. Raises NotFound for a key of somebody else."""
    api_key = session.scalars(locked(keys_of(user).where(ApiKey.id == key_id))).one_or_none()
    if api_key is None:
        raise NotFound(_NO_SUCH_KEY)
    if api_key.revoked_at is None:
        api_key.revoked_at = now()
        record_audit_event(session, user, "revoke-key", "user", user.id, name=api_key.name, prefix=api_key.prefix)
    return api_key


def note_use(session: Session, api_key: ApiKey) -> None:
    """Note the day on which a key is used."""
    session.execute(update(ApiKey).where(ApiKey.id == api_key.id).values(last_used_on=now().date()))
