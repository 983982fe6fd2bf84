"""All places of the gazetteer as arrays, read once; what every context score is computed from.

Memory for 69,000 places: 11 MB. Making it takes about a second, most of it for the surroundings and the sea.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.choices import CLIMATE_ZONES, INCOME_GROUPS
from kb.catalogue.models import Country, Place, Region
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.languages import languages_of

from .geodesy import EARTH_KM, Floats, Rows, kilometres, nearest_km, sum_within, unit_vectors
from .variables import AROUND_FLOOR, AROUND_KM, COAST_KM, FAR_INLAND_KM, METRES_FLOOR, STEPS

Codes = npt.NDArray[np.int16]
Singles = npt.NDArray[np.float32]

NUMERIC = ("population", "income", "latitude", "coast", "elevation", "relief", "surroundings", "standing")
"""The variables whose steps are a plain difference of numbers."""

ORDINARY, LEADING, CAPITAL = 0, 1, 2
"""Standing: neither; the largest place of its province or state; the capital of its country."""

CLIMATE_CODES = tuple(CLIMATE_ZONES)
"""The zones that the numbers of `FeatureMatrix.climate` stand for."""

_UNKNOWN = -1

_SHORE_STEP = 0.2
"""Degrees of a cell of `coastline.txt`: a distance from the sea is right to some 15 km."""


class PlaceFacts(NamedTuple):
    """What a row of the gazetteer says; None where it does not. `income_group` is a code of INCOME_GROUPS."""

    id: int
    country: str
    region: str | None
    continent: str | None
    income_group: str | None
    admin1: str | None
    latitude: float
    longitude: float
    population: int | None
    is_capital: bool
    climate_zone: str | None = None
    elevation_m: int | None = None
    relief_m: int | None = None


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """Places as columns, each of shape (places,), in the order of their ids. Never changed, so threads may share it.

    `numeric` has shape (len(NUMERIC), places), in steps, NaN where unknown; `country`, `region` and `continent` are
    numbers of the names in `names`, -1 where unknown; `vectors` (places, 3) on the unit sphere, each of the three in
    one piece; `by_latitude` are rows, from south to north. `km_from_sea`, `around` (people) and `standing` are what the
    steps were made from. `elevation` and `relief` are metres, NaN where unknown; `climate` numbers of CLIMATE_CODES, -1
    where unknown. `languages` has shape (len(language_codes), names): whether a language is common in a country (see
    `CountryLanguage`), so that `languages[:, country]` are the languages of places; all False where none is known.
    """

    ids: npt.NDArray[np.int64]
    numeric: Floats
    country: Codes
    region: Codes
    continent: Codes
    vectors: Floats
    by_latitude: Rows
    population: Floats
    income: Singles
    latitude: Floats
    longitude: Floats
    km_from_sea: Singles
    around: Floats
    standing: Singles
    elevation: Singles
    relief: Singles
    climate: npt.NDArray[np.int8]
    languages: npt.NDArray[np.bool_]
    language_codes: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def read(cls, session: Session) -> "FeatureMatrix":
        """Read every place in one query."""
        rows = session.execute(
            select(
                Place.id,
                Place.country_code,
                Country.region_code,
                Region.continent,
                Country.income_group,
                Place.admin1,
                Place.latitude,
                Place.longitude,
                Place.population,
                Place.is_capital,
                Place.climate_zone,
                Place.elevation_m,
                Place.relief_m,
            )
            .join(Country, Country.code == Place.country_code)
            .outerjoin(Region, Region.code == Country.region_code)
            .order_by(Place.id)
        )
        return cls.of(map(PlaceFacts._make, rows))

    @classmethod
    def of(cls, places: Iterable[PlaceFacts]) -> "FeatureMatrix":
        """Make the matrix from facts, in any order; ids must differ."""
        facts = sorted(places, key=lambda fact: fact.id)
        latitude = np.array([fact.latitude for fact in facts], dtype=np.float64)
        longitude = np.array([fact.longitude for fact in facts], dtype=np.float64)
        population = np.array([fact.population or np.nan for fact in facts], dtype=np.float64)
        groups = {code: float(level) for level, code in enumerate(INCOME_GROUPS)}
        income = np.array([groups.get(fact.income_group or "", np.nan) for fact in facts], dtype=np.float64)
        km_from_sea = nearest_km(latitude, longitude, shore(), FAR_INLAND_KM)
        around = sum_within(latitude, longitude, np.nan_to_num(population), AROUND_KM)
        standing = _standing(facts)
        elevation = _metres([fact.elevation_m for fact in facts])
        relief = _metres([fact.relief_m for fact in facts])
        columns = {
            "population": np.log(population),
            "income": income,
            "latitude": np.abs(latitude),
            "coast": np.log(km_from_sea + COAST_KM),
            "elevation": np.log(np.maximum(elevation, 0.0) + METRES_FLOOR),
            "relief": np.log(relief + METRES_FLOOR),
            "surroundings": np.log(around + AROUND_FLOOR),
            "standing": standing,
        }
        names = tuple(sorted({name for fact in facts for name in (fact.country, fact.region, fact.continent) if name}))
        numbers: dict[str | None, int] = {name: number for number, name in enumerate(names)}
        language_codes, languages = _languages({fact.country for fact in facts}, numbers, len(names))
        climates = {code: number for number, code in enumerate(CLIMATE_CODES)}
        matrix = cls(
            ids=np.array([fact.id for fact in facts], dtype=np.int64),
            numeric=np.stack([columns[name] / STEPS[name] for name in NUMERIC]),
            country=_codes(numbers, [fact.country for fact in facts]),
            region=_codes(numbers, [fact.region for fact in facts]),
            continent=_codes(numbers, [fact.continent for fact in facts]),
            vectors=np.asfortranarray(unit_vectors(latitude, longitude)),
            by_latitude=np.argsort(latitude, kind="stable"),
            population=population,
            income=income.astype(np.float32),
            latitude=latitude,
            longitude=longitude,
            km_from_sea=km_from_sea.astype(np.float32),
            around=around,
            standing=standing.astype(np.float32),
            elevation=elevation.astype(np.float32),
            relief=relief.astype(np.float32),
            climate=np.array([climates.get(fact.climate_zone or "", _UNKNOWN) for fact in facts], dtype=np.int8),
            languages=languages,
            language_codes=language_codes,
            names=names,
        )
        for column in matrix.arrays().values():
            column.setflags(write=False)
        return matrix

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that the matrix is made of, by name; `of_arrays` makes it again."""
        return {name: np.asarray(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "FeatureMatrix":
        """The matrix that `arrays` gave."""
        columns: dict[str, Any] = {name: arrays[name] for name in cls.__slots__}
        return cls(**columns | {name: tuple(arrays[name].tolist()) for name in ("names", "language_codes")})

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def memory(self) -> int:
        """Bytes that the arrays take."""
        return sum(column.nbytes for column in self.arrays().values())

    def row(self, place_id: int) -> int:
        """The row of a place; NotFound where the matrix has none."""
        row = int(np.searchsorted(self.ids, place_id))
        if row == len(self.ids) or self.ids[row] != place_id:
            raise NotFound(gettext_noop("There is no such place in the list of places."))
        return row

    def rows(self, place_ids: Iterable[int]) -> npt.NDArray[np.intp]:
        """The rows of places, in their order, shape (n,); -1 for a place that the matrix lacks."""
        ids = np.fromiter(place_ids, dtype=np.int64)
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.intp)
        rows = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[rows] == ids, rows, -1)

    def within(self, row: int, reach: float) -> Rows:
        """The rows of the other places within a reach in km, ascending; only those of like latitude are looked at."""
        # A bit more than the reach, so that no rounding leaves one out that is just as far.
        degrees = np.degrees(reach / EARTH_KM) + 1e-6
        band = [self.latitude[row] - degrees, self.latitude[row] + degrees]
        first, last = np.searchsorted(self.latitude, band, sorter=self.by_latitude).tolist()
        others = np.sort(self.by_latitude[first:last])
        is_near = (kilometres(self.vectors[others], self.vectors[row]) <= reach) & (others != row)
        near: Rows = others[is_near]
        return near

    def common_languages(self, row: int, other: int) -> tuple[str, ...]:
        """The codes of the languages that are common in the countries of both places."""
        both = self.languages[:, self.country[row]] & self.languages[:, self.country[other]]
        return tuple(compress(self.language_codes, both.tolist()))

    def share_language(self, row: int) -> npt.NDArray[np.bool_]:
        """By the number of a country, whether it has a language in common with that of a place; shape (names,)."""
        mine = self.languages[self.languages[:, self.country[row]]]
        shared: npt.NDArray[np.bool_] = np.logical_or.reduce(mine, axis=0)
        return shared

    def languages_of(self, row: int) -> tuple[str, ...]:
        """The codes of the languages that are common in the country of a place."""
        return self.common_languages(row, row)

    def numbers(self, names: Iterable[str]) -> Codes:
        """The numbers of names of countries, regions and continents; those that no place has are left out."""
        numbers = {name: number for number, name in enumerate(self.names)}
        return np.array([numbers[name] for name in names if name in numbers], dtype=np.int16)


