"""Forms that make something once, however often they are sent: each is claimed where its work is done."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.db import insert_if_absent

from .models import Submission

KEPT = timedelta(days=1)
"""So long a form that was sent again leads to what it made."""


def claim(session: Session, submission_id: str) -> bool:
    """Claim a form; False where it made something before. Who comes at the same moment waits for the first."""
    session.execute(delete(Submission).where(Submission.at < now() - KEPT))
    return insert_if_absent(session, Submission, id=submission_id, at=now())


def record_location(session: Session, submission_id: str, location: str) -> None:
    """Note the page of what a form made."""
    session.execute(update(Submission).where(Submission.id == submission_id).values(location=location))


def submission_by_id(session: Session, submission_id: str) -> Submission | None:
    """The form that was sent before, if any."""
    return session.get(Submission, submission_id, populate_existing=True)
