"""What people may do while a session is held; raises Refused with what they are told."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from ..models import Block, ForumSession, LiveStatus, Question, Slot, SlotInitiative, Speaker
from .participants import Participant

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

DAYS_OF_NAMES = 90
"""For how many days after a session the names of those who asked are kept, unless the settings say otherwise."""

CLOSED = gettext_noop("Questions are closed at the moment.")
BLOCKED = gettext_noop("The moderator has taken your browser out of the questions of this session.")
TOO_MANY = gettext_noop("Please wait a minute before you ask again, so that others get their turn.")
ENOUGH = gettext_noop("You have asked as many questions as one person may in a session.")
NOT_READ_YET = gettext_noop("A moderator has not read your earlier questions yet. Please ask again later.")
TOO_MANY_FROM_HERE = gettext_noop(
    "Too many questions have come from your network, so no more can be taken from it at the moment. Please try again "
    "in a few minutes, or tell the moderator."
)
TOO_LONG_A_QUEUE = gettext_noop("So many questions wait that no more can be taken at the moment.")
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
