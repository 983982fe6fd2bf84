"""Signed links in mails about alerts: one confirms an alert for some days, the other ends it at any time."""

import re

from itsdangerous import BadSignature, Signer, TimestampSigner
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.column_types import LARGEST_ID
from kb.core.db import locked
from kb.core.errors import Problem
from kb.core.i18n import gettext_noop

from .models import Alert

CONFIRMATION_DAYS = 3
"""How long an alert may be confirmed; then it is deleted with its address."""

_OVER = gettext_noop(
    "It may be incomplete, or older than 3 days. To get mails for a search, open the search and choose "
    "“Tell me what is new” again."
)


_ENDING = re.compile(r"/alerts/end/([^\s/<>?]+)")


class InvalidAlertLink(Problem):
    """A link is none of ours, or its time is over."""


class AlertLinks:
    """Writes and reads links by the site's secret."""

    def __init__(self, secret: str) -> None:
        self._confirming = TimestampSigner(secret, salt="citypeers-alert-confirm")
        self._ending = Signer(secret, salt="citypeers-alert-end")

    def to_confirm(self, alert: Alert) -> str:
        """The part of an address that confirms an alert within CONFIRMATION_DAYS."""
        return self._confirming.sign(_name(alert)).decode()

    def to_end(self, alert: Alert) -> str:
        """The part of an address that ends an alert, for as long as there is one."""
        return self._ending.sign(_name(alert)).decode()

    def read_to_confirm(self, session: Session, ticket: str, *, is_locked: bool = False) -> Alert:
        """The alert that a link confirms. Raises InvalidAlertLink, also where there is no such alert any more.

        A transaction that is to change it locks it, since it may be ended at that moment.
        """
        try:
            name = self._confirming.unsign(ticket, max_age=CONFIRMATION_DAYS * 86_400)
        except BadSignature:
            raise InvalidAlertLink(_OVER) from None
        alert = _called(session, name, is_locked=is_locked)
        if alert is None:
            raise InvalidAlertLink(_OVER)
        return alert

    def read_to_end(self, session: Session, ticket: str, *, is_locked: bool = False) -> Alert | None:
        """The alert that a link ends, None where it has been ended. Raises InvalidAlertLink for a link not of ours."""
        try:
            name = self._ending.unsign(ticket)
        except BadSignature:
            raise InvalidAlertLink(_OVER) from None
        return _called(session, name, is_locked=is_locked)


def tickets_to_end(header: str) -> list[str]:
    """The parts that end alerts, of the links in the header `List-Unsubscribe`."""
    return _ENDING.findall(header)


def _name(alert: Alert) -> str:
    return f"{alert.id}-{alert.stamp}"


def _called(session: Session, name: bytes, *, is_locked: bool) -> Alert | None:
    number, _, stamp = name.decode().partition("-")
    query = select(Alert).where(Alert.id == min(int(number), LARGEST_ID), Alert.stamp == stamp)
    return session.scalar(locked(query) if is_locked else query)
