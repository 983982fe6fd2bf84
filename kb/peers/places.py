"""Finding a place by its name, among all places of the gazetteer and by all the names that people use.

Type-ahead, near names for one that nobody knows, and an exact resolver. Built once in about two seconds, then only
read, so threads may share it; takes about 30 MB for 34,000 places with 330,000 names.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import Country, Place, PlaceName

from .names import Names, Numbers, loose, loosened
from .sphere import Floats

CLEARLY = 3
"""So many times the people of the next namesake, and a name means the larger one."""

_OWN, _WORD, _OTHER = 1.0, 0.5, 0.0
"""What counts besides the logarithm of people: the own name's beginning, a later word of it, another name."""

_EXACT = 0.5
_MOST_SORTED = 5_000
_MOST_TYPED = 100

# What people add to a city's name, or write before it.
_AFTER = (" city", " municipality", " shi", " district", " metropolitan area")
_BEFORE = ("city of ", "municipality of ", "greater ")

# Countries whose lists of cities often hold those of territories that have a code of their own.
_TERRITORIES = {"CN": ("HK", "MO"), "FR": ("GP", "GF", "MQ", "RE", "YT"), "US": ("GU", "PR", "VI")}

# Common names of countries besides those in the catalogue; ISO codes are known anyway.
_ALIASES = {
    "america": "US",
    "burma": "MM",
    "cape verde": "CV",
    "czech republic": "CZ",
    "democratic republic of the congo": "CD",
    "east timor": "TL",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "ivory coast": "CI",
    "korea": "KR",
    "macedonia": "MK",
    "mainland china": "CN",
    "peoples republic of china": "CN",
    "pr china": "CN",
    "republic of korea": "KR",
    "russian federation": "RU",
    "scotland": "GB",
    "swaziland": "SZ",
    "the netherlands": "NL",
    "turkiye": "TR",
    "uk": "GB",
    "united states of america": "US",
    "viet nam": "VN",
}


