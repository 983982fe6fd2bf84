"""Cities with their leaders and visions, and where on the map they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from ..models import (
    Challenge,
    City,
    CityChallenge,
    CityPicture,
    Country,
    Goal,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Leader,
    LeaderPicture,
    LeaderTerm,
    Place,
    Region,
    Vision,
    VisionGoal,
    VisionPicture,
    initiative_challenges,
)
from .lookups import grouped, one_row


def cities() -> Select[City]:
    """All cities by name."""
    return select(City).order_by(City.sort_key, City.id)


def cities_by_country() -> Select[City]:
    """All cities by the name of their country, then by their own."""
    return select(City).join(City.country).order_by(Country.sort_key, Country.code, City.sort_key, City.id)


def cities_per_country(session: Session) -> list[tuple[str, str, int]]:
    """Code and name of each country that has cities, and how many, in the order of `cities_by_country`."""
    query = (
        select(Country.code, Country.name, func.count(City.id))
        .join(City, City.country_code == Country.code)
        .group_by(Country.code, Country.name)
        .order_by(Country.sort_key, Country.code)
    )
    return [(code, name, count) for code, name, count in session.execute(query)]


def count_cities(session: Session, query: Select[City]) -> int:
    """How many cities are chosen."""
    return (
        session.scalar(select(func.count()).select_from(query.order_by(None).with_only_columns(City.id).subquery()))
        or 0
    )


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


def cities_naming(challenge: str) -> Select[City]:
    """Cities that have named a challenge."""
    return cities().where(City.challenges.any(CityChallenge.challenge_code == challenge))


def cities_working_on(challenge: str) -> Select[City]:
    """Cities with an initiative that takes a challenge on, which have not named it themselves."""
    at_work = (
        select(InitiativeCity.city_id)
        .join(initiative_challenges, initiative_challenges.c.initiative_id == InitiativeCity.initiative_id)
        .where(initiative_challenges.c.challenge_code == challenge)
    )
    return cities().where(City.id.in_(at_work), ~City.challenges.any(CityChallenge.challenge_code == challenge))


def challenges_from_initiatives(session: Session, city: City) -> list[tuple[Challenge, int]]:
    """Challenges that a city has not named and its initiatives take on, with how many do, the most first."""
    count = func.count(InitiativeCity.initiative_id)
    query = (
        select(Challenge, count)
        .join(initiative_challenges, initiative_challenges.c.challenge_code == Challenge.code)
        .join(InitiativeCity, InitiativeCity.initiative_id == initiative_challenges.c.initiative_id)
        .where(
            InitiativeCity.city_id == city.id,
            Challenge.code.not_in(select(CityChallenge.challenge_code).where(CityChallenge.city_id == city.id)),
        )
        .group_by(Challenge.code)
        .order_by(count.desc(), Challenge.position, Challenge.code)
    )
    return [(challenge, initiatives) for challenge, initiatives in session.execute(query)]


def city_cards(session: Session, query: Select[City]) -> Sequence[City]:
    """Load cities with what a card of a list shows: country, region and place."""
    return session.scalars(
        query.options(joinedload(City.country).joinedload(Country.region), joinedload(City.place))
    ).all()


def city_by_slug(session: Session, slug: str) -> City:
    """Load a city with its context, its challenges and their sources; NotFound where there is none."""
    return one_row(session, select(City).options(*_page_parts()).where(City.slug == slug))


def cities_by_slugs(session: Session, slugs: Collection[str]) -> dict[str, City]:
    """Load cities with all that their pages show, by slug; those that are not there are left out."""
    rows = session.scalars(select(City).options(*_page_parts()).where(City.slug.in_(slugs)))
    return {city.slug: city for city in rows}


def place_of_city(session: Session, slug: str) -> int:
    """The id of the place of a city with a page; NotFound where there is none."""
    return one_row(session, select(City.place_id).where(City.slug == slug))


def slugs_at_places(session: Session, place_ids: Collection[int]) -> dict[int, str]:
    """The slugs of the cities that have a page, by the ids of these places."""
    rows = session.execute(select(City.place_id, City.slug).where(City.place_id.in_(place_ids)))
    return {row.place_id: row.slug for row in rows}


def challenges_at_place(session: Session, place_id: int) -> frozenset[str]:
    """The codes of the challenges that the city at a place names; none where it has no page."""
    codes = select(CityChallenge.challenge_code).join(City, City.id == CityChallenge.city_id)
    return frozenset(session.scalars(codes.where(City.place_id == place_id)))


def _page_parts() -> tuple[ORMOption, ...]:
    return (
        joinedload(City.country).joinedload(Country.region),
        joinedload(City.place),
        selectinload(City.challenges).joinedload(CityChallenge.challenge),
        selectinload(City.challenges).joinedload(CityChallenge.source),
        selectinload(City.pictures).joinedload(CityPicture.image),
        selectinload(City.sources),
    )


def terms_in_city(session: Session, city: City) -> Sequence[LeaderTerm]:
    """Load the terms of office in a city with their leaders, the latest first."""
    return session.scalars(
        select(LeaderTerm)
        .where(LeaderTerm.city_id == city.id)
        .order_by(func.coalesce(LeaderTerm.start_year, 0).desc(), LeaderTerm.id)
        .options(joinedload(LeaderTerm.leader), joinedload(LeaderTerm.source))
    ).all()


def leader_by_slug(session: Session, slug: str) -> Leader:
    """Load a leader with terms, cities and sources; NotFound where there is none."""
    query = select(Leader).options(
        selectinload(Leader.terms).joinedload(LeaderTerm.city).joinedload(City.country),
        selectinload(Leader.terms).joinedload(LeaderTerm.source),
        selectinload(Leader.pictures).joinedload(LeaderPicture.image),
    )
    return one_row(session, query.where(Leader.slug == slug))


def visions_of_city(city: City) -> Select[Vision]:
    """Visions of a city, the latest first."""
    return (
        select(Vision)
        .where(Vision.city_id == city.id)
        .order_by(func.coalesce(Vision.adopted_year, 0).desc(), Vision.sort_key, Vision.id)
    )


def vision_cards(session: Session, query: Select[Vision]) -> Sequence[Vision]:
    """Load visions with what a card of a list shows: city, country and goals."""
    return session.scalars(
        query.options(
            joinedload(Vision.city).joinedload(City.country), selectinload(Vision.goals).joinedload(VisionGoal.goal)
        )
    ).all()


def vision_by_slug(session: Session, slug: str) -> Vision:
    """Load a vision with its city, goals and sources; NotFound where there is none."""
    query = select(Vision).options(
        joinedload(Vision.city).joinedload(City.country),
        joinedload(Vision.city).joinedload(City.place),
        selectinload(Vision.goals).joinedload(VisionGoal.goal),
        selectinload(Vision.pictures).joinedload(VisionPicture.image),
        selectinload(Vision.sources),
    )
    return one_row(session, query.where(Vision.slug == slug))


def initiatives_per_city(session: Session, cities: Collection[City]) -> dict[int, int]:
    """How many initiatives belong to each of the cities, by the city's id; cities without any are left out."""
    ids = [city.id for city in cities]
    return grouped(
        session,
        select(InitiativeCity.city_id, func.count())
        .where(InitiativeCity.city_id.in_(ids))
        .group_by(InitiativeCity.city_id),
    )


