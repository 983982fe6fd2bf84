"""Finds a place by its name, among all places of the gazetteer and by all the names that people use.

Type-ahead, near names for one that nobody knows, and all that bear a name exactly; what a name means is for
`place_resolution`. Its arrays are made once in about three seconds, and saved (`saved_places`): 20 MB for 69,000 places
with 520,000 names, which processes share. They are only read, so threads may share them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import Country, Place, PlaceName

from .countries import Countries
from .geodesy import Floats, kilometres, unit_vectors
from .name_index import NameIndex, Numbers, arrays_of_names, end_to_end, loose, loosened, text_at
from .provinces import province_codes

_OWN, _WORD_AND_OTHER, _WORD, _OTHER = 1.0, 0.6, 0.5, 0.0
"""What counts besides the logarithm of people: the own name's beginning, a later word of it, another name.

A later word may be another name as well: Victoria de Durango is called Durango.
"""

_SHORTEST, _LARGE = 8, 100_000
"""Letters that a name with a slip must have, and people that its place must have.

Of 19,000 places of 3,000 to 15,000 people, which the gazetteer lacked then, 109 were taken for a large place of their
country while 7 letters were enough, other names counted, and so did the countries below; with these rules 22 were. Of
as many places of 1,000 to 5,000 people, which it lacks now, 14 are.
"""

_WHOLE, _WHOLE_OWN = 0.5, 1.25
"""What counts besides where a name is typed whole, and where it is the own one: "Male" before Malegaon."""

_LONGEST_CODE = 3
"""Letters of another name that is taken for a code."""

_MOST_WORDS = 8
"""Words of a country or a province, at most."""

_MOST_SORTED = 5_000
_MOST_TYPED = 100

_OTHERS_ARE_OLD = frozenset({"AU", "CA", "US"})

_SHORTEST_SPACED = 6
"""Letters that a name must have to be another with a space more or less."""

_OF_SYLLABLES = frozenset({"CN", "JP", "KR", "TW", "VN"})
"""Countries in whose names a letter is mostly another syllable, so another place: Xingan is not Xiongan."""


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


class Gazetteer:
    """Places by name. Their columns are in the order of their people, the most first: a place's number is its rank."""

    def __init__(self, columns: Mapping[str, npt.NDArray[Any]], countries: Iterable[tuple[str, str, str]]) -> None:
        """`columns` are as `arrays_of` makes them; `countries` are code, three-letter code and name."""
        self._columns = columns
        self._names = NameIndex(columns)
        self._ranks: npt.NDArray[np.int32] = columns["ranks"]
        self._kinds: npt.NDArray[np.float32] = columns["kinds"]
        self._people: Numbers = columns["people"]
        self._size = np.log10(np.maximum(self._people, 1))
        self._slips: dict[str, dict[str, set[int]]] = {}
        self._countries = Countries(countries)

    @classmethod
    def of(
        cls,
        places: Iterable[PlaceMatch],
        other_names: Iterable[tuple[int, str]],
        countries: Iterable[tuple[str, str, str]],
    ) -> "Gazetteer":
        """Make it from places; `other_names` are pairs of place id and folded name."""
        return cls(arrays_of(places, other_names), countries)

    @classmethod
    def read(cls, session: Session) -> "Gazetteer":
        """Read all places and names in three queries."""
        return cls(read_arrays(session), read_countries(session))

    def __getitem__(self, rank: int) -> PlaceMatch:
        columns = self._columns
        country = columns["country"][rank]
        return PlaceMatch(
            id=columns["ids"][rank].item(),
            name=text_at(columns["own_text"].data, columns["own_ends"], rank).decode(),
            country_code=columns["country_codes"][country].item(),
            country=columns["country_names"][country].item(),
            admin1=columns["admin1"][rank].item().decode() or None,
            population=columns["people"][rank].item() or None,
            latitude=columns["latitude"][rank].item(),
            longitude=columns["longitude"][rank].item(),
        )

    def matching(self, typed: str, limit: int = 8) -> list[PlaceMatch]:
        """Places whose name, or a word of it, or another name, begins like what is typed; large places first.

        After a comma, a country or a province narrows: "paris, us"; without one, where no name begins so: "austin tx".
        Nothing typed suggests nothing.
        """
        typed, limit = typed[:_MOST_TYPED], max(limit, 0)
        name, comma, after = typed.rpartition(",")
        if comma and loose(name) and loose(after):
            place_matches = list(
                islice((place for place in self._beginning(loose(name)) if self._lies_in(place, after)), limit)
            )
            # What follows the comma may be part of the name, or unknown; then it does not narrow.
            if place_matches or not self._starts(loose(typed)):
                return place_matches or list(islice(self._beginning(loose(name)), limit))
        return list(islice(self._beginning(loose(typed)), limit)) or self._named_with_where(typed, self.bearing)[:limit]

    def named(self, typed: str, limit: int = 3) -> list[PlaceMatch]:
        """Places of which the whole name, or another whole name, is typed; the largest first.

        A country or a province may follow, after a comma or not: "Beira, Mozambique", "beira mozambique".
        """
        typed = typed[:_MOST_TYPED]

        def bearing(name: str, code: str | None = None) -> list[PlaceMatch]:
            found = self.bearing(name, code)
            # Other names so short are mostly codes of airports: a search for "bus" does not mean Batumi.
            return found if len(name) > _LONGEST_CODE else [place for place in found if loose(place.name) == name]

        name, comma, after = typed.rpartition(",")
        if comma and loose(name) and loose(after):
            found = [place for place in bearing(loose(name)) if self._lies_in(place, after)]
            if found:
                return found[:limit]
        if not loose(typed):
            return []
        if found := bearing(loose(typed)):
            return found[:limit]
        return self._named_with_where(typed, bearing)[:limit]

    def _named_with_where(self, typed: str, bearing: Callable[[str, str | None], list[PlaceMatch]]) -> list[PlaceMatch]:
        """Places of which the whole name is typed, and behind it the country or the province that they lie in."""
        words = typed.split()
        for cut in range(len(words) - 1, max(0, len(words) - _MOST_WORDS), -1):
            name, where = loose(" ".join(words[:cut])), " ".join(words[cut:])
            code = self.country_code(where)
            if name and code and (found := bearing(name, code)):
                return found
            found = bearing(name, None) if name else []
            if found := [place for place in found if place.admin1 in province_codes(place.country_code, where)]:
                return found
        return []

    def near(self, typed: str, limit: int = 6) -> list[PlaceMatch]:
        """Places with a name that differs by two slips at most (one in short names); the nearest and largest first."""
        before, _, after = typed[:_MOST_TYPED].partition(",")
        name = loose(before)
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
        there = [rank for rank in ranks if self._lies_in(self[rank], after)] if loose(after) else []
        return [self[rank] for rank in islice(there or ranks, limit)]

    def bearing(self, name: str, code: str | None) -> list[PlaceMatch]:
        """Places of exactly that name (as `name_index.loose` makes it), in a country or everywhere, the largest first.

        Those whose own name it is go before those called so too, unless they have under a tenth of the people of one of
        these: a hamlet may share a great city's other name. A city called as its country is no hamlet: Monaco is not
        Munich.
        """
        first, last = self._names.equal(name)
        own: set[int] = set()
        other: set[int] = set()
        for rank, kind in zip(self._ranks[first:last].tolist(), self._kinds[first:last].tolist(), strict=True):
            place = self[rank]
            if kind != _WORD and (code is None or place.country_code == code) and (kind == _OWN or _still(place, name)):
                (own if kind == _OWN else other).add(rank)
        if own and other:
            largest, called_so = self[min(own)], self[min(other)]
            is_the_country = any(loose(self[rank].country) == name for rank in own)
            if is_the_country or 10 * (largest.population or 0) >= (called_so.population or 0):
                other = set()
        return [self[rank] for rank in sorted(own | other)]

    def spaced(self, name: str, code: str) -> list[PlaceMatch]:
        """Places of the country whose name has the same letters and a space more or less: Maha Sarakham."""
        letters = name.replace(" ", "")
        if len(letters) < _SHORTEST_SPACED:
            return []
        spaced: dict[int, PlaceMatch] = {}
        for number in self._names.near(name, 1)[0].tolist():
            place, near_name = self[rank := int(self._ranks[number])], self._names[number].decode()
            is_meant = place.country_code == code and self._kinds[number] != _WORD and _still(place, near_name)
            if is_meant and near_name.replace(" ", "") == letters:
                spaced[rank] = place
        return [spaced[rank] for rank in sorted(spaced)]

    def slipped(self, name: str, code: str) -> list[PlaceMatch]:
        """Large places of the country whose own name is one slip away; near a small place's, most names are right."""
        if len(name) < _SHORTEST or code in _OF_SYLLABLES:
            return []
        names = self._large_names(code)
        near = process.extract(name, names.keys(), scorer=OSA.distance, score_cutoff=1, limit=None)
        # People seldom err in the first letter.
        ranks = {rank for near_name, _, _ in near if near_name[0] == name[0] for rank in names[near_name]}
        return [self[rank] for rank in sorted(ranks)]

    def borders(self, place: PlaceMatch, provinces: Collection[str], within_km: float) -> bool:
        """Whether some place of these provinces of its country is so near."""
        columns = self._columns
        code = columns["country_codes"] == place.country_code
        theirs = code[columns["country"]] & np.isin(columns["admin1"], [province.encode() for province in provinces])
        if not provinces or not theirs.any():
            return False
        here = unit_vectors(np.array([place.latitude]), np.array([place.longitude]))[0]
        there = unit_vectors(columns["latitude"][theirs], columns["longitude"][theirs])
        return bool(kilometres(there, here).min() <= within_km)

    def country_code(self, country: str) -> str | None:
        """The two-letter code of a country by code, three-letter code or name; None where there is none such."""
        return self._countries.code(country)

    def _large_names(self, code: str) -> dict[str, set[int]]:
        """The longer own names of a country's large places, with the ranks of their bearers; gathered when asked."""
        if not self._slips:
            slips: dict[str, dict[str, set[int]]] = {}
            for rank in np.flatnonzero(self._people >= _LARGE).tolist():
                place = self[rank]
                if len(name := loose(place.name)) >= _SHORTEST - 1:
                    slips.setdefault(place.country_code, {}).setdefault(name, set()).add(rank)
            # Other threads may gather at the same time; they put the same in its place.
            self._slips = slips
        return self._slips.get(code, {})

    def _starts(self, start: str) -> bool:
        first, last = self._names.beginning(start)
        return last > first

    def _beginning(self, start: str) -> Iterator[PlaceMatch]:
        """Places with a name that begins so, the best first, each once."""
        if not start:
            return
        first, last = self._names.beginning(start)
        _, equal = self._names.equal(start)
        scores = self._size[self._ranks[first:last]] + self._kinds[first:last].astype(np.float64)
        whole = slice(0, equal - first)
        scores[whole] += np.where(self._kinds[first:equal] == _OWN, _WHOLE_OWN, _WHOLE)
        seen: set[int] = set()
        for number in _descending(scores):
            rank = int(self._ranks[first + number])
            if rank not in seen:
                seen.add(rank)
                yield self[rank]

    def _lies_in(self, place: PlaceMatch, where: str) -> bool:
        wanted = loose(where)
        if self._countries.code(where) == place.country_code or loose(place.country).startswith(wanted):
            return True
        return place.admin1 is not None and (
            place.admin1.casefold() == wanted or place.admin1 in province_codes(place.country_code, where)
        )


