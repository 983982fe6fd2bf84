"""Lists public entries that need attention, and challenges that no initiative takes on.

Each worklist is a select of (kind, slug, title, confirmed_on, updated_at) over the entries, those that have waited
longest first; so it is read a page at a time, in one query.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryDefinition, EntryKind
from kb.catalogue.models import (
    Challenge,
    CityChallenge,
    Initiative,
    initiative_challenges,
)
from kb.catalogue.rules import FRESH_DAYS
from kb.core.column_types import now


@dataclass(frozen=True, slots=True)
class WorklistEntry:
    """An entry that wants attention."""

    kind: EntryKind
    slug: str
    title: str
    confirmed_on: date | None
    updated_at: datetime


def _stale(definition: EntryDefinition) -> ColumnElement[bool]:
    """Confirmed over two years ago; or here for so long, and never confirmed."""
    long_ago = now() - timedelta(days=2 * FRESH_DAYS)
    never = and_(definition.model.confirmed_on.is_(None), definition.model.created_at < long_ago)
    return or_(definition.model.confirmed_on < long_ago.date(), never)


def _doubtful(definition: EntryDefinition) -> ColumnElement[bool]:
    """Initiatives that run or are completed with no evidence beyond a claim."""
    if definition.model is not Initiative:
        return false()
    done = Initiative.stage.in_(["operational", "scaled", "completed"])
    return and_(done, func.coalesce(Initiative.evidence_level, 0) == 0)


WORKLISTS: Mapping[str, Callable[[EntryDefinition], ColumnElement[bool]]] = {
    "stale": _stale,
    "incomplete": lambda definition: definition.incomplete(),
    "unsourced": lambda definition: definition.unsourced(),
    "doubt": _doubtful,
}


def _on(name: str) -> Select[Any]:
    rows = [
        select(
            literal(kind.value).label("kind"),
            definition.model.slug.label("slug"),
            getattr(definition.model, definition.title).label("title"),
            definition.model.confirmed_on.label("confirmed_on"),
            definition.model.updated_at.label("updated_at"),
        ).where(WORKLISTS[name](definition))
        for kind, definition in ENTRIES.items()
    ]
    return select(union_all(*rows).subquery())


def how_many(session: Session) -> dict[str, int]:
    """How many entries are on each worklist; a query each."""
    return {name: session.scalar(select(func.count()).select_from(_on(name).subquery())) or 0 for name in WORKLISTS}


def waiting(session: Session, name: str, offset: int, limit: int) -> Sequence[WorklistEntry]:
    """Entries on a worklist: those confirmed longest ago, then those never confirmed, by their last edit."""
    query = _on(name)
    columns = query.selected_columns
    ordered = query.order_by(
        columns.confirmed_on.is_(None), columns.confirmed_on, columns.updated_at, columns.kind, columns.slug
    )
    return [WorklistEntry(EntryKind(kind), *row) for kind, *row in session.execute(ordered.offset(offset).limit(limit))]


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