class PlaceMatch(NamedTuple):
    """A place that a name may mean, with what tells it from namesakes. Coordinates in degrees."""

    id: int
    name: str
    country_code: str
    country: str
    admin1: str | None
    population: int | None
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name and a country mean: one place; or several, the largest first; or none.

    `place` is None where there is none or where none stands out. `several` holds all, also when one stands out.
    """

    place: PlaceMatch | None
    several: tuple[PlaceMatch, ...] = ()
    unknown_country: bool = False

    @property
    def likeliest(self) -> PlaceMatch | None:
        """The place, or the largest of several; None where there is none."""
        return self.place or (self.several[0] if self.several else None)


class Gazetteer:
    """Places by name."""

    def __init__(
        self,
        places: Iterable[PlaceMatch],
        other_names: Iterable[tuple[int, str]],
        countries: Iterable[tuple[str, str, str]],
    ) -> None:
        """`other_names` are pairs of place id and folded name; `countries` are code, three-letter code and name."""
        # The largest first, so that a place's number is its rank; then nothing needs sorting by people again.
        self._places = sorted(places, key=lambda place: (-(place.population or 0), place.id))
        number = {place.id: rank for rank, place in enumerate(self._places)}
        entries = [
            (key.encode(), rank, -kind)
            for rank, place in enumerate(self._places)
            for kind, key in _own_keys(place.name)
        ]
        entries += [
            (loosened(folded).encode(), number[place_id], -_OTHER)
            for place_id, folded in other_names
            if place_id in number
        ]
        entries.sort()
        # Of one place's equal names the best kind sorts first and stays.
        kept = [first for _, (first, *_) in groupby(entries, key=itemgetter(0, 1)) if first[0]]
        del entries
        self._names = Names(name for name, _, _ in kept)
        self._ranks = np.array([rank for _, rank, _ in kept], dtype=np.int32)
        self._kinds = -np.array([kind for _, _, kind in kept], dtype=np.float64)
        self._size = np.array([math.log10(max(place.population or 1, 1)) for place in self._places])
        self._countries = _country_codes(countries)

    @classmethod
    def read(cls, session: Session) -> "Gazetteer":
        """Read all places and names in three queries."""
        places = session.execute(
            select(
                Place.id,
                Place.name,
                Place.country_code,
                Country.name,
                Place.admin1,
                Place.population,
                Place.latitude,
                Place.longitude,
            ).join(Country, Country.code == Place.country_code)
        )
        names = session.execute(select(PlaceName.place_id, PlaceName.folded).execution_options(yield_per=20_000))
        countries = session.execute(select(Country.code, Country.iso3, Country.name))
        return cls(
            (PlaceMatch(*row) for row in places),
            ((place_id, name) for place_id, name in names),
            ((code, iso3, name) for code, iso3, name in countries),
        )

    def matching(self, typed: str, limit: int = 8) -> list[PlaceMatch]:
        """Places whose name, or a word of it, or another name, begins like what is typed; large places first.

        After a comma, a country or the code of a province narrows: "paris, us". Nothing typed suggests nothing.
        """
        typed, limit = typed[:_MOST_TYPED], max(limit, 0)
        name, comma, after = typed.rpartition(",")
        if comma and loose(name) and loose(after):
            found = list(
                islice((place for place in self._beginning(loose(name)) if self._lies_in(place, after)), limit)
            )
            # What follows the comma may be part of the name, or unknown; then it does not narrow.
            if found or not self._starts(loose(typed)):
                return found or list(islice(self._beginning(loose(name)), limit))
        return list(islice(self._beginning(loose(typed)), limit))

    def near(self, typed: str, limit: int = 6) -> list[PlaceMatch]:
        """Places with a name that differs by two slips at most (one in short names); the nearest and largest first."""
        name = loose(typed[:_MOST_TYPED].partition(",")[0])
        if len(name) < 3:
            return []
        numbers, distances = self._names.near(name, 1 if len(name) <= 4 else 2)
        # A later word of a name is a poor reason to offer it for a slip.
        kept = self._kinds[numbers] != _WORD
        numbers, distances = numbers[kept], distances[kept]
        same_start = np.array(
            [self._names[number][:1] == name.encode()[:1] for number in numbers.tolist()], dtype=np.bool_
        )
        order = np.lexsort((self._ranks[numbers], ~same_start, distances))
        ranks = dict.fromkeys(self._ranks[numbers[order]].tolist())
        return [self._places[rank] for rank in islice(ranks, limit)]

    def resolve(self, name: str, country: str | None = None) -> Resolved:
        """What a name means, in a country given by code or name; everywhere, where none is given.

        A place's own name goes before other names, unless it has under a tenth of the people of a place that is called
        so too: a hamlet may share a great city's other name.
        """
        code = None
        if country and country.strip():
            code = self.country_code(country)
            if code is None:
                return Resolved(None, unknown_country=True)
        for within in (code, *_TERRITORIES.get(code or "", ())):
            for variant in _variants(loose(name)):
                if found := self._named(variant, within):
                    clear = len(found) == 1 or (found[0].population or 0) >= CLEARLY * (found[1].population or 0)
                    return Resolved(found[0] if clear else None, tuple(found))
        return Resolved(None)

    def country_code(self, country: str) -> str | None:
        """The two-letter code of a country by code, three-letter code or name; None where there is none such."""
        return self._countries.get(loose(country))

    def _named(self, name: str, code: str | None) -> list[PlaceMatch]:
        """Places of exactly that name, the largest first."""
        first, last = self._names.equal(name)
        own: set[int] = set()
        other: set[int] = set()
        for rank, kind in zip(self._ranks[first:last].tolist(), self._kinds[first:last].tolist(), strict=True):
            if kind != _WORD and (code is None or self._places[rank].country_code == code):
                (own if kind == _OWN else other).add(rank)
        if (
            own
            and other
            and 10 * (self._places[min(own)].population or 0) >= (self._places[min(other)].population or 0)
        ):
            other = set()
        return [self._places[rank] for rank in sorted(own | other)]

    def _starts(self, start: str) -> bool:
        first, last = self._names.beginning(start)
        return last > first

    def _beginning(self, start: str) -> Iterator[PlaceMatch]:
        """Places with a name that begins so, the best first, each once."""
        if not start:
            return
        first, last = self._names.beginning(start)
        _, equal = self._names.equal(start)
        scores = self._size[self._ranks[first:last]] + self._kinds[first:last]
        scores[: equal - first] += _EXACT
        seen: set[int] = set()
        for number in _descending(scores):
            rank = int(self._ranks[first + number])
            if rank not in seen:
                seen.add(rank)
                yield self._places[rank]

    def _lies_in(self, place: PlaceMatch, where: str) -> bool:
        wanted = loose(where)
        if self._countries.get(wanted) == place.country_code or loose(place.country).startswith(wanted):
            return True
        return place.admin1 is not None and place.admin1.casefold() == wanted


def _descending(scores: Floats) -> Iterator[int]:
    """Positions by score, the highest first; the best few thousand are sorted at once, the others when needed."""
    if len(scores) <= _MOST_SORTED:
        yield from np.argsort(-scores, kind="stable").tolist()
        return
    best: Numbers = np.argpartition(-scores, _MOST_SORTED)
    for part in (np.sort(best[:_MOST_SORTED]), np.sort(best[_MOST_SORTED:])):
        yield from part[np.argsort(-scores[part], kind="stable")].tolist()


def _own_keys(name: str) -> Iterator[tuple[float, str]]:
    """A place's own name, and what is left of it from each later word on."""
    words = loose(name).split()
    for place in range(len(words)):
        yield (_WORD if place else _OWN), " ".join(words[place:])


def _variants(name: str) -> Iterator[str]:
    """A name as written, then without what people add to it."""
    yield name
    for ending in _AFTER:
        if name.endswith(ending):
            yield name.removesuffix(ending)
    for beginning in _BEFORE:
        if name.startswith(beginning):
            yield name.removeprefix(beginning)


def _country_codes(countries: Iterable[tuple[str, str, str]]) -> Mapping[str, str]:
    listed = list(countries)
    codes = {loose(name): code for code, _, name in listed}
    known = {code for code, _, _ in listed}
    codes |= {alias: code for alias, code in _ALIASES.items() if code in known and alias not in codes}
    for code, iso3, _ in listed:
        codes |= {loose(code): code, loose(iso3): code}
    return codes
