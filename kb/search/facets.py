"""Defines the facets: their labels and values, the values of a row, and how the database filters by them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
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
from kb.catalogue.entries import TermKind
from kb.catalogue.models import Aim, Challenge, City, CityChallenge, Country, Outcome, Place, Technology
from kb.catalogue.queries import country_names, labels, regions
from kb.core.i18n import gettext_noop
from kb.core.text import sort_key

from .kind_definition import KindDefinition, SearchedKind
from .kinds import KINDS
from .results import Facet, FacetValue

Chosen = Mapping[str, tuple[str, ...]]
"""Chosen values by facet."""

Condition = ColumnElement[bool]


Pairs = Select[*tuple[Any, ...]]
"""The ids of entries, each with a code that it has; with the same code twice it counts once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """A field by which entries are counted: the codes that each has, None left out, each once.

    `values` reads them from a row, for the index; `pairs` selects them, for the database, and is None for a kind of
    entry without the field and for those of the forum, which nobody counts there.
    """

    values: Callable[[SearchedKind, Any], Iterable[str | None]]
    pairs: Callable[[SearchedKind], Pairs | None]

    def values_of(self, kind: SearchedKind, row: Any) -> tuple[str, ...]:
        """The values that a row has."""
        return tuple(dict.fromkeys(value for value in self.values(kind, row) if value))


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetDefinition(FieldDefinition):
    """A field that pages of results list: `choices` are its values with their labels, which some read from a table.

    `label` is what it is called; `condition` is whether a row has one of the values, None for a kind of entry without
    the facet. With `has_order` a page lists values as `choices` do, else the most frequent first.
    """

    label: str
    choices: Mapping[str, str] | Callable[[Session], Mapping[str, str]]
    condition: Callable[[SearchedKind, Sequence[str]], Condition | None]
    has_order: bool = True


def _terms(kind: TermKind) -> Callable[[Session], dict[str, str]]:
    """The labels of a list of terms, by code or number."""
    return lambda session: {str(code): label for code, label in labels(session, kind).items()}


def _regions(session: Session) -> dict[str, str]:
    return {region.code: region.label for region in regions(session)}


def having_any_of(pairs: Pairs, chosen: Sequence[str]) -> Select[int]:
    """The ids of entries that have any of some codes."""
    entry_id, code = pairs.selected_columns
    wanted = _numbers(chosen) if isinstance(code.type, Integer) else chosen
    return pairs.with_only_columns(entry_id).where(code.in_(wanted)).correlate(None)


def _numbers(codes: Sequence[str]) -> list[int]:
    return [int(code) for code in codes if re.fullmatch(r"\d{1,4}", code)]


def _of_attribute(
    attribute: Callable[[KindDefinition], Any],
    codes: Callable[[Any], Iterable[str | None]],
    pairs: Callable[[Any, Any], Pairs],
) -> dict[str, Any]:
    """A field of the kinds that have an attribute: `codes` of what it holds, `pairs` by model and attribute."""

    def values(kind: SearchedKind, row: Any) -> Iterable[str | None]:
        of_kind = attribute(KINDS[kind])
        return () if of_kind is None else codes(getattr(row, of_kind.key))

    def pairs_of_kind(kind: SearchedKind) -> Pairs | None:
        of_kind = attribute(KINDS[kind])
        return None if of_kind is None else pairs(KINDS[kind].model, of_kind)

    return {"values": values, "pairs": pairs_of_kind}


def _of_column(attribute: Callable[[KindDefinition], Any]) -> dict[str, Any]:
    """A field whose code is a column."""
    return _of_attribute(
        attribute,
        lambda code: (None if code is None else str(code),),
        lambda model, column: select(model.id, column).where(column.is_not(None)),
    )


def _of_presence(attribute: Callable[[KindDefinition], Any], code: str) -> dict[str, Any]:
    """A field with one code, which entries have in whose column something is."""
    return _of_attribute(
        attribute,
        lambda value: (None if value is None else code,),
        lambda model, column: select(model.id, literal(code)).where(column.is_not(None)),
    )


