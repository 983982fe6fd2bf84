"""Taking the names of askers away when they have been kept for as long as was promised."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..models import Block, ForumSession, Question


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
