"""What is made of the places of the gazetteer, saved in a folder so that processes start at once.

A folder is named by a fingerprint of the places and of the code that works on them, so that it is never outdated.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from sqlalchemy import BigInteger, Integer, cast, func, select
from sqlalchemy.orm import Session

from kb.catalogue.models import Country, Place, PlaceName, Region
from kb.core.languages import languages_of
from kb.core.saved_arrays import saved

from .feature_matrix import FeatureMatrix
from .places import Gazetteer, read_arrays, read_countries

FEWEST = 1_000
"""Places from which saving is worth it: of fewer all is made in no time."""

_FINGERPRINT_LETTERS = 24

_SOURCES = ("coastline.txt", "feature_matrix.py", "geodesy.py", "name_index.py", "places.py", "variables.py")
"""The files of this package that decide what is saved."""


def fingerprint(session: Session) -> str:
    """A short name for all places and names as they are, in three queries."""
    places = session.execute(
        select(
            func.count(),
            func.max(Place.id),
            func.sum(Place.population),
            func.sum(cast(Place.latitude * 1_000, Integer)),
            func.sum(cast(Place.longitude * 1_000, Integer)),
            func.sum(func.length(Place.name)),
            func.sum(func.length(Place.admin1)),
            func.count().filter(Place.is_capital),
            select(func.count()).select_from(PlaceName).scalar_subquery(),
        ).select_from(Place)
    ).one()
    # Sums by zone, which a place that moves from one to another changes.
    contexts = session.execute(
        select(
            Place.climate_zone,
            func.count(),
            func.sum(cast(Place.id, BigInteger)),
            func.count(Place.elevation_m),
            func.sum(Place.elevation_m),
            func.count(Place.relief_m),
            func.sum(Place.relief_m),
        )
        .group_by(Place.climate_zone)
        .order_by(Place.climate_zone)
    ).all()
    countries = session.execute(
        select(Country.code, Country.name, Country.region_code, Country.income_group, Region.continent)
        .outerjoin(Region, Region.code == Country.region_code)
        .order_by(Country.code)
    ).all()
    zones = [(zone, *(int(number or 0) for number in numbers)) for zone, *numbers in contexts]
    languages = [languages_of(row.code) for row in countries]
    text = (
        f"{_code()} {[int(number or 0) for number in places]} {zones} {[tuple(row) for row in countries]} {languages}"
    )
    return f"{places[0]}-{sha256(text.encode()).hexdigest()[:_FINGERPRINT_LETTERS]}"


def feature_matrix(session: Session, folder: Path | None, name: str) -> FeatureMatrix:
    """The feature matrix of the places that have this fingerprint; saved in `folder`, where one is given."""
    if folder is None or _count(name) < FEWEST:
        return FeatureMatrix.read(session)
    return FeatureMatrix.of_arrays(saved(folder / "matrix" / name, lambda: FeatureMatrix.read(session).arrays()))


def gazetteer(session: Session, folder: Path | None, name: str) -> Gazetteer:
    """The gazetteer of the places that have this fingerprint; saved in `folder`, where one is given."""
    if folder is None or _count(name) < FEWEST:
        return Gazetteer.read(session)
    return Gazetteer(saved(folder / "names" / name, lambda: read_arrays(session)), read_countries(session))


def _count(name: str) -> int:
    return int(name.partition("-")[0])


@cache
def _code() -> str:
    package = files(__package__)
    return sha256(b"".join(package.joinpath(name).read_bytes() for name in _SOURCES)).hexdigest()