def goals_of_city(session: Session, city: City) -> Sequence[Goal]:
    """Load the goals that the initiatives of a city work for, in their order."""
    worked_for = (
        select(InitiativeGoal.goal_number)
        .join(InitiativeCity, InitiativeCity.initiative_id == InitiativeGoal.initiative_id)
        .where(InitiativeCity.city_id == city.id)
    )
    return session.scalars(select(Goal).where(Goal.number.in_(worked_for)).order_by(Goal.number)).all()


@dataclass(frozen=True, slots=True)
class CityOnMap:
    """A city with its place's coordinates, in degrees (WGS 84), its initiatives, and where it lies.

    The continent is named in English, as in the United Nations' regions (M49), and `region` is the code of one; both
    are None for a country without a region. `initiative_ids` lets cities be counted together without counting an
    initiative of two of them twice; where they are left out, `initiatives` are those of no other city.
    """

    slug: str
    name: str
    country: str
    latitude: float
    longitude: float
    initiatives: int
    continent: str | None = None
    region: str | None = None
    initiative_ids: tuple[int, ...] = ()


def cities_on_map(session: Session, initiatives: Select[Initiative] | None = None) -> list[CityOnMap]:
    """Every city that has one of the chosen initiatives (of all, where none are chosen), by name; two queries."""
    links = select(InitiativeCity.city_id, InitiativeCity.initiative_id)
    query = (
        select(
            City.id, City.slug, City.name, Country.name, Place.latitude, Place.longitude, Region.continent, Region.code
        )
        .join(Country, City.country_code == Country.code)
        .outerjoin(Region, Country.region_code == Region.code)
        .join(Place, City.place_id == Place.id)
        .order_by(City.sort_key, City.id)
    )
    if initiatives is not None:
        wanted = initiatives.order_by(None).with_only_columns(Initiative.id)
        links = links.where(InitiativeCity.initiative_id.in_(wanted))
        query = query.where(City.id.in_(links.with_only_columns(InitiativeCity.city_id)))
    ids: dict[int, list[int]] = {}
    for city_id, initiative_id in session.execute(links):
        ids.setdefault(city_id, []).append(initiative_id)
    return [
        CityOnMap(slug, name, country, latitude, longitude, len(ids[city_id]), continent, region, tuple(ids[city_id]))
        for city_id, slug, name, country, latitude, longitude, continent, region in session.execute(query)
        if city_id in ids
    ]