@cache
def shore() -> Floats:
    """Latitude and longitude of points of the shore, shape (about 32,000, 2), ascending by latitude; read-only.

    They come from `coastline.txt`, which `scripts/coastline.py` writes. Lakes are no sea, nor is the Caspian Sea.
    """
    lines = files(__package__).joinpath("coastline.txt").read_text(encoding="ascii").splitlines()
    rows = [np.array(line.split(), dtype=np.int16) for line in lines]
    points = np.concatenate([np.stack([np.full(len(row) - 1, row[0]), row[1:]], axis=1) for row in rows]) * _SHORE_STEP
    points.setflags(write=False)
    return points


def _codes(numbers: dict[str | None, int], values: list[str | None]) -> Codes:
    return np.array([numbers.get(value, _UNKNOWN) for value in values], dtype=np.int16)


def _metres(values: list[int | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _languages(
    countries: Iterable[str], numbers: Mapping[str | None, int], names: int
) -> tuple[tuple[str, ...], npt.NDArray[np.bool_]]:
    """The codes of the languages that are common in countries, and in which of the names each is."""
    common = {
        country: [language.code for language in languages_of(country) if language.is_common] for country in countries
    }
    codes = tuple(sorted({code for of_country in common.values() for code in of_country}))
    rows = {code: row for row, code in enumerate(codes)}
    languages = np.zeros((len(codes), names), dtype=np.bool_)
    for country, of_country in common.items():
        languages[[rows[code] for code in of_country], numbers[country]] = True
    return codes, languages


def _standing(facts: list[PlaceFacts]) -> Floats:
    """The standing of each place; unknown (NaN) where a place is no capital and its province is not given.

    The gazetteer does not say where a province is governed from; its largest place stands for that.
    """
    largest: dict[tuple[str, str], PlaceFacts] = {}
    for fact in facts:
        if fact.admin1 and fact.population:
            key = (fact.country, fact.admin1)
            if key not in largest or fact.population > (largest[key].population or 0):
                largest[key] = fact
    leading = {fact.id for fact in largest.values()}
    levels = [
        CAPITAL if fact.is_capital else LEADING if fact.id in leading else ORDINARY if fact.admin1 else np.nan
        for fact in facts
    ]
    return np.array(levels, dtype=np.float64)
