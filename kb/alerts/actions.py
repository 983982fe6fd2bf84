"""What people do with alerts: ask for one, confirm it, end it; and what is deleted by itself."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.accounts.queries import plain_email
from kb.catalogue.change_log import log_position
from kb.core.column_types import now
from kb.core.db import locked

from .choices import PERIODS
from .models import Alert
from .signed_links import CONFIRMATION_DAYS


def ask(session: Session, email: str, question: str, words: str, frequency: str, language: str) -> Alert:
    """An alert to be confirmed; asked for twice, it is one."""
    query = select(Alert).where(Alert.email == email, Alert.question == question, Alert.state == "unconfirmed")
    # Locked, since it may be deleted for its age at this moment.
    alert = session.scalars(locked(query.order_by(Alert.id).limit(1))).first()
    if alert is None:
        alert = Alert(email=email, question=question, stamp=secrets.token_hex(8))
        session.add(alert)
    alert.words, alert.frequency, alert.language, alert.asked_at = words, frequency, language, now()
    session.flush()
    return alert


def confirm(session: Session, alert: Alert) -> None:
    """Begin to tell what is new from now on; one that is confirmed already stays as it is.

    An earlier alert of the same address for the same question ends, and what it had not told yet is told by this one.
    """
    if alert.confirmed_at is not None:
        return
    alert.told_until, _ = log_position(session)
    same = select(Alert).where(
        Alert.email == alert.email,
        Alert.question == alert.question,
        Alert.confirmed_at.is_not(None),
        Alert.id != alert.id,
    )
    for earlier in session.scalars(locked(same)):
        alert.told_until = min(alert.told_until, earlier.told_until)
        session.delete(earlier)
    alert.confirmed_at = now()
    alert.due_at = alert.confirmed_at + PERIODS[alert.frequency]
    alert.state = "waiting"
    session.flush()


def end(session: Session, alert: Alert) -> None:
    """Delete an alert with its address."""
    session.delete(alert)
    session.flush()


def end_all(session: Session, email: str) -> int:
    """Delete every alert of an address, as for whoever asks for that by letter; return how many."""
    # Locked in the order in which they are sent, so that nobody waits in a ring.
    ids = session.scalars(
        select(Alert.id).where(Alert.email == plain_email(email)).order_by(Alert.id).with_for_update()
    )
    return len(session.scalars(delete(Alert).where(Alert.id.in_(ids.all())).returning(Alert.id)).all())


def forget_unconfirmed(session: Session, moment: datetime) -> int:
    """Delete alerts that nobody confirmed in time, with their addresses; return how many."""
    late = Alert.asked_at < moment - timedelta(days=CONFIRMATION_DAYS)
    return len(session.scalars(delete(Alert).where(Alert.state == "unconfirmed", late).returning(Alert.id)).all())
