"""Reads of a session while it is held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, distinct, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.catalogue.change_log import acquire_write_lock
from kb.core.errors import NotFound

from ..clock import Clock, PlannedSlot, SlotTime, Step, clock_at
from ..models import (
    Block,
    ChairLink,
    ClockStep,
    ForumSession,
    LiveStatus,
    Question,
    Slot,
    SlotInitiative,
    Speaker,
    Vote,
)

VersionKey = tuple[int, ...]
"""Numbers that change whenever something changes that is seen while a session is held."""

_PROGRAMME = (
    joinedload(ForumSession.forum),
    selectinload(ForumSession.speakers).options(
        joinedload(Speaker.city), joinedload(Speaker.country), joinedload(Speaker.leader)
    ),
    selectinload(ForumSession.slots).options(
        joinedload(Slot.speaker),
        joinedload(Slot.vision),
        selectinload(Slot.presented).joinedload(SlotInitiative.initiative),
    ),
)
OF_A_QUESTION = (
    joinedload(Question.speaker).joinedload(Speaker.city),
    joinedload(Question.answered_by).joinedload(Speaker.city),
    joinedload(Question.initiative),
)
"""What is shown with a question."""

PUBLIC = ("approved", "answered")
"""The states in which everybody may see a question."""


def session_to_show(session: Session, **by: str) -> ForumSession:
    """A session by its `slug` or `short_code`, with its whole programme; raises NotFound."""
    forum_session = session.scalars(_to_show(*by), by).one_or_none()
    if forum_session is None:
        raise NotFound
    return forum_session


@cache
def _to_show(name: str) -> Select[ForumSession]:
    """By a column of that name; made once, as is that of `version_key`: a hall asks them many times a second."""
    return select(ForumSession).where(getattr(ForumSession, name) == bindparam(name)).options(*_PROGRAMME)


def code_of(session: Session, slug: str) -> str:
    """The short code of a session; raises NotFound."""
    short_code = session.scalars(select(ForumSession.short_code).where(ForumSession.slug == slug)).one_or_none()
    if short_code is None:
        raise NotFound
    return short_code


def session_to_change(session: Session, **by: str | int) -> ForumSession:
    """A session of which the live part is about to change: one change at a time, on both databases. Raises NotFound.

    The change log comes first, as for who merges or withdraws what a session names: so nobody waits in a ring.
    """
    acquire_write_lock(session)
    query = select(ForumSession).filter_by(**by).with_for_update(of=ForumSession)
    forum_session = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if forum_session is None:
        raise NotFound
    return forum_session


def version_key(session: Session, session_id: int) -> VersionKey:
    """The session's version key, in one query."""
    return tuple(number or 0 for number in session.execute(_version_numbers(), {"id": session_id}).one())


@cache
def _version_numbers() -> Select[*tuple[Any, ...]]:
    session_id = bindparam("id", type_=Integer)
    numbers: list[Select[Any]] = [
        select(ForumSession.version).where(ForumSession.id == session_id),
        select(LiveStatus.version).where(LiveStatus.session_id == session_id),
        select(func.max(Question.id)).where(Question.session_id == session_id),
        select(func.count()).select_from(Vote).join(Question).where(Question.session_id == session_id),
    ]
    return select(*(number.scalar_subquery() for number in numbers))


def steps_of(session: Session, session_id: int) -> Sequence[ClockStep]:
    """The steps of the clock in their order."""
    return session.scalars(select(ClockStep).where(ClockStep.session_id == session_id).order_by(ClockStep.number)).all()


def clock_of(forum_session: ForumSession, steps: Sequence[ClockStep], now: datetime) -> Clock:
    """The session's clock at a moment; one that was kept without being led from here is over as well."""
    plan = [
        PlannedSlot(slot.id, None if slot.minutes is None else timedelta(minutes=slot.minutes))
        for slot in forum_session.slots
    ]
    log = (
        Step(step.kind, step.at, step.slot_id, timedelta(minutes=step.minutes or 0))  # type: ignore[arg-type] # the table's constraint holds the kinds
        for step in steps
    )
    clock = clock_at(plan, log, now, forum_session.starts_at)
    if forum_session.state == "ended" and clock.status == "waiting":
        return replace(clock, status="ended", following=None, ends=None)
    return clock


