"""Defines the filters: labels and values, the values of a row, how the database filters by them; and cities by slug."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from kb.catalogue.choices import (
    CITY_SIZES,
    EVIDENCE_LEVELS,
    INCOME_GROUPS,
    SIZE_BOUNDS,
    STAGES,
    UNKNOWN,
    city_size,
    decade,
)
from kb.catalogue.entries import EntryKind, TermKind
from kb.catalogue.models import Aim, Challenge, City, Country, Outcome, Place, Technology
from kb.catalogue.queries import country_names, labels, regions
from kb.core.i18n import gettext_noop
from kb.core.languages import LanguageNames
from kb.editorial.models import Redirect

from .engine_types import ONCE_MORE
from .field_definitions import (
    Condition,
    FacetDefinition,
    FieldDefinition,
    FilterDefinition,
    Pairs,
    challenges_of,
    linked_model,
    of_attribute,
    of_cities,
    of_column,
    of_presence,
    with_challenges,
)
from .kind_definition import SearchedKind
from .kinds import KINDS

Chosen = Mapping[str, tuple[str, ...]]
"""Chosen values by filter."""


def _terms(kind: TermKind) -> Callable[[Session], dict[str, str]]:
    """The labels of a list of terms, by code or number."""
    return lambda session: {str(code): label for code, label in labels(session, kind).items()}


def _regions(session: Session) -> dict[str, str]:
    return {region.code: region.label for region in regions(session)} | {UNKNOWN: gettext_noop("Region not known")}


def _is_of_size(chosen: Sequence[str]) -> Condition:
    bands = [SIZE_BOUNDS[code] for code in chosen if code in SIZE_BOUNDS]
    return or_(false(), *(and_(Place.population >= low, Place.population < high) for low, high in bands))


_SIZE = case(
    *((and_(Place.population >= low, Place.population < high), code) for code, (low, high) in SIZE_BOUNDS.items())
)


def _decades(kind: SearchedKind, row: Any) -> Iterable[str | None]:
    return () if KINDS[kind].year_column is None else (decade(KINDS[kind].newest(row)) or UNKNOWN,)


def _pairs_of_decades(kind: SearchedKind) -> Pairs | None:
    year = KINDS[kind].year_column
    if year is None:
        return None
    return select(KINDS[kind].model.id, func.coalesce(cast(year - year % 10, String).concat("s"), UNKNOWN))


def _is_of_decade(kind: SearchedKind, chosen: Sequence[str]) -> Condition | None:
    column = KINDS[kind].year_column
    if column is None:
        return None
    years = [int(code[:4]) for code in chosen if re.fullmatch(r"\d{4}s", code)]
    is_unknown = column.is_(None) if UNKNOWN in chosen else false()
    return or_(is_unknown, *(column.between(year, year + 9) for year in years))


FIRST_YEAR, LAST_YEAR = 1800, 2099

_YEARS = {str(year): str(year) for year in range(LAST_YEAR, FIRST_YEAR - 1, -1)}


def _years(kind: SearchedKind, row: Any) -> Iterable[str | None]:
    year = None if KINDS[kind].year_column is None else KINDS[kind].newest(row)
    return () if year is None else (str(year),)


def _pairs_of_years(kind: SearchedKind) -> Pairs | None:
    year = KINDS[kind].year_column
    return None if year is None else select(KINDS[kind].model.id, year).where(year.is_not(None))


def _is_from(kind: SearchedKind, chosen: Sequence[str]) -> Condition | None:
    column = KINDS[kind].year_column
    return None if column is None else column >= min(map(int, chosen))


def _is_until(kind: SearchedKind, chosen: Sequence[str]) -> Condition | None:
    column = KINDS[kind].year_column
    return None if column is None else column <= max(map(int, chosen))


_GOALS = of_attribute(
    lambda kind: kind.goals,
    lambda links: [str(link.goal_number) for link in links],
    lambda model, linked: select(model.id, linked_model(linked).goal_number).join(linked),
)


def is_at(slugs: Sequence[str]) -> ColumnElement[bool]:
    """Whether a city is found at one of some slugs, also at those that lead there since two pages were merged."""
    moved = select(Redirect.entry_id).where(Redirect.kind == EntryKind.CITY, Redirect.slug.in_(slugs))
    return or_(City.slug.in_(slugs), City.id.in_(moved))


FACETS: Mapping[str, FacetDefinition] = {
    "kind": FacetDefinition(
        label=gettext_noop("Kind"),
        choices={kind: definition.label for kind, definition in KINDS.items()},
        values=lambda kind, _row: (kind.value,),
        pairs=lambda kind: select(KINDS[kind].model.id, literal(kind.value)),
        condition=lambda kind, chosen: literal(kind.value).in_(chosen),
    ),
    "goal": FacetDefinition(label=gettext_noop("Goal"), choices=_terms(TermKind.GOAL), **_GOALS),
    "target": FacetDefinition(
        label=gettext_noop("Target"),
        choices=_terms(TermKind.TARGET),
        has_order=False,
        **of_attribute(
            lambda kind: kind.targets,
            lambda links: [link.target_code for link in links],
            lambda model, linked: select(model.id, linked_model(linked).target_code).join(linked),
        ),
    ),
    "aim": FacetDefinition(
        label=gettext_noop("Aim of goal 11"),
        choices=_terms(TermKind.AIM),
        **of_attribute(
            lambda kind: kind.challenges,
            lambda links: [aim.code for challenge in challenges_of(links) for aim in challenge.aims],
            lambda model, linked: with_challenges(model, linked, Aim.code).join(Challenge.aims),
        ),
    ),
    "challenge": FacetDefinition(
        label=gettext_noop("Challenge"),
        choices=_terms(TermKind.CHALLENGE),
        has_order=False,
        **of_attribute(
            lambda kind: kind.challenges,
            lambda links: [challenge.code for challenge in challenges_of(links)],
            lambda model, linked: with_challenges(model, linked, Challenge.code),
        ),
    ),
    "technology": FacetDefinition(
        label=gettext_noop("Technology"),
        choices=_terms(TermKind.TECHNOLOGY),
        has_order=False,
        **of_attribute(
            lambda kind: kind.technologies,
            lambda technologies: [technology.code for technology in technologies],
            lambda model, linked: select(model.id, Technology.code).join(linked),
        ),
    ),
    "region": FacetDefinition(
        label=gettext_noop("Region"),
        choices=_regions,
        has_order=False,
        **of_cities(lambda city: city.country.region_code or UNKNOWN, func.coalesce(Country.region_code, UNKNOWN)),
    ),
    "income": FacetDefinition(
        label=gettext_noop("Income of the country"),
        choices=INCOME_GROUPS | {UNKNOWN: gettext_noop("Income not known")},
        **of_cities(lambda city: city.country.income_group or UNKNOWN, func.coalesce(Country.income_group, UNKNOWN)),
    ),
    "country": FacetDefinition(
        label=gettext_noop("Country"),
        choices=country_names,
        has_order=False,
        **of_cities(lambda city: city.country_code, Country.code),
    ),
    "stage": FacetDefinition(label=gettext_noop("Stage"), choices=STAGES, **of_column(lambda kind: kind.stage)),
    "evidence": FacetDefinition(
        label=gettext_noop("Evidence"),
        choices=dict(reversed(EVIDENCE_LEVELS.items())),
        **of_column(lambda kind: kind.evidence),
    ),
    "decade": FacetDefinition(
        label=gettext_noop("Decade of start"),
        choices={f"{year}s": f"{year}s" for year in range(2090, 1890, -10)} | {UNKNOWN: gettext_noop("Year not known")},
        values=_decades,
        pairs=_pairs_of_decades,
        condition=_is_of_decade,
    ),
    "size": FacetDefinition(
        label=gettext_noop("Size of the city"),
        choices=CITY_SIZES,
        **of_cities(lambda city: city_size(city.place.population), _SIZE, _is_of_size),
    ),
    "language": FacetDefinition(
        label=gettext_noop("Language"),
        choices=LanguageNames(),
        has_order=False,
        **of_column(lambda kind: kind.language),
    ),
    "outcome": FacetDefinition(
        label=gettext_noop("Results"),
        choices={"measured": gettext_noop("in figures")},
        with_zeros=True,
        **of_attribute(
            lambda kind: kind.outcomes,
            lambda outcomes: [
                "measured" for outcome in outcomes if outcome.value is not None and not outcome.is_target
            ],
            lambda model, linked: (
                select(model.id, literal("measured"))
                .join(linked)
                .where(Outcome.value.is_not(None), Outcome.is_target.is_(False))
            ),
        ),
    ),
    "cost": FacetDefinition(
        label=gettext_noop("Cost"),
        choices={"known": gettext_noop("known")},
        with_zeros=True,
        **of_presence(lambda kind: kind.cost, "known"),
    ),
    "contact": FacetDefinition(
        label=gettext_noop("Contact"),
        choices={"known": gettext_noop("known")},
        with_zeros=True,
        **of_presence(lambda kind: kind.contact, "known"),
    ),
}
"""Every facet by the name that addresses have for it, in the order that addresses list them."""

FIELDS: Mapping[str, FieldDefinition] = {
    **FACETS,
    "year": FieldDefinition(values=_years, pairs=_pairs_of_years),
}
"""Every field that the index counts by: the facets, and years."""

FILTERS: Mapping[str, FilterDefinition] = {
    **FACETS,
    "city": FilterDefinition(
        # There are too many to list: those that a question names are looked up.
        label=gettext_noop("City"),
        choices={},
        **of_cities(lambda city: city.slug, City.slug, is_at),
    ),
    "with_goal": FilterDefinition(
        label=gettext_noop("Also with goal"), choices=_terms(TermKind.GOAL), has_several=False, **_GOALS
    ),
    "year_from": FilterDefinition(
        label=gettext_noop("Start year from"),
        choices=_YEARS,
        values=_years,
        pairs=_pairs_of_years,
        condition=_is_from,
        has_several=False,
    ),
    "year_to": FilterDefinition(
        label=gettext_noop("Start year to"),
        choices=_YEARS,
        values=_years,
        pairs=_pairs_of_years,
        condition=_is_until,
        has_several=False,
    ),
}
"""Everything that a search can be narrowed down by: the names of `SearchQuery.chosen`, as addresses list them."""


NUMBERED = frozenset({"goal", "with_goal", "target", "evidence"})
"""Filters whose values people know by their numbers."""


def index_filters(chosen: Chosen, city_ids: Mapping[str, int]) -> dict[str, Sequence[str]]:
    """Chosen values as the index takes them: by its fields, cities by id, and instead of bounds the years between."""
    filters: dict[str, Sequence[str]] = {name: codes for name, codes in chosen.items() if name in FIELDS}
    if "city" in chosen:
        filters["city"] = [str(city_ids[slug]) for slug in chosen["city"]]
    if "with_goal" in chosen:
        filters[f"goal{ONCE_MORE}"] = chosen["with_goal"]
    if "year_from" in chosen or "year_to" in chosen:
        first = min(map(int, chosen.get("year_from", (FIRST_YEAR,))))
        last = max(map(int, chosen.get("year_to", (LAST_YEAR,))))
        filters["year"] = [str(year) for year in range(first, last + 1)]
    return filters


def cities_at(session: Session, slugs: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The ids and names of cities by slug, also by slugs that lead there since two pages were merged.

    No query where none is asked for.
    """
    if not slugs:
        return {}
    here = session.execute(select(City.slug, City.id, City.name).where(City.slug.in_(slugs)))
    found = {slug: (city_id, name) for slug, city_id, name in here}
    others = [slug for slug in slugs if slug not in found]
    if others:
        moved = select(Redirect.slug, City.id, City.name).join(City, City.id == Redirect.entry_id)
        rows = session.execute(moved.where(Redirect.kind == EntryKind.CITY, Redirect.slug.in_(others)))
        found |= {slug: (city_id, name) for slug, city_id, name in rows}
    return found
