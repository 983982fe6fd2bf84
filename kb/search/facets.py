"""Defines the facets: their labels and values, the values of a row, and how the database filters by them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal, or_, select
from sqlalchemy.orm import Session

from kb.catalogue.choices import (
    CITY_SIZES,
    EVIDENCE_LEVELS,
    INCOME_GROUPS,
    NO_YEAR,
    SIZE_BOUNDS,
    STAGES,
    city_size,
    decade,
)
from kb.catalogue.entries import TermKind
from kb.catalogue.models import Aim, Challenge, City, CityChallenge, Country, Place, Technology
from kb.catalogue.queries import country_names, labels, regions
from kb.core.i18n import gettext_noop
from kb.core.text import sort_key

from .kind_definition import KindDefinition, SearchedKind
from .kinds import KINDS
from .results import Facet, FacetValue

Chosen = Mapping[str, tuple[str, ...]]
"""Chosen values by facet."""

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetDefinition:
    """A facet: `label` is what it is called, `choices` are its values with their labels, which some read from a table.

    `values` are those of a row, None left out, each once; `condition` is whether a row has one of the values, None for
    a kind of entry without the facet. With `has_order` a page lists values as `choices` do, else the most frequent
    first.
    """

    label: str
    choices: Mapping[str, str] | Callable[[Session], Mapping[str, str]]
    values: Callable[[SearchedKind, Any], Iterable[str | None]]
    condition: Callable[[SearchedKind, Sequence[str]], Condition | None]
    has_order: bool = True

    def values_of(self, kind: SearchedKind, row: Any) -> tuple[str, ...]:
        """The values that a row has."""
        return tuple(dict.fromkeys(value for value in self.values(kind, row) if value))


def _terms(kind: TermKind) -> Callable[[Session], dict[str, str]]:
    """The labels of a list of terms, by code or number."""
    return lambda session: {str(code): label for code, label in labels(session, kind).items()}


def _regions(session: Session) -> dict[str, str]:
    return {region.code: region.label for region in regions(session)}


def _of_attribute(
    attribute: Callable[[KindDefinition], Any],
    codes: Callable[[Any], Iterable[str | None]],
    condition: Callable[[Any, Sequence[str]], Condition],
) -> dict[str, Any]:
    """A facet of the kinds that have an attribute: `codes` of what a row holds in it, `condition` by it."""

    def values(kind: SearchedKind, row: Any) -> Iterable[str | None]:
        of_kind = attribute(KINDS[kind])
        return () if of_kind is None else codes(getattr(row, of_kind.key))

    def has_any(kind: SearchedKind, chosen: Sequence[str]) -> Condition | None:
        of_kind = attribute(KINDS[kind])
        return None if of_kind is None else condition(of_kind, chosen)

    return {"values": values, "condition": has_any}


def _of_cities(code: Callable[[City], str | None], condition: Callable[[Sequence[str]], Condition]) -> dict[str, Any]:
    """A facet of the cities that a row belongs to, by the city, its place or its country."""
    return {
        "values": lambda kind, row: [code(city) for city in KINDS[kind].cities(row)],
        "condition": lambda kind, chosen: KINDS[kind].in_cities(
            select(City.id).join(City.place).join(City.country).where(condition(chosen))
        ),
    }


def _challenges(links: Iterable[Challenge | CityChallenge]) -> list[Challenge]:
    return [link.challenge if isinstance(link, CityChallenge) else link for link in links]


def _has_challenge(relationship: Any, condition: Condition) -> Condition:
    is_linked: Condition = relationship.any(
        CityChallenge.challenge.has(condition) if relationship.property.mapper.class_ is CityChallenge else condition
    )
    return is_linked


def _numbers(codes: Sequence[str]) -> list[int]:
    return [int(code) for code in codes if re.fullmatch(r"\d{1,4}", code)]


def _has_goal(relationship: Any, chosen: Sequence[str]) -> Condition:
    is_linked: Condition = relationship.any(relationship.property.mapper.class_.goal_number.in_(_numbers(chosen)))
    return is_linked


def _is_of_size(chosen: Sequence[str]) -> Condition:
    bands = [SIZE_BOUNDS[code] for code in chosen if code in SIZE_BOUNDS]
    return or_(false(), *(and_(Place.population >= low, Place.population < high) for low, high in bands))


def _decades(kind: SearchedKind, row: Any) -> Iterable[str | None]:
    return () if KINDS[kind].year_column is None else (decade(KINDS[kind].newest(row)) or NO_YEAR,)


def _is_of_decade(kind: SearchedKind, chosen: Sequence[str]) -> Condition | None:
    column = KINDS[kind].year_column
    if column is None:
        return None
    years = [int(code[:4]) for code in chosen if re.fullmatch(r"\d{4}s", code)]
    is_unknown = column.is_(None) if NO_YEAR in chosen else false()
    return or_(is_unknown, *(column.between(year, year + 9) for year in years))


FACETS: Mapping[str, FacetDefinition] = {
    "kind": FacetDefinition(
        label=gettext_noop("Kind"),
        choices={kind: definition.label for kind, definition in KINDS.items()},
        values=lambda kind, _row: (kind.value,),
        condition=lambda kind, chosen: literal(kind.value).in_(chosen),
    ),
    "goal": FacetDefinition(
        label=gettext_noop("Goal"),
        choices=_terms(TermKind.GOAL),
        **_of_attribute(lambda kind: kind.goals, lambda links: [str(link.goal_number) for link in links], _has_goal),
    ),
    "aim": FacetDefinition(
        label=gettext_noop("Aim of goal 11"),
        choices=_terms(TermKind.AIM),
        **_of_attribute(
            lambda kind: kind.challenges,
            lambda links: [aim.code for challenge in _challenges(links) for aim in challenge.aims],
            lambda linked, chosen: _has_challenge(linked, Challenge.aims.any(Aim.code.in_(chosen))),
        ),
    ),
    "challenge": FacetDefinition(
        label=gettext_noop("Challenge"),
        choices=_terms(TermKind.CHALLENGE),
        has_order=False,
        **_of_attribute(
            lambda kind: kind.challenges,
            lambda links: [challenge.code for challenge in _challenges(links)],
            lambda linked, chosen: _has_challenge(linked, Challenge.code.in_(chosen)),
        ),
    ),
    "technology": FacetDefinition(
        label=gettext_noop("Technology"),
        choices=_terms(TermKind.TECHNOLOGY),
        has_order=False,
        **_of_attribute(
            lambda kind: kind.technologies,
            lambda technologies: [technology.code for technology in technologies],
            lambda linked, chosen: linked.any(Technology.code.in_(chosen)),
        ),
    ),
    "region": FacetDefinition(
        label=gettext_noop("Region"),
        choices=_regions,
        has_order=False,
        **_of_cities(lambda city: city.country.region_code, Country.region_code.in_),
    ),
    "income": FacetDefinition(
        label=gettext_noop("Income of the country"),
        choices=INCOME_GROUPS,
        **_of_cities(lambda city: city.country.income_group, Country.income_group.in_),
    ),
    "country": FacetDefinition(
        label=gettext_noop("Country"),
        choices=country_names,
        has_order=False,
        **_of_cities(lambda city: city.country.code, Country.code.in_),
    ),
    "stage": FacetDefinition(
        label=gettext_noop("Stage"),
        choices=STAGES,
        **_of_attribute(lambda kind: kind.stage, lambda code: (code,), lambda column, chosen: column.in_(chosen)),
    ),
    "evidence": FacetDefinition(
        label=gettext_noop("Evidence"),
        choices=dict(reversed(EVIDENCE_LEVELS.items())),
        **_of_attribute(
            lambda kind: kind.evidence,
            lambda level: (None if level is None else str(level),),
            lambda column, chosen: column.in_(_numbers(chosen)),
        ),
    ),
    "decade": FacetDefinition(
        label=gettext_noop("Decade of start"),
        choices={f"{year}s": f"{year}s" for year in range(2090, 1890, -10)} | {NO_YEAR: gettext_noop("Year not known")},
        values=_decades,
        condition=_is_of_decade,
    ),
    "size": FacetDefinition(
        label=gettext_noop("Size of the city"),
        choices=CITY_SIZES,
        **_of_cities(lambda city: city_size(city.place.population), _is_of_size),
    ),
}
"""Every facet by the name that addresses have for it, in the order that addresses list them."""


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
