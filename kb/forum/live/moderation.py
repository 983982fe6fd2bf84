"""Actions of moderators on questions; each takes the state that they saw, so that no two undo one another.

The audit trail names a question by its number, and nothing of its asker.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.change_log import acquire_write_lock
from kb.core.db import locked
from kb.core.errors import Conflict, NotAllowed, NotFound, Refused
from kb.core.i18n import gettext_noop

from ..models import Block, ForumSession, Question, Speaker
from ..queries import is_for_city
from .chairs import Chair, record_moderation
from .queries import slot_on
from .session_control import NOT_NOW, live_status_to_change

QUESTION_CONFLICT = gettext_noop("Another moderator has just changed this question. This is its current state.")
NOT_MERGEABLE = gettext_noop("A question can only be merged into another one that is waiting or approved.")
NOT_YOURS = gettext_noop("This question is for the people of another city.")
NO_ANSWER = gettext_noop("Please write the answer first.")

_MAY_BECOME = {
    "approved": frozenset({"waiting", "declined"}),
    "declined": frozenset({"waiting", "approved"}),
    "answered": frozenset({"approved", "answered"}),
}


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
"""What can be done with a question, and what it is called in the audit trail."""


def question_to_change(session: Session, forum_session: ForumSession, question_id: int, seen: str) -> Question:
    """A question of the session, while nobody else changes it; raises Conflict when it is not in the state seen."""
    query = select(Question).where(Question.id == question_id, Question.session_id == forum_session.id)
    question = session.scalars(locked(query)).one_or_none()
    if question is None:
        raise NotFound
    if question.state != seen:
        raise Conflict(QUESTION_CONFLICT)
    return question


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
    """Do one of MODERATION_ACTIONS with a question, and note it in the audit trail.

    `into` is the number of another question, `by` the id of the speaker who answered.
    """
    match action:
        case "approve":
            approve(session, forum_session, question)
        case "decline":
            decline(session, forum_session, question)
        case "merge":
            merge(session, forum_session, question, into or 0)
        case "pin":
            pin(session, forum_session, question)
        case "unpin":
            pin(session, forum_session, None)
        case "answered":
            speaker = session.get(Speaker, by) if by else None
            answered(session, forum_session, question, now, answer, speaker)
        case "undo":
            undo(session, forum_session, question)
        case "name-off":
            remove_asker_name(session, forum_session, question)
        case "block":
            block(session, forum_session, question)
    joined = {"into": into} if action == "merge" else {}
    record_moderation(session, chair, forum_session, MODERATION_ACTIONS[action], question=question.number, **joined)


def approve(session: Session, forum_session: ForumSession, question: Question) -> None:
    """Let everybody see it and vote for it."""
    _become(session, forum_session, question, "approved")


def decline(session: Session, forum_session: ForumSession, question: Question) -> None:
    """Let nobody see it."""
    _become(session, forum_session, question, "declined")


def answered(
    session: Session,
    forum_session: ForumSession,
    question: Question,
    now: datetime,
    answer: str | None = None,
    by: Speaker | None = None,
) -> None:
    """Mark a question as answered, with notes of the answer and who gave it, if any; both may be written again."""
    if by is not None and by.session_id != forum_session.id:
        raise Refused(NOT_NOW)
    first = question.state != "answered"
    _become(session, forum_session, question, "answered")
    question.answer = answer
    question.answered_by_id = by.id if by else None
    if first or question.answered_at is None:
        question.answered_at = now


def answer_later(
    session: Session, actor: User, forum_session: ForumSession, question: Question, now: datetime, text: str
) -> None:
    """Answer after the session, for the city that the question goes to, or as an editor. Raises NotAllowed, Refused."""
    # Two people of a city may answer at once; the second waits here, and learns that it is answered.
    acquire_write_lock(session)
    session.refresh(question, with_for_update=True)
    is_theirs = actor.city_id is not None and is_for_city(session, question, actor.city_id)
    if not may(actor, "publish") and not (may(actor, "propose") and is_theirs):
        raise NotAllowed(NOT_YOURS)
    if not text.strip():
        raise Refused(NO_ANSWER)
    if question.state != "approved" and not (question.state == "answered" and question.answer is None):
        raise Conflict(QUESTION_CONFLICT)
    question.state_before, question.state = question.state, "answered"
    question.answer = text.strip()
    question.answered_by_name = actor.name
    question.answered_at = now
    live_status_to_change(session, forum_session).version += 1
    record_audit_event(session, actor, "answer-question", "session", forum_session.slug, question=question.number)
    session.flush()


def merge(session: Session, forum_session: ForumSession, question: Question, into_number: int) -> None:
    """Join it with another of the session that asks the same: votes count for that one, of each person once."""
    named = select(Question).where(Question.session_id == forum_session.id, Question.number == into_number)
    into = session.scalars(locked(named)).one_or_none()
    mergeable = question.state in {"waiting", "approved"}
    if into is None or into.id == question.id or into.state not in {"waiting", "approved"} or not mergeable:
        raise Refused(NOT_MERGEABLE)
    question.state_before, question.state = question.state, "merged"
    for other in _joined(session, question):
        other.merged_into_id = into.id
    question.joined_with_id = question.merged_into_id = into.id
    _changed(session, forum_session, question)


def undo(session: Session, forum_session: ForumSession, question: Question) -> None:
    """Take back what was last done with it; what was written of an answer stays with it.

    What was joined with another is parted from it, together with all that had been joined with it before.
    """
    if question.state_before is None:
        raise Refused(NOT_NOW)
    for other in _joined(session, question):
        other.merged_into_id = question.id
    question.state, question.state_before = question.state_before, None
    question.removal = None
    question.joined_with_id = question.merged_into_id = None
    _changed(session, forum_session, question)


def pin(session: Session, forum_session: ForumSession, question: Question | None) -> None:
    """Show a question large on the panel's screen while this slot is on, and no other; none where None is given."""
    if question is not None and not question.is_published:
        raise Refused(NOT_NOW)
    state = live_status_to_change(session, forum_session)
    state.pinned_id = question.id if question else None
    state.pinned_slot_id = slot_on(session, forum_session) if question else None
    state.version += 1
    session.flush()


