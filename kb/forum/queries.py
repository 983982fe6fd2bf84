"""Reads of the forum: sessions as lists and as pages, in a number of queries that does not grow with their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.catalogue.models import City, Initiative, InitiativeCity, InitiativeGoal, Leader, LeaderTerm, Vision
from kb.core.column_types import now
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.sql_functions import among_ids, folded
from kb.core.text import fold, sort_key

from .choices import CHAIR_SPEAKS_OF, PUBLIC_STATES, SPEAKERS_OWN, TALK_KINDS
from .clock import SPOKE_FOR
from .live.queries import OF_A_QUESTION, PUBLIC, clock_of, steps_of
from .models import Forum, ForumSession, Question, Slot, SlotInitiative, Speaker, Statement

LONGEST = timedelta(hours=12)
"""How long after its beginning a session may still be on."""

PAST_SHOWN = 100
"""Sessions that are over which the list shows, the latest first; the search finds the others."""


_ID = bindparam("id", type_=Integer)
"""The id that a statement which was made once is asked for."""


def sessions() -> Select[ForumSession]:
    """All sessions in the order of their beginning."""
    return select(ForumSession).order_by(ForumSession.starts_at, ForumSession.id)


def public_sessions() -> Select[ForumSession]:
    """Sessions that everybody may see."""
    return sessions().where(ForumSession.state.in_(PUBLIC_STATES))


def coming(query: Select[ForumSession], now: datetime) -> Select[ForumSession]:
    """Of the chosen sessions those that are on or still to come, the next one first."""
    return query.where(~_over(now))


def past(query: Select[ForumSession], now: datetime) -> Select[ForumSession]:
    """Of the chosen sessions those that are over, the latest first."""
    latest = (ForumSession.starts_at.desc(), ForumSession.id.desc())
    return query.where(_over(now)).order_by(None).order_by(*latest)


def _over(now: datetime) -> ColumnElement[bool]:
    """Whether a session has ended, or began so long ago that it must have, though nobody said so."""
    return (ForumSession.state == "ended") | ((ForumSession.state != "live") & (ForumSession.starts_at < now - LONGEST))


def session_cards(session: Session, query: Select[ForumSession]) -> Sequence[ForumSession]:
    """Sessions with what a list shows of them: the event and who speaks."""
    speakers = selectinload(ForumSession.speakers)
    return session.scalars(
        query.options(
            joinedload(ForumSession.forum), speakers.joinedload(Speaker.city), speakers.joinedload(Speaker.country)
        )
    ).all()


def public_session(session: Session, slug: str) -> ForumSession:
    """The session of an address with all that its page tells; NotFound where there is none, or it is a draft."""
    return _one(session, _public_session(), slug)


def any_session(session: Session, slug: str) -> ForumSession:
    """The session of an address, also a draft, with all that its pages tell; NotFound where there is none."""
    return _one(session, _any_session(), slug)


def forums(session: Session) -> Sequence[Forum]:
    """All events by title."""
    return sorted(session.scalars(select(Forum)), key=lambda forum: (sort_key(forum.title), forum.id))


@cache
def talks_by_ids() -> Select[*tuple[Any, ...]]:
    """Columns of items of programmes whose ids are the parameter `ids`, in no order, whether public or not."""
    return (
        select(
            Slot.id,
            Slot.session_id,
            Slot.kind,
            Slot.title,
            Slot.minutes,
            Slot.was_held,
            Slot.speaker_id,
            Slot.abstract,
            Speaker.status.label("speaker_status"),
            Vision.slug.label("vision"),
        )
        .outerjoin(Speaker, Speaker.id == Slot.speaker_id)
        .outerjoin(Vision, Vision.id == Slot.vision_id)
        .where(among_ids(Slot.id))
    )


@cache
def minutes_by_sessions() -> Select[int, int, int | None]:
    """Session, id and length of all items of the sessions whose ids are the parameter `ids`, in their order."""
    columns = select(Slot.session_id, Slot.id, Slot.minutes).where(among_ids(Slot.session_id))
    return columns.order_by(Slot.session_id, Slot.position, Slot.id)


def next_session(session: Session, now: datetime) -> ForumSession | None:
    """What is on or comes next, else what was held last; None while there is nothing public."""
    not_cancelled = public_sessions().where(ForumSession.state != "cancelled")
    for query in (coming(not_cancelled, now), past(not_cancelled, now)):
        if forum_sessions := session_cards(session, query.limit(1)):
            return forum_sessions[0]
    return None


def next_turn(forum_session: ForumSession, now: datetime) -> datetime | None:
    """When time alone makes the `next_session` begin, or be over; None where only somebody's step does."""
    turns = [forum_session.starts_at]
    if forum_session.state != "live":
        turns.append(forum_session.starts_at + LONGEST)
    return min((turn for turn in turns if turn > now), default=None)


