"""Deletes what was not confirmed, and erases names and addresses of askers after the days that were promised."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from kb.accounts.queries import plain_email
from kb.catalogue.change_log import acquire_write_lock

from .choices import CONFIRMATION_DAYS
from .models import CityAnswer, CityQuestion

_BATCH = 200


def has_old(session: Session, moment: datetime, days: int) -> bool:
    """Whether there is anything to delete or to erase."""
    return bool(session.scalar(select(exists().where(or_(_unconfirmed(moment), _closed(moment, days))))))


def forget_unconfirmed(session: Session, moment: datetime) -> int:
    """Delete questions that nobody confirmed in time, with their addresses; return how many."""
    unconfirmed = select(CityQuestion.id).where(_unconfirmed(moment)).limit(_BATCH)
    # First, as for who withdraws what they are about.
    acquire_write_lock(session)
    # Locked, since the same question may be asked once more at this moment.
    keys = session.scalars(unconfirmed.with_for_update(skip_locked=True)).all()
    if keys:
        # Nothing draws on what was never confirmed.
        unlogged = {"unlogged": True}
        session.execute(delete(CityAnswer).where(CityAnswer.question_id.in_(keys)), execution_options=unlogged)
        session.execute(delete(CityQuestion).where(CityQuestion.id.in_(keys)), execution_options=unlogged)
    return len(keys)


def forget_addresses(session: Session, moment: datetime, days: int) -> int:
    """Erase name and address of whoever asked what was closed so many days ago; return how many had one."""
    return _erase(session, _closed(moment, days), _BATCH)


def erase_address(session: Session, email: str) -> int:
    """Erase an address and its names wherever it stands, as for whoever asks for that by letter; return how many."""
    return _erase(session, CityQuestion.email == plain_email(email))


def _erase(session: Session, condition: ColumnElement[bool], most: int | None = None) -> int:
    acquire_write_lock(session)
    rows = session.scalars(select(CityQuestion).where(condition).order_by(CityQuestion.id).limit(most)).all()
    for question in rows:
        question.email = question.asker_name = None
        question.shares_email = False
    session.flush()
    return len(rows)


def _unconfirmed(moment: datetime) -> ColumnElement[bool]:
    late = moment - timedelta(days=CONFIRMATION_DAYS)
    return and_(CityQuestion.confirmed_at.is_(None), CityQuestion.asked_at < late)


def _closed(moment: datetime, days: int) -> ColumnElement[bool]:
    known = CityQuestion.email.is_not(None) | CityQuestion.asker_name.is_not(None)
    return and_(CityQuestion.closed_at < moment - timedelta(days=days), known)
