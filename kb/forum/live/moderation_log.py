"""What moderators do, by its name, noted in the audit trail by number of the question, with nothing of its asker."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ..models import ForumSession, Question, Speaker
from . import moderation, removal
from .chairs import Chair, record_moderation

MODERATION_ACTIONS = {
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


def moderate(
    session: Session,
    forum_session: ForumSession,
    chair: Chair,
    question: Question,
    action: str,
    now: datetime,
    into: int | None = None,
    answer: str | None = None,
    by: int | None = None,
) -> None:
    """Do one of DEEDS with a question: `into` is the number of another, `by` the id of the speaker who answered."""
    match action:
        case "approve":
            moderation.approve(session, forum_session, question)
        case "decline":
            moderation.decline(session, forum_session, question)
        case "merge":
            moderation.merge(session, forum_session, question, into or 0)
        case "pin":
            moderation.pin(session, forum_session, question)
        case "unpin":
            moderation.pin(session, forum_session, None)
        case "answered":
            speaker = session.get(Speaker, by) if by else None
            moderation.answered(session, forum_session, question, now, answer, speaker)
        case "undo":
            moderation.undo(session, forum_session, question)
        case "name-off":
            moderation.take_name_off(session, forum_session, question)
        case "block":
            moderation.block(session, forum_session, question)
    joined = {"into": into} if action == "merge" else {}
    record_moderation(session, chair, forum_session, MODERATION_ACTIONS[action], question=question.number, **joined)


def open_questions(session: Session, forum_session: ForumSession, chair: Chair, is_open: bool) -> None:
    """Open the questions, or close them."""
    moderation.open_questions(session, forum_session, is_open)
    record_moderation(session, chair, forum_session, "open-questions" if is_open else "close-questions")


def unblock(session: Session, forum_session: ForumSession, chair: Chair, asker_hash: str) -> None:
    """Let somebody ask again."""
    moderation.unblock(session, forum_session, asker_hash)
    record_moderation(session, chair, forum_session, "unblock-asker")


def remove_questions(
    session: Session, forum_session: ForumSession, chair: Chair, selection: removal.Selection, up_to: int
) -> None:
    """Remove many questions at once, up to the last one that was shown."""
    removed = removal.remove(session, forum_session, selection, up_to)
    record_moderation(
        session, chair, forum_session, "remove-questions", count=len(removed), questions=_numbers(removed)
    )


def restore_questions(session: Session, forum_session: ForumSession, chair: Chair, number: int) -> None:
    """Bring all questions of a removal back."""
    restored = removal.restore(session, forum_session, number)
    record_moderation(
        session, chair, forum_session, "restore-questions", count=len(restored), questions=_numbers(restored)
    )


def _numbers(questions: Sequence[Question]) -> str:
    """The numbers of questions, in short, as in "3-40, 45"."""
    ranges: list[list[int]] = []
    for number in sorted(question.number for question in questions):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in ranges)