def was_held() -> ColumnElement[bool]:
    """Whether a slot is known to have been held, in SQL; `rules.slot_state` is the same for one that is loaded."""
    spoke = Slot.kind.in_(TALK_KINDS) & Slot.speaker.has(Speaker.status == "spoke")
    is_over = Slot.session.has(ForumSession.state == "ended")
    return Slot.session.has(ForumSession.state != "cancelled") & (
        Slot.was_held.is_(True) | (Slot.was_held.is_(None) & is_over & spoke)
    )


@cache
def talks_presenting() -> Select[Slot]:
    """Slots of public sessions in which the initiative `id` was presented, the latest first; none only planned.

    Made once, as are those below: to make such a statement takes longer than asking it where there are no talks.
    """
    return _talks(Slot.presented.any(SlotInitiative.initiative_id == _ID))


@cache
def talks_of_city() -> Select[Slot]:
    """Slots of public sessions in which somebody spoke for the city `id`, the latest first; none only planned."""
    return _talks(Slot.speaker.has(Speaker.city_id == _ID) & (Slot.kind == "talk"))


def sessions_with_leader(session: Session, leader: Leader) -> Sequence[ForumSession]:
    """Public sessions in which a leader is to speak, or is known to have spoken, the latest first."""
    had_a_turn = Speaker.slots.any(Slot.was_held.is_(True) & Slot.kind.not_in(CHAIR_SPEAKS_OF))
    spoke = (Speaker.status == "spoke") | ((Speaker.status != "did-not-come") & had_a_turn)
    is_coming = (Speaker.status != "did-not-come") & Speaker.session.has(ForumSession.state.in_(("announced", "live")))
    query = public_sessions().where(ForumSession.speakers.any((Speaker.leader_id == leader.id) & (spoke | is_coming)))
    return session_cards(session, query.order_by(None).order_by(ForumSession.starts_at.desc()))


def leader_at(session: Session, slug: str | None) -> Leader | None:
    """The leader whose page has that slug; None where there is none."""
    return session.scalars(select(Leader).where(Leader.slug == slug)).one_or_none()


def speakers_named(words: str, other_than: ForumSession) -> Select[Speaker]:
    """Speakers of other sessions who are no leaders here, with each of the words in their name, the latest first."""
    query = select(Speaker).where(Speaker.leader_id.is_(None), Speaker.session_id != other_than.id)
    for word in fold(words).split():
        query = query.where(folded(Speaker.name).contains(word, autoescape=True))
    return query.order_by(Speaker.id.desc()).options(joinedload(Speaker.session), joinedload(Speaker.country))


def initiatives_titled(words: str) -> Select[Initiative]:
    """Initiatives with each of the words in their title, by title, with their cities."""
    query = select(Initiative)
    for word in fold(words).split():
        query = query.where(folded(Initiative.title).contains(word, autoescape=True))
    cities = selectinload(Initiative.places).joinedload(InitiativeCity.city)
    return query.order_by(Initiative.sort_key, Initiative.id).options(cities)


def _published() -> Select[Question]:
    return (
        select(Question)
        .join(ForumSession)
        .where(Question.state.in_(PUBLIC), ForumSession.state.in_(("live", "ended")))
        .options(*OF_A_QUESTION, joinedload(Question.session))
    )


def answered() -> Select[Question]:
    """Answered questions that everybody may see, with what is shown of them."""
    return _published().where(Question.state == "answered", Question.answer.is_not(None))


def published_questions(session: Session, session_id: int) -> Sequence[Question]:
    """The public questions of a session with their answers, in the order in which they were answered, then asked."""
    query = _published().where(Question.session_id == session_id)
    return session.scalars(query.order_by(Question.answered_at.is_(None), Question.answered_at, Question.id)).all()


@cache
def answers_about_initiative() -> Select[Question]:
    """Answered questions about the initiative `id`, newest first."""
    return answered().where(Question.initiative_id == _ID).order_by(Question.answered_at.desc(), Question.id)


@cache
def answers_about_city() -> Select[Question]:
    """Answered questions to the speakers of the city `id`, by them, or about its initiatives, newest first."""
    query = answered().where(or_(_is_of_city(_ID), Question.answered_by_id.in_(_speakers_of(_ID))))
    return query.order_by(Question.answered_at.desc(), Question.id)


def unanswered(session: Session, city_id: int | None = None) -> Sequence[Question]:
    """Public questions of sessions that are over which nobody has answered, the oldest first.

    With a city only those to its speakers or about its initiatives.
    """
    query = _published().where(ForumSession.state == "ended", Question.answer.is_(None))
    of_city = query if city_id is None else query.where(_is_of_city(city_id))
    return session.scalars(of_city.order_by(Question.id)).all()