def open_questions(session: Session, forum_session: ForumSession, chair: Chair, is_open: bool) -> None:
    """Open the questions, or close them; what is over is open no more."""
    if is_open and forum_session.state not in {"announced", "live"}:
        raise Refused(NOT_NOW)
    state = live_status_to_change(session, forum_session)
    state.questions_open = is_open
    state.version += 1
    record_moderation(session, chair, forum_session, "open-questions" if is_open else "close-questions")


def remove_asker_name(session: Session, forum_session: ForumSession, question: Question) -> None:
    """Take the asker's name off a question."""
    question.asker_name = None
    _changed(session, forum_session, question)


def block(session: Session, forum_session: ForumSession, question: Question) -> None:
    """Let whoever asked this ask and vote no more in this session, and decline what of theirs still waits."""
    if question.asker_hash is None:
        raise Refused(NOT_NOW)
    if session.get(Block, (forum_session.id, question.asker_hash)) is None:
        session.add(Block(session_id=forum_session.id, asker_hash=question.asker_hash))
    theirs = select(Question).where(
        Question.session_id == forum_session.id,
        Question.asker_hash == question.asker_hash,
        Question.state == "waiting",
    )
    for other in session.scalars(theirs):
        other.state_before, other.state = other.state, "declined"
    _changed(session, forum_session, question)


def unblock(session: Session, forum_session: ForumSession, chair: Chair, asker_hash: str) -> None:
    """Let somebody ask again."""
    session.execute(delete(Block).where(Block.session_id == forum_session.id, Block.asker_hash == asker_hash))
    live_status_to_change(session, forum_session).version += 1
    record_moderation(session, chair, forum_session, "unblock-asker")


def _become(session: Session, forum_session: ForumSession, question: Question, state: str) -> None:
    if question.state not in _MAY_BECOME[state]:
        raise Refused(NOT_NOW)
    becomes = question.state != state
    if becomes:
        question.state_before, question.state = question.state, state
    _changed(session, forum_session, question, is_done=becomes and state == "answered")


def _joined(session: Session, question: Question) -> list[Question]:
    """The questions that were joined with this one, themselves or by way of others."""
    together = question.merged_into_id or question.id
    others = session.scalars(select(Question).where(Question.merged_into_id == together)).all()
    joined, looked_at = [], {question.id}
    while next_joined := [other for other in others if other.joined_with_id in looked_at and other not in joined]:
        joined += next_joined
        looked_at |= {other.id for other in next_joined}
    return joined


def _changed(session: Session, forum_session: ForumSession, question: Question, is_done: bool = False) -> None:
    """Tell everybody; what nobody may see any more, or has just been answered, is not pinned either."""
    state = live_status_to_change(session, forum_session)
    if state.pinned_id == question.id and (is_done or not question.is_published):
        state.pinned_id = None
    state.version += 1
    session.flush()
