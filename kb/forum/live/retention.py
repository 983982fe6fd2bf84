"""Removes the names of askers, and reports of readers that are closed, after the number of days that was promised."""

import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.db import Database
from kb.core.retrying import Outage
from kb.editorial.actions import delete_closed_reports
from kb.editorial.choices import REPORT_DAYS

from ..models import Block, ForumSession, Question

log = structlog.get_logger(__name__)


def forget_names(session: Session, before: datetime) -> int:
    """Forget who asked in sessions that began before a moment: names, and hashes by which a browser is known again.

    Blocks go with them. Questions, answers and counts of votes stay. Gives the number of questions that had a name.
    """
    over = select(ForumSession.id).where(ForumSession.starts_at < before, ForumSession.state != "live")
    theirs = Question.session_id.in_(over) & (Question.asker_name.is_not(None) | Question.asker_hash.is_not(None))
    names = 0
    for question in session.scalars(select(Question).where(theirs).order_by(Question.id)):
        names += question.asker_name is not None
        question.asker_name = question.asker_hash = None
    session.execute(delete(Block).where(Block.session_id.in_(over)))
    session.flush()
    return names


def forget_daily(database: Database, days: int, stop: threading.Event, seconds: float = 86_400) -> None:
    """Forget names that were kept for so many days, and old reports, now and once a day, until told to stop."""
    outage = Outage("names of askers could not be forgotten")
    while True:
        pause = seconds
        try:
            with database.writing() as session:
                forgotten = forget_names(session, now() - timedelta(days=days))
                delete_closed_reports(session, now() - timedelta(days=REPORT_DAYS))
            if forgotten:
                log.info("names of askers forgotten", questions=forgotten)
            outage.is_over()
        except SQLAlchemyError as problem:
            pause = min(seconds, outage.failed(problem))
        if stop.wait(pause):
            return