def slot_on(session: Session, forum_session: ForumSession) -> int | None:
    """The id of the slot that is on, from the log alone; None where none is."""
    steps = steps_of(session, forum_session.id)
    current = clock_of(forum_session, steps, steps[-1].at).current if steps else None
    return current.key if current else None


Times = Mapping[int, SlotTime]
"""When slots were held, by their ids."""


def times_held(session: Session, forum_session: ForumSession) -> Times:
    """When each slot of a session that is over was held; none where it was not led from here."""
    return times_by_session(session, [forum_session]).get(forum_session.id, {})


def times_by_session(session: Session, forum_sessions: Iterable[ForumSession]) -> dict[int, Times]:
    """When each slot of sessions that are over was held, by the ids of these."""
    ended = {forum_session.id: forum_session for forum_session in forum_sessions if forum_session.state == "ended"}
    if not ended:
        return {}
    query = select(ClockStep).where(ClockStep.session_id.in_(ended)).order_by(ClockStep.session_id, ClockStep.number)
    steps_by_session = groupby(session.scalars(query), attrgetter("session_id"))
    steps_of_each = ((ended[session_id], list(steps)) for session_id, steps in steps_by_session)
    return {
        forum_session.id: {slot.key: slot for slot in clock_of(forum_session, steps, steps[-1].at).slots}
        for forum_session, steps in steps_of_each
    }


def questions_of(session: Session, session_id: int, *states: str) -> Sequence[Question]:
    """The questions of a session in these states, or all, by time, with whom and what they are about."""
    query = select(Question).where(Question.session_id == session_id).order_by(Question.id).options(*OF_A_QUESTION)
    return session.scalars(query.where(Question.state.in_(states)) if states else query).all()


def queue_of(session: Session, session_id: int) -> Sequence[Question]:
    """The questions that moderators work on, by time: those that are held back or were removed at once are left out."""
    query = select(Question).where(Question.session_id == session_id, ~_held_back(), ~was_removed())
    return session.scalars(query.order_by(Question.id).options(*OF_A_QUESTION)).all()


def held_back_in(session: Session, session_id: int, most: int) -> tuple[Sequence[Question], int]:
    """The first questions that wait and are held back, and how many there are in all."""
    query = select(Question).where(Question.session_id == session_id, _held_back())
    count = session.scalar(query.with_only_columns(func.count())) or 0
    return session.scalars(query.order_by(Question.id).limit(most).options(*OF_A_QUESTION)).all(), count


def _held_back() -> ColumnElement[bool]:
    return and_(Question.is_held_back, Question.state == "waiting")


def was_removed() -> ColumnElement[bool]:
    """Whether a question was removed together with others and not brought back."""
    return and_(Question.removal.is_not(None), Question.state == "declined")


def votes_of(session: Session, session_id: int) -> Mapping[int, int]:
    """How many people want each question answered; votes for what was merged into it count, each person once."""
    question_id = func.coalesce(Question.merged_into_id, Question.id)
    counts = (
        select(question_id, func.count(distinct(Vote.voter_hash)))
        .join(Vote, Vote.question_id == Question.id)
        .where(Question.session_id == session_id)
        .group_by(question_id)
    )
    return {key: count for key, count in session.execute(counts)}  # noqa: C416 - rows are not pairs to mypy


def voted_by(session: Session, session_id: int, voter_hash: str) -> frozenset[int]:
    """The questions that somebody has voted for; for one that was merged, the one that it was merged into."""
    question_id = func.coalesce(Question.merged_into_id, Question.id)
    voted = select(question_id).join(Vote).where(Question.session_id == session_id, Vote.voter_hash == voter_hash)
    return frozenset(session.scalars(voted))


def asked_by(session: Session, session_id: int, asker_hash: str) -> Sequence[Question]:
    """Somebody's own questions, by time."""
    own = select(Question).where(Question.session_id == session_id, Question.asker_hash == asker_hash)
    return session.scalars(own.order_by(Question.id).options(*OF_A_QUESTION)).all()


def blocked_in(session: Session, session_id: int) -> frozenset[str]:
    """The hashes of those who may ask no more in a session."""
    return frozenset(session.scalars(select(Block.asker_hash).where(Block.session_id == session_id)))


def chair_links_of(session: Session, session_id: int) -> Sequence[ChairLink]:
    """The links to the console that were made, newest first."""
    return session.scalars(
        select(ChairLink).where(ChairLink.session_id == session_id).order_by(ChairLink.id.desc())
    ).all()
