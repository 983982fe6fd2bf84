"""Signed links that let somebody in once, bound to the person's stamp; they end by time or by a new stamp."""

from typing import Literal

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.db import locked
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .models import User

Purpose = Literal["invitation", "reset"]

SECONDS: dict[Purpose, int] = {"invitation": 14 * 86_400, "reset": 3_600}
"""How long a link of each kind lasts: 14 days, and an hour."""

INVITATION = "/invitations/{ticket}"
"""The path of an invitation, which the terminal writes as well as the web."""
_INVALID = gettext_noop("This link does not work.")


class InvalidLink(Refused):
    """A link lets nobody in: it was used, its time is over, a newer one replaced it, or it never was one of ours."""


class SignedLinks:
    """Writes and reads links by the site's secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def write(self, purpose: Purpose, user: User) -> str:
        """The part of a link's address that lets this person in, until it is used or its time is over."""
        return self._signer(purpose).dumps([user.id, user.stamp_mark])

    def read(self, purpose: Purpose, ticket: str, session: Session, *, is_used: bool = False) -> User:
        """The person whom a link lets in. Raises InvalidLink.

        When it is used, the person is locked: a second use waits for the first, and then finds a new stamp.
        """
        try:
            key, mark = self._signer(purpose).loads(ticket, max_age=SECONDS[purpose])
        except BadSignature:
            raise InvalidLink(_INVALID) from None
        query = select(User).where(User.id == key, User.disabled_at.is_(None))
        user = session.scalar(locked(query) if is_used else query)
        if user is None or user.stamp_mark != mark:
            raise InvalidLink(_INVALID)
        return user

    def _signer(self, purpose: Purpose) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=f"citypeers-{purpose}")