def is_for_city(session: Session, question: Question, city_id: int) -> bool:
    """Whether a question goes to the people of a city."""
    return (
        session.scalars(select(Question.id).where(Question.id == question.id, _is_of_city(city_id))).first() is not None
    )


def _speakers_of(city_id: int | BindParameter[int]) -> Select[int]:
    return select(Speaker.id).where(Speaker.city_id == city_id)


def _is_of_city(city_id: int | BindParameter[int]) -> ColumnElement[bool]:
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id == city_id)
    return or_(Question.speaker_id.in_(_speakers_of(city_id)), Question.initiative_id.in_(initiatives))


@dataclass(frozen=True, slots=True)
class SpeakerRemoval:
    """What becomes of the run of show when a speaker is taken out of it: `slots` go too, `staying` are then nobody's.

    `questions` are put to that speaker alone, and then to all. `has_spoken`: what was said stays, and the speaker too.
    """

    slots: Sequence[Slot]
    staying: Sequence[Slot]
    questions: int
    has_spoken: bool


def speaker_removal(session: Session, forum_session: ForumSession, speaker: Speaker) -> SpeakerRemoval:
    """What goes with a speaker: their talk, introduction and remark, unless it has begun."""
    theirs = [slot for slot in forum_session.slots if slot.speaker_id == speaker.id]
    begun = _begun(session, forum_session)
    going = [slot for slot in theirs if slot.kind in SPEAKERS_OWN and slot.id not in begun]
    spoke = any(slot.kind not in CHAIR_SPEAKS_OF and begun.get(slot.id) for slot in theirs)
    has_statements = any(statement.speaker_id == speaker.id for statement in forum_session.statements)
    query = select(func.count()).where(Question.answered_by_id == speaker.id)
    return SpeakerRemoval(
        slots=going,
        staying=[slot for slot in theirs if slot not in going],
        questions=session.scalar(select(func.count()).where(Question.speaker_id == speaker.id)) or 0,
        has_spoken=speaker.status == "spoke" or spoke or has_statements or bool(session.scalar(query)),
    )


def _begun(session: Session, forum_session: ForumSession) -> dict[int, bool]:
    """The slots that have begun, by id: whether for so long, or still, that whoever had the floor has spoken."""
    steps = steps_of(session, forum_session.id)
    clock = clock_of(forum_session, steps, now())
    on = clock.current.key if clock.current else None
    return {
        slot.key: slot.key == on or slot.spent >= SPOKE_FOR for slot in clock.slots if slot.is_over or slot.key == on
    }


def _talks(condition: Any) -> Select[Slot]:
    query = select(Slot).join(Slot.session).where(ForumSession.state.in_(PUBLIC_STATES), condition)
    came = ~Slot.speaker.has(Speaker.status == "did-not-come")
    loaded = query.where(was_held(), came).options(
        joinedload(Slot.session).joinedload(ForumSession.forum), joinedload(Slot.speaker).joinedload(Speaker.city)
    )
    return loaded.order_by(ForumSession.starts_at.desc(), Slot.position, Slot.id)


def _one(session: Session, query: Select[ForumSession], slug: str) -> ForumSession:
    forum_session = session.scalars(query, {"slug": slug}).one_or_none()
    if forum_session is None:
        raise NotFound(gettext_noop("There is no such session."))
    return forum_session


@cache
def _public_session() -> Select[ForumSession]:
    return public_sessions().where(ForumSession.slug == bindparam("slug")).options(*_whole())


@cache
def _any_session() -> Select[ForumSession]:
    return sessions().where(ForumSession.slug == bindparam("slug")).options(*_whole())


def _whole() -> tuple[Any, ...]:
    """All that a session's own page, brief and record draw on."""
    city = joinedload(Speaker.city)
    speakers = selectinload(ForumSession.speakers)
    slots = selectinload(ForumSession.slots)
    initiative = slots.selectinload(Slot.presented).joinedload(SlotInitiative.initiative)
    return (
        joinedload(ForumSession.forum).selectinload(Forum.sources),
        selectinload(ForumSession.sources),
        speakers.joinedload(Speaker.leader).selectinload(Leader.terms).joinedload(LeaderTerm.city),
        speakers.joinedload(Speaker.country),
        speakers.options(city.joinedload(City.country), city.joinedload(City.place)),
        slots.joinedload(Slot.speaker),
        slots.joinedload(Slot.vision).joinedload(Vision.city),
        initiative.selectinload(Initiative.places).joinedload(InitiativeCity.city).joinedload(City.country),
        initiative.selectinload(Initiative.goals).joinedload(InitiativeGoal.goal),
        selectinload(ForumSession.statements).joinedload(Statement.source),
    )
