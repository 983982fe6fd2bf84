"""Cities with their leaders and visions, and where on the map they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from kb.core.db import read_columns
from kb.core.sql_functions import among_ids

from ..models import (
    City,
    CityChallenge,
    Country,
    Leader,
    LeaderTerm,
    Vision,
    VisionGoal,
)
from .initiative_cards import CityName, CountryName
from .lookups import one_row
from .page_lists import lists_of_several


def cities() -> Select[City]:
    """All cities by name."""
    return select(City).order_by(City.sort_key, City.id)


def city_names(session: Session, ids: Collection[int | None] | None = None) -> dict[int, tuple[str, str, str]]:
    """Slug, name and country's name of cities, those with these ids or all, by id, in the order of their names."""
    query = (
        select(City.id, City.slug, City.name, Country.name)
        .join(Country, City.country_code == Country.code)
        .order_by(City.sort_key, City.id)
    )
    if ids is not None:
        query = query.where(City.id.in_([key for key in ids if key is not None]))
    return {key: (slug, name, country) for key, slug, name, country in session.execute(query)}


def city_cards(session: Session, query: Select[City]) -> Sequence[City]:
    """Load cities with what a card of a list shows: country, region and place."""
    return session.scalars(query.options(*_card_parts())).all()


def city_lines_by_ids(session: Session, ids: Collection[int]) -> Sequence[CityName]:
    """The cities of some ids as a line of a list names them, in the order of `cities`."""
    rows = read_columns(session, _lines_by_ids(), ids=list(ids))
    return [CityName(row[0], row[1], row[2], row[3], CountryName(row[4])) for row in rows]


@cache
def _lines_by_ids() -> Select[int, str, str, int, str]:
    """Made once, as are those below: to make such a statement takes a quarter of the time of asking it."""
    return (
        cities()
        .with_only_columns(City.id, City.slug, City.name, City.place_id, Country.name)
        .join(Country, Country.code == City.country_code)
        .where(among_ids(City.id))
    )


def _card_parts() -> tuple[ORMOption, ...]:
    return joinedload(City.country).joinedload(Country.region), joinedload(City.place)


def city_by_slug(session: Session, slug: str) -> City:
    """Load a city with its country, region and place; NotFound where there is none."""
    return one_row(session, _by_slug(), slug=slug)


@cache
def _by_slug() -> Select[City]:
    return select(City).options(*_card_parts()).where(City.slug == bindparam("slug"))


def cities_by_slugs(session: Session, slugs: Collection[str]) -> dict[str, City]:
    """Load cities with all that their pages show, by slug; those that are not there are left out."""
    query = select(City).options(*_card_parts(), *lists_of_several(City)).where(City.slug.in_(slugs))
    return {city.slug: city for city in session.scalars(query)}


def place_of_city(session: Session, slug: str) -> int:
    """The id of the place of a city with a page; NotFound where there is none."""
    return one_row(session, _place_of_city(), slug=slug)


@cache
def _place_of_city() -> Select[int]:
    return select(City.place_id).where(City.slug == bindparam("slug"))


def slugs_at_places(session: Session, place_ids: Collection[int]) -> dict[int, str]:
    """The slugs of the cities that have a page, by the ids of these places."""
    rows = session.execute(select(City.place_id, City.slug).where(City.place_id.in_(place_ids)))
    return {row.place_id: row.slug for row in rows}


def challenges_at_place(session: Session, place_id: int) -> frozenset[str]:
    """The codes of the challenges that the city at a place names; none where it has no page."""
    return frozenset(session.scalars(_challenges_at_place(), {"id": place_id}))


@cache
def _challenges_at_place() -> Select[str]:
    codes = select(CityChallenge.challenge_code).join(City, City.id == CityChallenge.city_id)
    return codes.where(City.place_id == bindparam("id"))


@cache
def terms_in_city() -> Select[LeaderTerm]:
    """The terms of office in the city `id` with their leaders, the latest first."""
    return (
        select(LeaderTerm)
        .where(LeaderTerm.city_id == bindparam("id"))
        .order_by(func.coalesce(LeaderTerm.start_year, 0).desc(), LeaderTerm.id)
        .options(joinedload(LeaderTerm.leader), joinedload(LeaderTerm.source), joinedload(LeaderTerm.end_source))
    )


def leader_by_slug(session: Session, slug: str) -> Leader:
    """Load a leader; NotFound where there is none."""
    return one_row(session, select(Leader).where(Leader.slug == slug))


def visions_of_city(city: City) -> Select[Vision]:
    """Visions of a city, the latest first."""
    return _latest_first(select(Vision).where(Vision.city_id == city.id))


def _latest_first(query: Select[Vision]) -> Select[Vision]:
    return query.order_by(func.coalesce(Vision.adopted_year, 0).desc(), Vision.sort_key, Vision.id)


@cache
def vision_cards_of_city() -> Select[Vision]:
    """The visions of the city `id`, which is loaded, with what a card of a list shows, the latest first."""
    goals = joinedload(Vision.goals).joinedload(VisionGoal.goal)
    return _latest_first(select(Vision).where(Vision.city_id == bindparam("id"))).options(goals)


def vision_cards(session: Session, query: Select[Vision]) -> Sequence[Vision]:
    """Load visions with what a card of a list shows: city, country and goals."""
    return session.scalars(
        query.options(
            joinedload(Vision.city).joinedload(City.country), selectinload(Vision.goals).joinedload(VisionGoal.goal)
        )
    ).all()


def vision_by_slug(session: Session, slug: str) -> Vision:
    """Load a vision with its city, country and place; NotFound where there is none."""
    return one_row(session, _vision_by_slug(), slug=slug)


@cache
def _vision_by_slug() -> Select[Vision]:
    city = joinedload(Vision.city).options(joinedload(City.country), joinedload(City.place))
    return select(Vision).options(city).where(Vision.slug == bindparam("slug"))


@dataclass(frozen=True, slots=True)
class CityOnMap:
    """A city with its place's coordinates, in degrees (WGS 84), and how many initiatives it has."""

    slug: str
    name: str
    country: str
    latitude: float
    longitude: float
    initiatives: int
