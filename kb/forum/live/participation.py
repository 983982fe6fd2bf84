"""Questions and votes of the audience, and what one person may do; people are known by keyed hashes alone."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kb.core.db import insert_if_absent
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop

from ..models import Block, ForumSession, LiveStatus, Question, Slot, SlotInitiative, Speaker, Vote
from .queries import slot_on
from .session_control import live_status_to_change


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in the audience of one session; the two hashes cannot be told to be of one person."""

    asker_hash: str
    voter_hash: str


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def participant_of(token: str, session_id: int, secret: str) -> Participant:
    """The participant that a browser's token is in a session."""
    return Participant(*(_hash(f"{purpose}:{session_id}:{token}", secret) for purpose in ("ask", "vote")))


def _hash(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


LONGEST_QUESTION = 500
LONGEST_NAME = 80
LONGEST_NOTE = 4000
"""Signs that a question, a name and a note may have."""

QUESTIONS_A_MINUTE = 2
QUESTIONS_IN_ALL = 15
WAITING_OF_ONE = 3
"""How many questions one person may ask in a minute, and in a session, and how many of theirs may wait at once."""

MOST_WAITING = 1000
"""Questions of a session that may wait at once: more than moderators can read, less than what fills a disk.

What is held back is not among them, so that a flood from one place takes nobody else's room.
"""

MOST_HELD_BACK = 3000
"""Questions of a session that may wait and be held back at once."""

CLOSED = gettext_noop("Questions are closed at the moment.")
BLOCKED = gettext_noop("The moderator has blocked questions from your browser in this session.")
TOO_MANY = gettext_noop("Please wait a minute before you ask again.")
ENOUGH = gettext_noop("You have reached the limit of questions for one person in a session.")
NOT_READ_YET = gettext_noop("Your earlier questions are still waiting for the moderator. Please ask again later.")
TOO_MANY_FROM_HERE = gettext_noop(
    "Too many questions have come from your network. Please try again in a few minutes, or tell the moderator."
)
TOO_LONG_A_QUEUE = gettext_noop("Too many questions are waiting. Please try again later.")
NOT_HERE = gettext_noop("That question is not open for votes.")
NOT_THIS_SPEAKER = gettext_noop("That speaker is not in this session.")
NOT_THIS_INITIATIVE = gettext_noop("That initiative is not presented in this session.")
YOUR_OWN = gettext_noop("This is your own question.")


def check_may_speak(session: Session, forum_session: ForumSession, participant: Participant) -> None:
    """Refuse somebody whom a moderator has blocked."""
    if session.get(Block, (forum_session.id, participant.asker_hash)):
        raise Refused(BLOCKED)


def check_may_ask(
    session: Session, forum_session: ForumSession, participant: Participant, now: datetime, is_held_back: bool = False
) -> None:
    """Refuse a question that comes when questions are closed, too soon after another, or as one too many."""
    state = session.get(LiveStatus, forum_session.id)
    if state is None or not state.questions_open:
        raise Refused(CLOSED)
    check_may_speak(session, forum_session, participant)
    own = select(func.count()).where(
        Question.session_id == forum_session.id, Question.asker_hash == participant.asker_hash
    )
    if session.scalar(own.where(Question.asked_at > now - timedelta(minutes=1))) >= QUESTIONS_A_MINUTE:  # type: ignore[operator] # a count is never None
        raise Refused(TOO_MANY)
    if session.scalar(own) >= QUESTIONS_IN_ALL:  # type: ignore[operator] # a count is never None
        raise Refused(ENOUGH)
    if session.scalar(own.where(Question.state == "waiting")) >= WAITING_OF_ONE:  # type: ignore[operator] # a count is never None
        raise Refused(NOT_READ_YET)
    waiting = select(func.count()).where(
        Question.session_id == forum_session.id,
        Question.state == "waiting",
        Question.is_held_back == is_held_back,
    )
    if session.scalar(waiting) >= (MOST_HELD_BACK if is_held_back else MOST_WAITING):  # type: ignore[operator] # a count is never None
        raise Refused(TOO_MANY_FROM_HERE if is_held_back else TOO_LONG_A_QUEUE)


def check_addressees(
    session: Session, forum_session: ForumSession, speaker_id: int | None, initiative_id: int | None
) -> None:
    """Refuse a speaker or an initiative that is not of this session."""
    if speaker_id is not None:
        speaker = session.get(Speaker, speaker_id)
        if speaker is None or speaker.session_id != forum_session.id:
            raise Refused(NOT_THIS_SPEAKER)
    if initiative_id is not None:
        presented = (
            select(SlotInitiative.slot_id)
            .join(Slot)
            .where(Slot.session_id == forum_session.id, SlotInitiative.initiative_id == initiative_id)
        )
        if session.scalars(presented).first() is None:
            raise Refused(NOT_THIS_INITIATIVE)


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
    check_may_ask(session, forum_session, participant, now, is_held_back)
    check_addressees(session, forum_session, speaker_id, initiative_id)
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
    insert_if_absent(session, Vote, question_id=question.id, voter_hash=participant.voter_hash)
    return question


def withdraw_vote(
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
        raise Refused(NOT_HERE)
    if question.asker_hash == participant.asker_hash:
        raise Refused(YOUR_OWN)
    check_may_speak(session, forum_session, participant)
    return question


def remove_own_name(session: Session, forum_session: ForumSession, question_id: int, participant: Participant) -> None:
    """Take the asker's name off a question of their own. Raises NotFound."""
    question = session.get(Question, question_id)
    if question is None or question.session_id != forum_session.id or question.asker_hash != participant.asker_hash:
        raise NotFound
    question.asker_name = None
    live_status_to_change(session, forum_session).version += 1
