"""Removes the names of askers after the number of days that was promised."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.catalogue.change_log import acquire_write_lock
from kb.core.column_types import now
from kb.core.db import Database

from ..models import Block, ForumSession, Question

log = structlog.get_logger(__name__)


def forget_names(session: Session, before: datetime) -> int:
    """Forget who asked in sessions that began before a moment: names, and hashes by which a browser is known again.

    Blocks go with them. Questions, answers and counts of votes stay. Gives the number of questions that had a name.
    """
    over = select(ForumSession.id).where(ForumSession.starts_at < before, ForumSession.state != "live")
    theirs = Question.session_id.in_(over) & (Question.asker_name.is_not(None) | Question.asker_hash.is_not(None))
    names = 0
    # First, as for who withdraws or merges what they are about.
    acquire_write_lock(session)
    for question in session.scalars(select(Question).where(theirs).order_by(Question.id)):
        names += question.asker_name is not None
        question.asker_name = question.asker_hash = None
    session.execute(delete(Block).where(Block.session_id.in_(over)))
    session.flush()
    return names


def forget_old_names(database: Database, days: int) -> None:
    """Forget the names that were kept for so many days."""
    with database.writing() as session:
        forgotten = forget_names(session, now() - timedelta(days=days))
    if forgotten:
        log.info("names of askers deleted", questions=forgotten)