def arrays_of(places: Iterable[PlaceMatch], other_names: Iterable[tuple[int, str]]) -> dict[str, npt.NDArray[Any]]:
    """The columns of a gazetteer: of its places by rank, and of their names in the order of the alphabet."""
    # The largest first, so that nothing needs sorting by people again.
    ranked = sorted(places, key=lambda place: (-(place.population or 0), place.id))
    number = {place.id: rank for rank, place in enumerate(ranked)}
    entries = [(key.encode(), rank, -kind) for rank, place in enumerate(ranked) for kind, key in _own_keys(place.name)]
    own = [loose(place.name) for place in ranked]
    for place_id, folded in other_names:
        name, rank = loosened(folded), number.get(place_id)
        # An office before the own name is left to those who look up: "City of Austin" is not only Austin in Minnesota.
        if rank is not None and name.removeprefix("city of ") != own[rank]:
            entries.append((name.encode(), rank, -_OTHER))
    entries.sort()
    pairs = sorted({(place.country_code, place.country) for place in ranked})
    countries = {pair: place for place, pair in enumerate(pairs)}
    # Of one place's equal names the best kind sorts first and stays.
    kept = [_joined(*same) for (key, _), same in groupby(entries, key=itemgetter(0, 1)) if key]
    del entries
    own_text, own_ends = end_to_end([place.name.encode() for place in ranked])
    return {
        **arrays_of_names(name for name, _, _ in kept),
        "ranks": np.array([rank for _, rank, _ in kept], dtype=np.int32),
        "kinds": -np.array([kind for _, _, kind in kept], dtype=np.float32),
        "ids": np.array([place.id for place in ranked], dtype=np.int64),
        "own_text": own_text,
        "own_ends": own_ends,
        "country": np.array([countries[place.country_code, place.country] for place in ranked], dtype=np.int16),
        "country_codes": np.array([code for code, _ in countries], dtype=np.str_),
        "country_names": np.array([name for _, name in countries], dtype=np.str_),
        "admin1": np.array([(place.admin1 or "").encode() for place in ranked], dtype=np.bytes_),
        "people": np.array([place.population or 0 for place in ranked], dtype=np.int64),
        "latitude": np.array([place.latitude for place in ranked], dtype=np.float64),
        "longitude": np.array([place.longitude for place in ranked], dtype=np.float64),
    }