def _facet(field: Mapping[str, Any]) -> dict[str, Any]:
    """A field that can be filtered by."""

    def has_any(kind: SearchedKind, chosen: Sequence[str]) -> Condition | None:
        pairs = field["pairs"](kind)
        return None if pairs is None else KINDS[kind].model.id.in_(having_any_of(pairs, chosen))

    return {**field, "condition": has_any}


def _of_cities(
    code: Callable[[City], str | None], column: Any, condition: Callable[[Sequence[str]], Condition]
) -> dict[str, Any]:
    """A facet of the cities that a row belongs to, by the city, its place or its country."""

    def pairs(kind: SearchedKind) -> Pairs | None:
        links = KINDS[kind].city_links
        if links is None:
            return None
        entry_id, city_id = links.subquery().c
        cities = select(entry_id, column).join(City, City.id == city_id).join(City.place)
        return cities.join(Country, Country.code == City.country_code)

    return {
        "values": lambda kind, row: [code(city) for city in KINDS[kind].cities(row)],
        "pairs": pairs,
        "condition": lambda kind, chosen: KINDS[kind].in_cities(
            select(City.id).join(City.place).join(City.country).where(condition(chosen))
        ),
    }


def _linked(relationship: Any) -> Any:
    """The model that a relationship leads to."""
    return relationship.property.mapper.class_


def _challenges(links: Iterable[Challenge | CityChallenge]) -> list[Challenge]:
    return [link.challenge if isinstance(link, CityChallenge) else link for link in links]


def _with_challenges(model: Any, relationship: Any, code: Any) -> Pairs:
    pairs = select(model.id, code).join(relationship)
    return pairs.join(CityChallenge.challenge) if _linked(relationship) is CityChallenge else pairs


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


def _years(kind: SearchedKind, row: Any) -> Iterable[str | None]:
    year = None if KINDS[kind].year_column is None else KINDS[kind].newest(row)
    return () if year is None else (str(year),)


def _pairs_of_years(kind: SearchedKind) -> Pairs | None:
    year = KINDS[kind].year_column
    return None if year is None else select(KINDS[kind].model.id, year).where(year.is_not(None))


FACETS: Mapping[str, FacetDefinition] = {
    "kind": FacetDefinition(
        label=gettext_noop("Kind"),
        choices={kind: definition.label for kind, definition in KINDS.items()},
        values=lambda kind, _row: (kind.value,),
        pairs=lambda kind: select(KINDS[kind].model.id, literal(kind.value)),
        condition=lambda kind, chosen: literal(kind.value).in_(chosen),
    ),
    "goal": FacetDefinition(
        label=gettext_noop("Goal"),
        choices=_terms(TermKind.GOAL),
        **_facet(
            _of_attribute(
                lambda kind: kind.goals,
                lambda links: [str(link.goal_number) for link in links],
                lambda model, linked: select(model.id, _linked(linked).goal_number).join(linked),
            )
        ),
    ),
    "aim": FacetDefinition(
        label=gettext_noop("Aim of goal 11"),
        choices=_terms(TermKind.AIM),
        **_facet(
            _of_attribute(
                lambda kind: kind.challenges,
                lambda links: [aim.code for challenge in _challenges(links) for aim in challenge.aims],
                lambda model, linked: _with_challenges(model, linked, Aim.code).join(Challenge.aims),
            )
        ),
    ),
    "challenge": FacetDefinition(
        label=gettext_noop("Challenge"),
        choices=_terms(TermKind.CHALLENGE),
        has_order=False,
        **_facet(
            _of_attribute(
                lambda kind: kind.challenges,
                lambda links: [challenge.code for challenge in _challenges(links)],
                lambda model, linked: _with_challenges(model, linked, Challenge.code),
            )
        ),
    ),
    "technology": FacetDefinition(
        label=gettext_noop("Technology"),
        choices=_terms(TermKind.TECHNOLOGY),
        has_order=False,
        **_facet(
            _of_attribute(
                lambda kind: kind.technologies,
                lambda technologies: [technology.code for technology in technologies],
                lambda model, linked: select(model.id, Technology.code).join(linked),
            )
        ),
    ),
    "region": FacetDefinition(
        label=gettext_noop("Region"),
        choices=_regions,
        has_order=False,
        **_of_cities(
            lambda city: city.country.region_code or UNKNOWN,
            func.coalesce(Country.region_code, UNKNOWN),
            Country.region_code.in_,
        ),
    ),
    "income": FacetDefinition(
        label=gettext_noop("Income of the country"),
        choices=INCOME_GROUPS,
        **_of_cities(
            lambda city: city.country.income_group or UNKNOWN,
            func.coalesce(Country.income_group, UNKNOWN),
            Country.income_group.in_,
        ),
    ),
    "country": FacetDefinition(
        label=gettext_noop("Country"),
        choices=country_names,
        has_order=False,
        **_of_cities(lambda city: city.country_code, Country.code, Country.code.in_),
    ),
    "stage": FacetDefinition(
        label=gettext_noop("Stage"), choices=STAGES, **_facet(_of_column(lambda kind: kind.stage))
    ),
    "evidence": FacetDefinition(
        label=gettext_noop("Evidence"),
        choices=dict(reversed(EVIDENCE_LEVELS.items())),
        **_facet(_of_column(lambda kind: kind.evidence)),
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
        **_of_cities(lambda city: city_size(city.place.population), _SIZE, _is_of_size),
    ),
}
"""Every facet by the name that addresses have for it, in the order that addresses list them."""


