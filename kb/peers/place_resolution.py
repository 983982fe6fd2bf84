"""Resolves a name to the one place that is meant by it, or to the several that may be."""

from dataclasses import dataclass, replace

import numpy as np

from .geodesy import kilometres, unit_vectors
from .name_index import loose
from .name_variants import NameVariant, name_variants
from .places import Gazetteer, PlaceMatch
from .provinces import province_code

CLEARLY = 10
"""So many times the people of the next namesake, and a name means the larger one.

Of places of over 500 people drawn by the root of their population, a name that two places bear meant the larger in a
third of the cases where it had under ten times the people, and in three quarters above that.
"""

_SAME_KM, _FAR_KM = 25, 100
"""Namesakes this near are one city; a place farther than that from the coordinates given is not the one meant."""

# Bodies that sign for a city under a name that is not its own, with the name it is known by.
_BODIES = {
    ("BG", "stolichna"): "sofia",
    ("DO", "distrito nacional"): "santo domingo",
    ("HN", "distrito central"): "tegucigalpa",
    ("IN", "brihanmumbai"): "mumbai",
    ("IN", "bruhat bengaluru"): "bengaluru",
    ("IS", "reykjavikurborg"): "reykjavik",
    ("US", "district of columbia"): "washington",
    ("US", "nyc"): "new york city",
    ("US", "washington dc"): "washington",
    ("ZA", "nelson mandela bay"): "gqeberha",
}

# Countries whose lists of cities often hold those of territories that have a code of their own.
_TERRITORIES = {"CN": ("HK", "MO"), "FR": ("GP", "GF", "MQ", "RE", "YT"), "US": ("GU", "PR", "VI")}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name and a country mean: one place; or several, the largest first; or none.

    `place` is None where there is none or where none stands out. `several` holds all, also when one stands out.
    `how` tells whether the name was found as written ("name"), in a part of it ("part"), or but for a "slip".
    """

    place: PlaceMatch | None
    several: tuple[PlaceMatch, ...] = ()
    unknown_country: bool = False
    how: str = ""

    @property
    def likeliest(self) -> PlaceMatch | None:
        """The place, or the largest of several; None where there is none."""
        return self.place or (self.several[0] if self.several else None)


def resolve(
    gazetteer: Gazetteer,
    name: str,
    country: str | None = None,
    province: str | None = None,
    point: tuple[float, float] | None = None,
) -> Resolution:
    """What a name means, in a country given by code or name; everywhere, where none is given.

    The name is read as written, then without what people add to it (`name_variants`); the first reading that some place
    bears is taken, and only where none is, a slip of the pen. `province` and `point` (latitude, longitude in degrees)
    tell namesakes apart, and rule out.
    """
    code = None
    if country and country.strip():
        code = gazetteer.country_code(country)
        if code is None:
            return Resolution(None, unknown_country=True)
    read = [
        replace(reading, beside=(*((province,) if province else ()), *reading.beside))
        for reading in name_variants(name)
    ]
    for within in (code, *_TERRITORIES.get(code or "", ())):
        for number, reading in enumerate(read):
            known_as = _BODIES.get((within or "", reading.name), reading.name)
            if place_matches := gazetteer.bearing(known_as, within):
                return _chosen(gazetteer, place_matches, reading, point, "name" if not number else "part")
    for reading in read if code else ():
        if code and (place_matches := gazetteer.slipped(reading.name, code)):
            return _chosen(gazetteer, place_matches, reading, point, "slip")
    return Resolution(None)


def _chosen(
    gazetteer: Gazetteer,
    place_matches: list[PlaceMatch],
    reading: NameVariant,
    point: tuple[float, float] | None,
    how: str,
) -> Resolution:
    """The place that is meant, of all that bear the name; none where two fit, or what stands beside differs."""
    fitting = _beside(gazetteer, place_matches, reading.beside)
    if point is not None:
        fitting = [place for place in fitting if _apart(place, *point) <= _FAR_KM]
    if not fitting:
        return Resolution(None, tuple(place_matches), how=how)
    first, *others = fitting
    # A city and its centre, or two records of one city, are not two cities.
    others = [place for place in others if _apart(first, place.latitude, place.longitude) > _SAME_KM]
    clear = not others or (first.population or 0) >= CLEARLY * (others[0].population or 0)
    if how == "slip" and others:
        clear = False
    return Resolution(first if clear else None, tuple(fitting), how=how)


def _beside(gazetteer: Gazetteer, place_matches: list[PlaceMatch], beside: tuple[str, ...]) -> list[PlaceMatch]:
    """Those of the places that lie in the states, provinces or countries written beside the name.

    A word that is none of these, such as another name or a quarter, says nothing.
    """
    for text in beside:
        provinces = {place.country_code: province_code(place.country_code, text) for place in place_matches}
        if any(provinces.values()):
            place_matches = [place for place in place_matches if place.admin1 == provinces[place.country_code]]
        elif country := gazetteer.country_code(text):
            place_matches = [
                place for place in place_matches if place.country_code in (country, *_TERRITORIES.get(country, ()))
            ]
        elif len(place_matches) > 1:
            # A province is mostly called after its capital, so a city of that name tells which province is meant.
            same = {(place.country_code, place.admin1) for place in gazetteer.bearing(loose(text), None)}
            place_matches = [
                place for place in place_matches if (place.country_code, place.admin1) in same
            ] or place_matches
    return place_matches


def _apart(place: PlaceMatch, latitude: float, longitude: float) -> float:
    """Kilometres between a place and a point."""
    ends = unit_vectors(np.array([place.latitude, latitude]), np.array([place.longitude, longitude]))
    return float(kilometres(ends[0], ends[1]))
