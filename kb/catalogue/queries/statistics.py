"""Counts what the catalogue holds and covers, and lists every address in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, func, select
from sqlalchemy.orm import Session

from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop

from ..entries import ENTRIES, EntryKind
from ..models import Change, City, Country, Initiative, InitiativeCity, Leader, Outcome, Place, Region, Source, Vision
from .lookups import count_rows, grouped


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many of each the catalogue holds."""

    initiatives: int
    cities: int
    countries: int
    leaders: int
    visions: int


def statistics(session: Session) -> Statistics:
    """Count the entries; one query."""
    counts = [
        select(func.count(column)).scalar_subquery()
        for column in (Initiative.id, City.id, City.country_code.distinct(), Leader.id, Vision.id)
    ]
    return Statistics(*session.execute(select(*counts)).one())


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the catalogue holds and what it lacks. Keys None stand for what is unknown.

    `people_by_income` is the population of the gazetteer's places by income group: the yardstick for `by_income`.
    """

    initiatives: int
    cities: int
    countries: int
    leaders: int
    visions: int
    sources: int
    by_region: dict[str | None, int]
    by_income: dict[str | None, int]
    by_decade: dict[int | None, int]
    by_evidence: dict[int | None, int]
    people_by_income: dict[str | None, int]
    stopped: int
    with_result: int
    with_cost: int


def coverage(session: Session) -> Coverage:
    """Count what the catalogue holds; an initiative of several cities counts where the leading one is."""
    led_by = (
        select(Initiative.id)
        .join(InitiativeCity, (InitiativeCity.initiative_id == Initiative.id) & (InitiativeCity.position == 0))
        .join(City, City.id == InitiativeCity.city_id)
        .join(Country, Country.code == City.country_code)
        .outerjoin(Region, Region.code == Country.region_code)
    )
    has_result = Initiative.outcomes.any((Outcome.is_target.is_(False)) & (Outcome.value.is_not(None)))
    decade = Initiative.start_year - Initiative.start_year % 10
    return Coverage(
        initiatives=count_rows(session, Initiative.id),
        cities=count_rows(session, City.id),
        countries=count_rows(session, City.country_code.distinct()),
        leaders=count_rows(session, Leader.id),
        visions=count_rows(session, Vision.id),
        sources=count_rows(session, Source.id),
        by_region=grouped(session, led_by.with_only_columns(Region.label, func.count()).group_by(Region.label)),
        by_income=grouped(
            session, led_by.with_only_columns(Country.income_group, func.count()).group_by(Country.income_group)
        ),
        by_decade=grouped(session, select(decade, func.count()).select_from(Initiative).group_by(decade)),
        by_evidence=grouped(
            session, select(Initiative.evidence_level, func.count()).group_by(Initiative.evidence_level)
        ),
        people_by_income=grouped(
            session,
            select(Country.income_group, func.coalesce(func.sum(Place.population), 0))
            .join(Country, Country.code == Place.country_code)
            .group_by(Country.income_group),
        ),
        stopped=count_rows(session, Initiative.id, Initiative.stage == "discontinued"),
        with_result=count_rows(session, Initiative.id, has_result),
        with_cost=count_rows(session, Initiative.id, Initiative.cost_amount.is_not(None)),
    )


def last_change(session: Session) -> int:
    """How far the change log has grown: what was read of the catalogue holds until this grows; 0 for an empty log."""
    return session.scalar(select(func.max(Change.id))) or 0


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


ADDRESSES_A_PAGE = 10_000
"""Entries of a page of the sitemap at most; the protocol allows 50,000 (sitemaps.org)."""


@dataclass(frozen=True, slots=True)
class AddressPage:
    """A page of the sitemap: entries of a kind with ids from `first` on, and the time of the last edit among them."""

    kind: EntryKind
    first: int
    updated_at: datetime


def address_pages(session: Session) -> Iterator[AddressPage]:
    """The pages of the sitemap that hold entries; one query for each kind."""
    for kind, definition in ENTRIES.items():
        entry = definition.model
        page = entry.id - entry.id % ADDRESSES_A_PAGE
        for first, updated_at in session.execute(
            select(page, func.max(entry.updated_at)).group_by(page).order_by(page)
        ):
            yield AddressPage(kind, first, updated_at)


def entry_addresses(session: Session, kind: EntryKind, first: int) -> Sequence[tuple[str, datetime]]:
    """Slug and time of the last edit of the entries of a page of the sitemap; NotFound where there are none."""
    entry = ENTRIES[kind].model
    query = select(entry.slug, entry.updated_at).where(entry.id >= first, entry.id < first + ADDRESSES_A_PAGE)
    addresses = [(slug, updated_at) for slug, updated_at in session.execute(query.order_by(entry.id))]
    if not addresses or first % ADDRESSES_A_PAGE:
        raise NotFound(gettext_noop("There is no such page of the sitemap."))
    return addresses
