"""Removes many questions at once, as those of somebody who floods the queue, and brings them back at once.

A removal is a number within its session. Each removed question is declined and bears the number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kb.core.db import locked
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from ..models import ForumSession, Question
from .chairs import Chair, record_moderation
from .queries import OF_A_QUESTION, was_removed
from .session_control import live_status_to_change

NOTHING_TO_REMOVE = gettext_noop("These questions have already been removed.")
NOTHING_TO_RESTORE = gettext_noop("These questions have already been restored.")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which questions to remove: of whoever asked a question, of its id; or sent since a moment; or held back.

    Of one asker also those that are approved; otherwise only those that wait.
    """

    same_asker_as: int | None = None
    since: datetime | None = None
    is_held_back: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """Questions that were removed together and not brought back: the number of the removal, and how many they are."""

    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a selection means now: how many questions, the first of them by time, and the id of the last one."""

    count: int
    first: Sequence[Question]
    last_id: int | None


def last_moment(clock: time, zone: str, now: datetime) -> datetime:
    """The last moment at which the clocks of a zone showed this time."""
    local = now.astimezone(ZoneInfo(zone))
    moment = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return moment if moment <= local else moment - timedelta(days=1)


def preview(session: Session, forum_session: ForumSession, selection: Selection, most: int) -> Preview:
    """The questions that would be removed: counted, and the first `most` of them read."""
    chosen = _chosen(forum_session, selection, None)
    count, last_id = session.execute(chosen.order_by(None).with_only_columns(func.count(), func.max(Question.id))).one()
    first = session.scalars(chosen.options(*OF_A_QUESTION).limit(most)).all()
    return Preview(count, first, last_id)


def _chosen(forum_session: ForumSession, selection: Selection, up_to: int | None) -> Select[Question]:
    query = select(Question).where(Question.session_id == forum_session.id).order_by(Question.id)
    if selection.same_asker_as is not None:
        # Not `==` with a hash that was read before: one that was forgotten is nobody's, and none equals it in SQL.
        asker = select(Question.asker_hash).where(
            Question.id == selection.same_asker_as, Question.session_id == forum_session.id
        )
        query = query.where(Question.asker_hash == asker.scalar_subquery(), Question.state.in_(("waiting", "approved")))
    else:
        query = query.where(Question.state == "waiting")
    if selection.since is not None:
        query = query.where(Question.asked_at >= selection.since)
    if selection.is_held_back:
        query = query.where(Question.is_held_back)
    return query if up_to is None else query.where(Question.id <= up_to)


def remove(
    session: Session, forum_session: ForumSession, chair: Chair, selection: Selection, up_to: int
) -> Sequence[Question]:
    """Decline all of a selection that the moderator saw. Raises Refused where there is none any more."""
    query = _chosen(forum_session, selection, up_to)
    questions = session.scalars(locked(query)).all()
    if not questions:
        raise Refused(NOTHING_TO_REMOVE)
    last = session.scalar(select(func.max(Question.removal)).where(Question.session_id == forum_session.id))
    for question in questions:
        question.state_before, question.state = question.state, "declined"
        question.removal = 1 + (last or 0)
    state = live_status_to_change(session, forum_session)
    if state.pinned_id in {question.id for question in questions}:
        state.pinned_id = None
    state.version += 1
    _record(session, chair, forum_session, "remove-questions", questions)
    session.flush()
    return questions


def restore(session: Session, forum_session: ForumSession, chair: Chair, number: int) -> Sequence[Question]:
    """Put the questions of a removal back to where they were, but for those that were brought back one by one."""
    query = _removed(forum_session.id).where(Question.removal == number).order_by(Question.id)
    questions = session.scalars(locked(query)).all()
    if not questions:
        raise Refused(NOTHING_TO_RESTORE)
    for question in questions:
        question.state, question.state_before = question.state_before or "waiting", None
        question.removal = None
    live_status_to_change(session, forum_session).version += 1
    _record(session, chair, forum_session, "restore-questions", questions)
    session.flush()
    return questions


def removals_of(session: Session, session_id: int, most: int) -> Sequence[Removal]:
    """The last removals of a session that can be taken back, the newest first."""
    counted = _removed(session_id).with_only_columns(Question.removal, func.count()).group_by(Question.removal)
    return [
        Removal(number or 0, count)
        for number, count in session.execute(counted.order_by(Question.removal.desc()).limit(most))
    ]


def _removed(session_id: int) -> Select[Question]:
    return select(Question).where(Question.session_id == session_id, was_removed())


def _record(
    session: Session, chair: Chair, forum_session: ForumSession, verb: str, questions: Sequence[Question]
) -> None:
    record_moderation(session, chair, forum_session, verb, count=len(questions), questions=_numbers(questions))


def _numbers(questions: Sequence[Question]) -> str:
    """The numbers of questions, in short, as in "3-40, 45"."""
    ranges: list[list[int]] = []
    for number in sorted(question.number for question in questions):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in ranges)