FIELDS: Mapping[str, FieldDefinition] = {
    **FACETS,
    "target": FieldDefinition(
        **_of_attribute(
            lambda kind: kind.targets,
            lambda links: [link.target_code for link in links],
            lambda model, linked: select(model.id, _linked(linked).target_code).join(linked),
        )
    ),
    "year": FieldDefinition(values=_years, pairs=_pairs_of_years),
    "language": FieldDefinition(**_of_column(lambda kind: kind.language)),
    "outcome": FieldDefinition(
        **_of_attribute(
            lambda kind: kind.outcomes,
            lambda outcomes: [
                "measured" for outcome in outcomes if outcome.value is not None and not outcome.is_target
            ],
            lambda model, linked: (
                select(model.id, literal("measured"))
                .join(linked)
                .where(Outcome.value.is_not(None), Outcome.is_target.is_(False))
            ),
        )
    ),
    "cost": FieldDefinition(**_of_presence(lambda kind: kind.cost, "known")),
    "contact": FieldDefinition(**_of_presence(lambda kind: kind.contact, "known")),
}
"""Every field that the index counts by: the facets, and those that pages of results do not list."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The values of every facet with their labels, in the lists' own order, as read at one moment."""

    of: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, session: Session) -> "Labels":
        """Read the lists that are tables, a query for each; the closed ones are at hand."""
        return cls(
            {
                name: facet.choices(session) if callable(facet.choices) else facet.choices
                for name, facet in FACETS.items()
            }
        )

    def facet(self, field: str, counts: Mapping[str, int], chosen: tuple[str, ...]) -> Facet:
        """A facet of a page: the values that occur, and the chosen ones though they be 0."""
        choices = self.of[field]
        codes = {code for code in (*counts, *chosen) if code in choices}
        if FACETS[field].has_order:
            listed = [code for code in choices if code in codes]
        else:
            listed = sorted(codes, key=lambda code: (-counts.get(code, 0), sort_key(choices[code])))
        values = tuple(FacetValue(code, choices[code], counts.get(code, 0), code in chosen) for code in listed)
        return Facet(field, values)

    def known_and_unknown(self, chosen: Chosen) -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
        """The chosen values that the lists know, by facet, and those that they do not, as (facet, value)."""
        known = {
            field: tuple(code for code in chosen[field] if code in self.of[field])
            for field in FACETS
            if field in chosen
        }
        unknown = tuple(
            (field, code) for field in FACETS for code in chosen.get(field, ()) if code not in self.of[field]
        )
        return {field: codes for field, codes in known.items() if codes}, unknown
