"""What a search names: a country, by any name or code of it, or a place of the gazetteer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select, union
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Country, Place, PlaceName
from kb.core.text import fold
from kb.peers.countries import Countries

from .parsing import ParsedQuery

LONGEST_NAME = 60
"""Signs of a text that may be the name of a place."""

LARGEST_PLACES = 5
"""Places that are named for a country of which there is no entry."""


@dataclass(frozen=True, slots=True)
class EmptyCountry:
    """A country that a search asks for and of which there is no entry: its code, name, and largest places by id.

    `points` are the latitudes and longitudes of these places, in degrees.
    """

    code: str
    name: str
    places: tuple[tuple[int, str], ...]
    points: tuple[tuple[float, float], ...]


def read_countries(session: Session) -> Countries:
    """The countries with all their names."""
    return Countries((code, iso3, name) for code, iso3, name in session.execute(_NAMES))


_NAMES = select(Country.code, Country.iso3, Country.name)


def country_of(countries: Countries, parsed: ParsedQuery) -> str | None:
    """The code of the country that all of a query names; None where it names none, or excludes anything."""
    text = parsed.text.strip(' "')
    return None if parsed.excluded or len(text) > LONGEST_NAME else countries.searched_as(text)


def is_place(session: Session, text: str) -> bool:
    """Whether a place of the gazetteer has the name, or another name that is so."""
    return len(text) <= LONGEST_NAME and session.scalar(_places_called(text).limit(1)) is not None


def cities_called(countries: Countries, text: str) -> Select[int]:
    """The ids of cities by the name of their place or country, or another name or code of it."""
    is_named = City.place_id.in_(_places_called(text))
    code = countries.searched_as(text)
    return select(City.id).where(is_named if code is None else or_(is_named, City.country_code == code))


def empty_country(session: Session, named: str | None, chosen: Mapping[str, Sequence[str]]) -> EmptyCountry | None:
    """The country that a query names, else the only one that was chosen; None unless it has no city, so no entry."""
    codes = chosen.get("country", ()) if named is None else (named,)
    if len(codes) != 1:
        return None
    code = codes[0]
    if session.scalar(select(City.id).where(City.country_code == code).limit(1)) is not None:
        return None
    largest = (
        select(Place.id, Place.name, Place.latitude, Place.longitude)
        .where(Place.country_code == code)
        .order_by(Place.population.desc().nulls_last(), Place.id)
        .limit(LARGEST_PLACES)
    )
    found = session.execute(largest).all()
    return EmptyCountry(
        code,
        session.get_one(Country, code).name,
        places=tuple((place_id, name) for place_id, name, _, _ in found),
        points=tuple((latitude, longitude) for _, _, latitude, longitude in found),
    )


def _places_called(text: str) -> Select[int]:
    folded = fold(text)
    called = union(
        select(Place.id).where(Place.folded == folded),
        select(PlaceName.place_id.label("id")).where(PlaceName.folded == folded),
    ).subquery()
    return select(called.c.id)
