"""Counts what the catalogue holds and covers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, exists, func, select
from sqlalchemy.orm import Session, aliased

from kb.core.cache import DerivedCache
from kb.core.db import Database
from kb.core.standbys import NEWEST

from ..choices import UNKNOWN
from ..counts import CodeCounts, Counts
from ..entries import EntryKind
from ..models import CatalogueIdentity, Change, Country, LeaderTerm, Place, Source
from .lookups import count_rows, grouped


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many of each the catalogue holds."""

    initiatives: int
    cities: int
    countries: int
    leaders: int
    visions: int


def statistics(counts: Counts) -> Statistics:
    """Count the entries."""
    return Statistics(
        initiatives=counts.total(EntryKind.INITIATIVE),
        cities=counts.total(EntryKind.CITY),
        countries=len(counts.by(EntryKind.CITY, "country")),
        leaders=counts.total(EntryKind.LEADER),
        visions=counts.total(EntryKind.VISION),
    )


@dataclass(frozen=True, slots=True)
class Restoration:
    """That a database was restored: when its backup was made, and when that was restored."""

    backup_made_at: datetime
    restored_at: datetime


def restoration(session: Session) -> Restoration | None:
    """From which backup the database was restored; None where it was not."""
    query = select(CatalogueIdentity.backup_made_at, CatalogueIdentity.restored_at)
    made_at, restored_at = session.execute(query).one_or_none() or (None, None)
    return Restoration(made_at, restored_at) if made_at and restored_at else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the catalogue holds and what it lacks. Codes are those of the search's filters, UNKNOWN for what is unknown.

    An initiative counts once in each region and income group where it has a city. `people_by_income` is the population
    of the gazetteer's places by income group: the yardstick for `by_income`.
    """

    entries: Statistics
    city_leaders: int
    sources: int
    by_region: CodeCounts
    by_income: CodeCounts
    by_decade: CodeCounts
    by_evidence: CodeCounts
    people_by_income: CodeCounts
    stopped: int
    with_result: int
    with_cost: int

    @property
    def without_evidence(self) -> int:
        """Initiatives whose level of evidence is unknown."""
        return self.entries.initiatives - sum(self.by_evidence.values())


PEOPLE_FRESH_SECONDS = 600.0
"""How often, at most, the people of the gazetteer are added up anew: only a new version of it changes them."""


class Yardsticks:
    """What coverage is told with and no index counts; kept in memory, so that a page walks neither sources nor places.

    Threads may share it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sources: DerivedCache[None, int] = DerivedCache()
        self._others: DerivedCache[None, int] = DerivedCache()
        self._people: DerivedCache[None, CodeCounts] = DerivedCache(max_age=PEOPLE_FRESH_SECONDS, in_background=True)

    def sources(self, session: Session) -> int:
        """How many pages and documents the catalogue cites, as of the last change."""
        return self._sources.get(None, lambda: count_rows(session, Source.id), last_change(session))

    def people_in_other_offices(self, session: Session) -> int:
        """How many people among the leaders led no city, such as ministers, as of the last change."""
        return self._others.get(None, lambda: _count_people_in_other_offices(session), last_change(session))

    def people_by_income(self) -> CodeCounts:
        """How many people live in places of the gazetteer, by income group of the country."""
        return self._people.get(None, self._add_up_people)

    def _add_up_people(self) -> CodeCounts:
        group = func.coalesce(Country.income_group, UNKNOWN)
        people = (
            select(group, func.coalesce(func.sum(Place.population), 0))
            .join(Country, Country.code == Place.country_code)
            .group_by(group)
        )
        with self._database.reading(after=NEWEST) as session:
            return grouped(session, people)


def _count_people_in_other_offices(session: Session) -> int:
    led = aliased(LeaderTerm)
    others = select(LeaderTerm.leader_id).where(
        LeaderTerm.leads_no_city, ~exists().where(led.leader_id == LeaderTerm.leader_id, ~led.leads_no_city)
    )
    return session.scalar(select(func.count()).select_from(others.distinct().subquery())) or 0


def coverage(session: Session, counts: Counts, yardsticks: Yardsticks) -> Coverage:
    """Count what the catalogue holds."""
    initiative, entries = EntryKind.INITIATIVE, statistics(counts)
    return Coverage(
        entries=entries,
        # The index may be a moment behind.
        city_leaders=max(0, entries.leaders - yardsticks.people_in_other_offices(session)),
        sources=yardsticks.sources(session),
        by_region=counts.by(initiative, "region"),
        by_income=counts.by(initiative, "income"),
        by_decade=counts.by(initiative, "decade"),
        by_evidence=counts.by(initiative, "evidence"),
        people_by_income=yardsticks.people_by_income(),
        stopped=counts.by(initiative, "stage").get("discontinued", 0),
        with_result=counts.having_any(initiative, "outcome"),
        with_cost=counts.having_any(initiative, "cost"),
    )


def last_change(session: Session) -> int:
    """How far the change log has grown: what was read of the catalogue holds until this grows; 0 for an empty log."""
    # Without the ORM, which takes as long again: every page asks this.
    return session.connection().scalar(_LAST_CHANGE) or 0


_LAST_CHANGE = select(func.max(Change.__table__.c.id))


_NOT_SHOWN = {"places", "place_names"}


def letters_in_use(session: Session) -> set[str]:
    """Every letter beyond ASCII in the texts of the catalogue and of packages above it, but for the gazetteer's."""
    letters: set[str] = set()
    for table in Change.metadata.sorted_tables:
        texts = [column for column in table.columns if isinstance(column.type, String)]
        if texts and table.name not in _NOT_SHOWN:
            for row in session.execute(select(*texts).execution_options(yield_per=1_000)):
                letters.update(*(text for text in row if text and not text.isascii()))
    return {letter for letter in letters if not letter.isascii()}
