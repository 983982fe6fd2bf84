"""Types of fields and filters, and what makes the usual ones: of a column, of linked rows, of an entry's cities."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, literal, select
from sqlalchemy.orm import Session

from kb.catalogue.models import Challenge, City, CityChallenge, Country

from .kind_definition import KindDefinition, SearchedKind
from .kinds import KINDS

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
class FilterDefinition(FieldDefinition):
    """What searches are narrowed down by: `choices` are its values with their labels, which some read from a table.

    `label` is what it is called; `condition` is whether a row has one of the values, None for a kind of entry without
    the field. With `has_several` an address may name several values.
    """

    label: str
    choices: Mapping[str, str] | Callable[[Session], Mapping[str, str]]
    condition: Callable[[SearchedKind, Sequence[str]], Condition | None]
    has_several: bool = True

    def labels(self, session: Session) -> Mapping[str, str]:
        """Its values with their labels, read from the table where they are one."""
        return self.choices(session) if callable(self.choices) else self.choices


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetDefinition(FilterDefinition):
    """A filter whose values are counted: with `has_order` as `choices` list them, else the most frequent first.

    Values that no entry has are listed only if they are chosen, or `with_zeros`.
    """

    has_order: bool = True
    with_zeros: bool = False


def having_any_of(pairs: Pairs, chosen: Sequence[str]) -> Select[int]:
    """The ids of entries that have any of some codes."""
    entry_id, code = pairs.selected_columns
    wanted = _numbers(chosen) if isinstance(code.type, Integer) else chosen
    return pairs.with_only_columns(entry_id).where(code.in_(wanted)).correlate(None)


def _numbers(codes: Sequence[str]) -> list[int]:
    return [int(code) for code in codes if re.fullmatch(r"\d{1,4}", code)]


def of_attribute(
    attribute: Callable[[KindDefinition], Any],
    codes: Callable[[Any], Iterable[str | None]],
    pairs: Callable[[Any, Any], Pairs],
) -> dict[str, Any]:
    """A filter of the kinds that have an attribute: `codes` of what it holds, `pairs` by model and attribute."""

    def values(kind: SearchedKind, row: Any) -> Iterable[str | None]:
        of_kind = attribute(KINDS[kind])
        return () if of_kind is None else codes(getattr(row, of_kind.key))

    def pairs_of_kind(kind: SearchedKind) -> Pairs | None:
        of_kind = attribute(KINDS[kind])
        return None if of_kind is None else pairs(KINDS[kind].model, of_kind)

    def has_any(kind: SearchedKind, chosen: Sequence[str]) -> Condition | None:
        pairs = pairs_of_kind(kind)
        return None if pairs is None else KINDS[kind].model.id.in_(having_any_of(pairs, chosen))

    return {"values": values, "pairs": pairs_of_kind, "condition": has_any}


def of_column(attribute: Callable[[KindDefinition], Any]) -> dict[str, Any]:
    """A filter by a code in a column."""
    return of_attribute(
        attribute,
        lambda code: (None if code is None else str(code),),
        lambda model, column: select(model.id, column).where(column.is_not(None)),
    )


def of_presence(attribute: Callable[[KindDefinition], Any], code: str) -> dict[str, Any]:
    """A filter with one code, which entries have in whose column something is."""
    return of_attribute(
        attribute,
        lambda value: (None if value is None else code,),
        lambda model, column: select(model.id, literal(code)).where(column.is_not(None)),
    )


def of_cities(
    code: Callable[[City], str | None], column: Any, condition: Callable[[Sequence[str]], Condition] | None = None
) -> dict[str, Any]:
    """A filter by the cities that a row belongs to, by the city, its place or its country.

    `condition` is whether a city passes; unless given, it does with one of the codes in the column.
    """
    is_one_of = condition or column.in_

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
            select(City.id).join(City.place).join(City.country).where(is_one_of(chosen))
        ),
    }


def linked_model(relationship: Any) -> Any:
    """The model that a relationship leads to."""
    return relationship.property.mapper.class_


def challenges_of(links: Iterable[Challenge | CityChallenge]) -> list[Challenge]:
    """The challenges of an initiative, or those that a city names."""
    return [link.challenge if isinstance(link, CityChallenge) else link for link in links]


def with_challenges(model: Any, relationship: Any, code: Any) -> Pairs:
    """The ids of entries, each with a code of its challenges."""
    pairs = select(model.id, code).join(relationship)
    return pairs.join(CityChallenge.challenge) if linked_model(relationship) is CityChallenge else pairs
