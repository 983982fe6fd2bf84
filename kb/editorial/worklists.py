"""Boards: which public entries want somebody's attention, and what people look for that is not there.

Each board is a select of (kind, slug, title, confirmed_on, updated_at) over the entries, those that have waited longest
first; so it is read a page at a time, in one query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Initiative,
    Leader,
    LeaderTerm,
    Vision,
    initiative_challenges,
)
from kb.catalogue.rules import FRESH_DAYS
from kb.core.column_types import now

from .models import FailedSearchCount

_NAMES: Mapping[str, tuple[Any, Any]] = {
    "initiative": (Initiative, Initiative.title),
    "city": (City, City.name),
    "leader": (Leader, Leader.name),
    "vision": (Vision, Vision.title),
}

# What a reader comes for, besides what publishing needs.
_IDENTIFYING = (Initiative.problem, Initiative.action, Initiative.results, Initiative.lessons)


@dataclass(frozen=True, slots=True)
class WorklistEntry:
    """An entry that wants attention."""

    kind: EntryKind
    slug: str
    title: str
    confirmed_on: date | None
    updated_at: datetime


def _stale() -> dict[str, ColumnElement[bool]]:
    """Confirmed over two years ago, or never."""
    long_ago = now().date() - timedelta(days=2 * FRESH_DAYS)
    return {
        kind: or_(model.confirmed_on.is_(None), model.confirmed_on < long_ago) for kind, (model, _) in _NAMES.items()
    }


def _incomplete() -> dict[str, ColumnElement[bool]]:
    """Without what publishing needs today, or without two or more of the problem, the deed, results and lessons."""
    few = or_(
        *(and_(one.is_(None), other.is_(None)) for one in _IDENTIFYING for other in _IDENTIFYING if one is not other)
    )
    return {
        "initiative": or_(~Initiative.goals.any(), ~Initiative.challenges.any(), ~Initiative.places.any(), few),
        "city": ~City.challenges.any(),
        "leader": ~Leader.terms.any(),
        "vision": ~Vision.goals.any(),
    }


def _unsourced() -> dict[str, ColumnElement[bool]]:
    """Without a page that says so."""
    return {
        "initiative": ~Initiative.citations.any(),
        "city": and_(~City.sources.any(), City.challenges.any(CityChallenge.source_id.is_(None))),
        "leader": Leader.terms.any(LeaderTerm.source_id.is_(None)),
        "vision": ~Vision.sources.any(),
    }


def _doubtful() -> dict[str, ColumnElement[bool]]:
    """Said to work or to be over, with nothing but a claim behind it."""
    done = Initiative.stage.in_(["operational", "scaled", "completed"])
    return {"initiative": and_(done, func.coalesce(Initiative.evidence_level, 0) == 0)}


WORKLISTS = {"stale": _stale, "incomplete": _incomplete, "unsourced": _unsourced, "doubt": _doubtful}


def _on(name: str) -> Select[Any]:
    rows = [
        select(
            literal(kind).label("kind"),
            _NAMES[kind][0].slug.label("slug"),
            _NAMES[kind][1].label("title"),
            _NAMES[kind][0].confirmed_on.label("confirmed_on"),
            _NAMES[kind][0].updated_at.label("updated_at"),
        ).where(condition)
        for kind, condition in WORKLISTS[name]().items()
    ]
    listed = union_all(*rows).subquery()
    return select(listed)


def how_many(session: Session) -> dict[str, int]:
    """How many entries are on each board; a query each."""
    return {name: session.scalar(select(func.count()).select_from(_on(name).subquery())) or 0 for name in WORKLISTS}


def waiting(session: Session, name: str, offset: int, limit: int) -> Sequence[WorklistEntry]:
    """Entries on a board: those confirmed longest ago, then those never confirmed, by their last edit."""
    query = _on(name)
    columns = query.selected_columns
    ordered = query.order_by(
        columns.confirmed_on.is_(None), columns.confirmed_on, columns.updated_at, columns.kind, columns.slug
    )
    return [WorklistEntry(*row) for row in session.execute(ordered.offset(offset).limit(limit))]


@dataclass(frozen=True, slots=True)
class FailedSearch:
    """A question that found nothing: how often, and when last."""

    query: str
    count: int
    last: date


def failed_searches(session: Session, since: date, limit: int) -> Sequence[FailedSearch]:
    """Questions that found nothing since a day, the most frequent first."""
    times = func.sum(FailedSearchCount.count)
    chosen = (
        select(FailedSearchCount.query, times, func.max(FailedSearchCount.day))
        .where(FailedSearchCount.day >= since)
        .group_by(FailedSearchCount.query)
        .order_by(times.desc(), FailedSearchCount.query)
        .limit(limit)
    )
    return [FailedSearch(query, int(count), last) for query, count, last in session.execute(chosen)]


def count_failed_searches(session: Session, since: date) -> int:
    """How many different questions found nothing since a day."""
    query = select(func.count(FailedSearchCount.query.distinct())).where(FailedSearchCount.day >= since)
    return session.scalar(query) or 0


def challenges_without_initiatives(session: Session) -> Sequence[tuple[Challenge, int]]:
    """Challenges that no initiative takes on, with how many cities name them, the most named first."""
    naming = (
        select(func.count())
        .where(CityChallenge.challenge_code == Challenge.code)
        .correlate(Challenge)
        .scalar_subquery()
    )
    taken_on = select(initiative_challenges.c.challenge_code)
    query = select(Challenge, naming).where(Challenge.code.not_in(taken_on)).order_by(naming.desc(), Challenge.position)
    return [(challenge, int(cities)) for challenge, cities in session.execute(query)]
