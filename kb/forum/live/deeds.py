"""What moderators do, by its name, noted in the audit trail by number of the question, with nothing of its asker."""

from datetime import datetime

from sqlalchemy.orm import Session

from ..models import ForumSession, Question, Speaker
from . import moderating
from .chairs import Chair, note_deed

DEEDS = {
    "approve": "approve-question",
    "decline": "decline-question",
    "merge": "join-question",
    "pin": "pin-question",
    "unpin": "unpin-question",
    "answered": "answer-question",
    "undo": "undo-question",
    "name-off": "take-name-off",
    "block": "block-asker",
}
"""What can be done with a question, and the verb by which the trail calls it."""


def do(
    session: Session,
    forum_session: ForumSession,
    chair: Chair,
    question: Question,
    deed: str,
    now: datetime,
    into: int | None = None,
    answer: str | None = None,
    by: int | None = None,
) -> None:
    """Do one of DEEDS with a question: `into` is the number of another, `by` the id of the speaker who answered."""
    match deed:
        case "approve":
            moderating.approve(session, forum_session, question)
        case "decline":
            moderating.decline(session, forum_session, question)
        case "merge":
            moderating.merge(session, forum_session, question, into or 0)
        case "pin":
            moderating.pin(session, forum_session, question)
        case "unpin":
            moderating.pin(session, forum_session, None)
        case "answered":
            speaker = session.get(Speaker, by) if by else None
            moderating.answered(session, forum_session, question, now, answer, speaker)
        case "undo":
            moderating.undo(session, forum_session, question)
        case "name-off":
            moderating.take_name_off(session, forum_session, question)
        case "block":
            moderating.block(session, forum_session, question)
    joined = {"into": into} if deed == "merge" else {}
    note_deed(session, chair, forum_session, DEEDS[deed], question=question.number, **joined)


def open_questions(session: Session, forum_session: ForumSession, chair: Chair, is_open: bool) -> None:
    """Open the questions, or close them."""
    moderating.open_questions(session, forum_session, is_open)
    note_deed(session, chair, forum_session, "open-questions" if is_open else "close-questions")


def unblock(session: Session, forum_session: ForumSession, chair: Chair, asker_hash: str) -> None:
    """Let somebody ask again."""
    moderating.unblock(session, forum_session, asker_hash)
    note_deed(session, chair, forum_session, "unblock-asker")
