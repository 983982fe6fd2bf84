"""The tables of people and of the audit trail."""

import hashlib
import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Code, Name, Sorted, UTCDateTime, now, one_of
from kb.core.db import Model

from .choices import ROLES


def new_stamp() -> str:
    """A stamp that no earlier cookie or link holds."""
    return secrets.token_urlsafe(16)


class User(Sorted, Model):
    """A person with an account. `email` is kept in small letters; `password_hash` is None until one is chosen.

    Sessions and links carry `stamp`: a new one signs the person out everywhere and makes old links invalid.
    """

    __tablename__ = "users"
    __table_args__ = (one_of("role", ROLES, "role_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[Name]
    role: Mapped[Code]
    organisation: Mapped[Name | None]
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id", ondelete="SET NULL"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    stamp: Mapped[str] = mapped_column(String(40), default=new_stamp)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    signed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def stamp_mark(self) -> str:
        """What may be said of the stamp outside session cookies, in things that end with it: part of its hash."""
        return hashlib.sha256(self.stamp.encode()).hexdigest()[:16]


class EndedSignIn(Model):
    """A sign-in that its person ended by signing out; kept for as long as a copy of its cookie would have lasted."""

    __tablename__ = "ended_sign_ins"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Submission(Model):
    """A form that made something, by the hash of its key and what it said; `location` is the page of what it made."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    location: Mapped[str | None] = mapped_column(String(2000))


class ApiKey(Model):
    """A key by which a program acts for its owner; the key itself is stored nowhere, only its hash.

    `prefix` is how the key begins: it tells keys apart and finds the row. `scopes` are of `permissions.SCOPES`.
    `last_used_on` is no finer than a day.
    """

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[Name]
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship()


class IdempotentRequest(Model):
    """A request of a program that was done, by the hash of its idempotency key, with what was answered."""

    __tablename__ = "idempotent_requests"
    # One counts what a person's programs did within the last day.
    __table_args__ = (Index(None, "user_id", "at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    location: Mapped[str | None] = mapped_column(String(2000))
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class AuthenticatorApp(Model):
    """The authenticator app of a person: a secret that the app knows too, from which both compute codes (RFC 6238).

    `secret` is encrypted by the site's own; `last_step` is the latest half minute whose code was used.
    """

    __tablename__ = "authenticator_apps"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Passkey(Model):
    """A passkey of a person (WebAuthn): the public half of a pair of keys, whose other half never leaves their device.

    `credential_id` is in base64url; `sign_count` is how often the device says that it has signed, 0 where it does not.
    """

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[Name]
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(Model):
    """A code that lets a person in once in place of a second factor; only its hash is stored.

    `prefix` is how the code begins: it finds the row.
    """

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "prefix"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    prefix: Mapped[str] = mapped_column(String(4))
    code_hash: Mapped[str] = mapped_column(String(255))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AuditEvent(Model):
    """Somebody did something. `actor_name` stays when the account goes; `kind` and `key` name what it was done to."""

    __tablename__ = "audit_events"
    # Each filter of the trail reads backwards from the newest, and never more than it shows.
    __table_args__ = (
        Index(None, "actor_id", "id"),
        Index(None, "verb", "id"),
        Index(None, "kind", "id"),
        Index(None, "kind", "key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor_name: Mapped[Name | None]
    verb: Mapped[Code]
    kind: Mapped[Code | None]
    key: Mapped[str | None] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
