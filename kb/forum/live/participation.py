"""What the audience does: ask, vote, and take the own name off again."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kb.core.errors import NotFound, Refused

from ..models import ForumSession, Question, Vote
from . import rules
from .participants import Participant
from .queries import slot_on
from .session_control import state_to_change


def ask(
    session: Session,
    forum_session: ForumSession,
    participant: Participant,
    text: str,
    now: datetime,
    name: str | None = None,
    speaker_id: int | None = None,
    initiative_id: int | None = None,
    is_held_back: bool = False,
) -> Question:
    """Send a question to the moderators, who alone see it until they approve it. Raises Refused.

    Where many come from one place at once, further ones are held back: moderators find them apart from the others.
    One is asked at a time in a session, so that numbers have no gaps and nobody asks more than a fair share.
    """
    session.execute(select(ForumSession.id).where(ForumSession.id == forum_session.id).with_for_update())
    rules.check_may_ask(session, forum_session, participant, now, is_held_back)
    rules.check_addressees(session, forum_session, speaker_id, initiative_id)
    highest = session.scalar(select(func.max(Question.number)).where(Question.session_id == forum_session.id))
    question = Question(
        session_id=forum_session.id,
        number=1 + (highest or 0),
        text=text,
        asker_name=name,
        asker_hash=participant.asker_hash,
        asked_at=now,
        speaker_id=speaker_id,
        initiative_id=initiative_id,
        slot_id=slot_on(session, forum_session),
        is_held_back=is_held_back,
    )
    session.add(question)
    session.flush()
    return question


def vote(session: Session, forum_session: ForumSession, question_id: int, participant: Participant) -> Question:
    """Vote for a question; a second time changes nothing. Raises Refused, NotFound."""
    question = _open_question(session, forum_session, question_id, participant)
    dialect = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    one = dialect.insert(Vote).values(question_id=question.id, voter_hash=participant.voter_hash)
    session.execute(one.on_conflict_do_nothing())
    return question


def take_vote_back(
    session: Session, forum_session: ForumSession, question_id: int, participant: Participant
) -> Question:
    """Vote for it no more, nor for what was merged into it. Raises Refused, NotFound."""
    question = _open_question(session, forum_session, question_id, participant)
    merged = Question.__table__.select().with_only_columns(Question.id).where(Question.merged_into_id == question.id)
    session.execute(
        delete(Vote).where(
            Vote.voter_hash == participant.voter_hash, (Vote.question_id == question.id) | Vote.question_id.in_(merged)
        )
    )
    return question


def _open_question(
    session: Session, forum_session: ForumSession, question_id: int, participant: Participant
) -> Question:
    """The question that a vote is for: the one that it was merged into, where it was."""
    question = session.get(Question, question_id)
    if question is not None and question.merged_into_id is not None:
        question = session.get(Question, question.merged_into_id)
    if question is None or question.session_id != forum_session.id:
        raise NotFound
    if question.state != "approved" or forum_session.state == "ended":
        raise Refused(rules.NOT_HERE)
    if question.asker_hash == participant.asker_hash:
        raise Refused(rules.YOUR_OWN)
    rules.check_may_speak(session, forum_session, participant)
    return question


def take_own_name_off(
    session: Session, forum_session: ForumSession, question_id: int, participant: Participant
) -> None:
    """Take the asker's name off a question of their own. Raises NotFound."""
    question = session.get(Question, question_id)
    if question is None or question.session_id != forum_session.id or question.asker_hash != participant.asker_hash:
        raise NotFound
    question.asker_name = None
    state_to_change(session, forum_session).version += 1