def _joined(best: tuple[bytes, int, float], *others: tuple[bytes, int, float]) -> tuple[bytes, int, float]:
    """The best of a place's equal names, its kind with the sign turned."""
    is_both = best[2] == -_WORD and any(kind == -_OTHER for _, _, kind in others)
    return (*best[:2], -_WORD_AND_OTHER) if is_both else best


def read_arrays(session: Session) -> dict[str, npt.NDArray[Any]]:
    """Read the columns of the gazetteer, all places and their names, in two queries."""
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
    return arrays_of((PlaceMatch(*row) for row in places), ((place_id, name) for place_id, name in names))


def read_countries(session: Session) -> list[tuple[str, str, str]]:
    """The code, three-letter code and name of each country."""
    rows = session.execute(select(Country.code, Country.iso3, Country.name).order_by(Country.code))
    return [(code, iso3, name) for code, iso3, name in rows]


def _still(place: PlaceMatch, name: str) -> bool:
    """Whether people may mean the place by its other name; in some countries these are mostly names of long ago.

    There an other name still counts where it resembles the own one: "New York" is New York City, "Auraria" not Denver;
    and of a town not where a state is called so: "New Mexico" is not Mexico in Missouri.
    """
    if place.country_code not in _OTHERS_ARE_OLD:
        return True
    is_state = (place.population or 0) < _LARGE and bool(province_codes(place.country_code, name))
    return not is_state and fuzz.token_set_ratio(loose(place.name), name) >= 75


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
