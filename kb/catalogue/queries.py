"""Reads of the catalogue: functions named for what they return.

Those that give a `Select` chain on; those that take a session load, in a number of queries that does not grow with
the number of rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from kb.problems import NotFound

from .models import (
    Aim,
    Challenge,
    City,
    CityChallenge,
    Country,
    Goal,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativeSource,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    Outcome,
    Place,
    Region,
    Source,
    Technology,
    Vision,
    VisionGoal,
    initiative_challenges,
    initiative_technologies,
)

Row = TypeVar("Row")

SHOWN = 24
"""How many initiatives a goal's, challenge's or technology's page shows; the rest is a search away."""

# -- Initiatives ------------------------------------------------------------------------------------------------------


def initiatives() -> Select[Initiative]:
    """All initiatives, the best shown first: by evidence, then the newest, then by title."""
    return select(Initiative).order_by(
        func.coalesce(Initiative.evidence_level, -1).desc(),
        func.coalesce(Initiative.start_year, 0).desc(),
        Initiative.title,
        Initiative.id,
    )


def initiatives_addressing(goal: int) -> Select[Initiative]:
    """Initiatives that work for a goal."""
    return initiatives().where(Initiative.goals.any(InitiativeGoal.goal_number == goal))


def initiatives_facing(challenge: str) -> Select[Initiative]:
    """Initiatives that take on a challenge."""
    return initiatives().where(Initiative.challenges.any(Challenge.code == challenge))


def initiatives_using(technology: str) -> Select[Initiative]:
    """Initiatives that use a technology."""
    return initiatives().where(Initiative.technologies.any(Technology.code == technology))


def initiatives_of_city(city: City) -> Select[Initiative]:
    """Initiatives that belong to a city, alone or with others."""
    return initiatives().where(Initiative.places.any(InitiativeCity.city_id == city.id))


def initiatives_of_leader(leader: Leader) -> Select[Initiative]:
    """Initiatives that a leader championed."""
    return initiatives().where(Initiative.leader_id == leader.id)


def initiatives_of_vision(vision: Vision) -> Select[Initiative]:
    """Initiatives that carry a vision out."""
    return initiatives().where(Initiative.vision_id == vision.id)


def initiatives_chosen(
    goal: str | None = None, challenge: str | None = None, stage: str | None = None
) -> Select[Initiative]:
    """Initiatives that fit each of the given choices; `goal` is a number as text, all may be left out."""
    chosen = initiatives()
    if goal is not None:
        chosen = chosen.where(Initiative.goals.any(InitiativeGoal.goal_number == int(goal)))
    if challenge is not None:
        chosen = chosen.where(Initiative.challenges.any(Challenge.code == challenge))
    if stage is not None:
        chosen = chosen.where(Initiative.stage == stage)
    return chosen


def newest_initiatives() -> Select[Initiative]:
    """Initiatives by the year they began, the latest first; unknown years last."""
    return (
        select(Initiative)
        .where(Initiative.stage != "discontinued")
        .order_by(func.coalesce(Initiative.start_year, 0).desc(), Initiative.id.desc())
    )


def stopped_initiatives() -> Select[Initiative]:
    """Initiatives that were stopped and say what they teach."""
    return initiatives().where(Initiative.stage == "discontinued", Initiative.lessons.is_not(None))


def how_many(session: Session, chosen: Select[Initiative]) -> int:
    """How many initiatives are chosen."""
    return (
        session.scalar(
            select(func.count()).select_from(chosen.order_by(None).with_only_columns(Initiative.id).subquery())
        )
        or 0
    )


def initiative_cards(session: Session, chosen: Select[Initiative]) -> Sequence[Initiative]:
    """Load initiatives with what a card of a list shows: cities, countries and goals."""
    return session.scalars(chosen.options(*_card_parts())).all()


def _card_parts() -> tuple[ORMOption, ...]:
    return (
        selectinload(Initiative.places).joinedload(InitiativeCity.city).joinedload(City.country),
        selectinload(Initiative.goals).joinedload(InitiativeGoal.goal),
    )


def initiative_by_slug(session: Session, slug: str) -> Initiative:
    """Load an initiative with all that its page tells; NotFound where there is none."""
    chosen = select(Initiative).options(
        *_card_parts(),
        selectinload(Initiative.places).joinedload(InitiativeCity.city).joinedload(City.place),
        selectinload(Initiative.targets).joinedload(InitiativeTarget.target),
        selectinload(Initiative.challenges),
        selectinload(Initiative.technologies),
        selectinload(Initiative.partners),
        selectinload(Initiative.funding),
        selectinload(Initiative.outcomes).joinedload(Outcome.source),
        selectinload(Initiative.citations).joinedload(InitiativeSource.source),
        selectinload(Initiative.adaptations),
        joinedload(Initiative.leader).selectinload(Leader.terms).joinedload(LeaderTerm.city),
        joinedload(Initiative.vision),
        joinedload(Initiative.adapted_from),
    )
    return _one(session, chosen.where(Initiative.slug == slug))


# -- Cities, leaders, visions -----------------------------------------------------------------------------------------


def cities() -> Select[City]:
    """All cities by name."""
    return select(City).order_by(City.name, City.id)


def cities_naming(challenge: str) -> Select[City]:
    """Cities that have named a challenge."""
    return cities().where(City.challenges.any(CityChallenge.challenge_code == challenge))


def city_cards(session: Session, chosen: Select[City]) -> Sequence[City]:
    """Load cities with what a card of a list shows: country, region and place."""
    return session.scalars(
        chosen.options(joinedload(City.country).joinedload(Country.region), joinedload(City.place))
    ).all()


def city_by_slug(session: Session, slug: str) -> City:
    """Load a city with its context, its challenges and their sources; NotFound where there is none."""
    chosen = select(City).options(
        joinedload(City.country).joinedload(Country.region),
        joinedload(City.place),
        selectinload(City.challenges).joinedload(CityChallenge.challenge),
        selectinload(City.challenges).joinedload(CityChallenge.source),
        selectinload(City.sources),
    )
    return _one(session, chosen.where(City.slug == slug))


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
    chosen = select(Leader).options(
        selectinload(Leader.terms).joinedload(LeaderTerm.city).joinedload(City.country),
        selectinload(Leader.terms).joinedload(LeaderTerm.source),
    )
    return _one(session, chosen.where(Leader.slug == slug))


def visions_of_city(city: City) -> Select[Vision]:
    """Visions of a city, the latest first."""
    return (
        select(Vision)
        .where(Vision.city_id == city.id)
        .order_by(func.coalesce(Vision.adopted_year, 0).desc(), Vision.title)
    )


def vision_cards(session: Session, chosen: Select[Vision]) -> Sequence[Vision]:
    """Load visions with what a card of a list shows: city, country and goals."""
    return session.scalars(
        chosen.options(
            joinedload(Vision.city).joinedload(City.country), selectinload(Vision.goals).joinedload(VisionGoal.goal)
        )
    ).all()


def vision_by_slug(session: Session, slug: str) -> Vision:
    """Load a vision with its city, goals and sources; NotFound where there is none."""
    chosen = select(Vision).options(
        joinedload(Vision.city).joinedload(City.country),
        selectinload(Vision.goals).joinedload(VisionGoal.goal),
        selectinload(Vision.sources),
    )
    return _one(session, chosen.where(Vision.slug == slug))


# -- Lists of terms ---------------------------------------------------------------------------------------------------


def goals(session: Session) -> Sequence[Goal]:
    """Load the 17 goals in their order."""
    return session.scalars(select(Goal).order_by(Goal.number)).all()


def goal_by_number(session: Session, number: int) -> Goal:
    """Load a goal with its targets; NotFound where there is none."""
    return _one(session, select(Goal).options(selectinload(Goal.targets)).where(Goal.number == number))


def challenges(session: Session) -> Sequence[Challenge]:
    """Load the challenges with their aims, in the order of the list."""
    return session.scalars(select(Challenge).options(selectinload(Challenge.aims)).order_by(Challenge.position)).all()


def challenge_by_code(session: Session, code: str) -> Challenge:
    """Load a challenge with its aims and categories; NotFound where there is none."""
    chosen = select(Challenge).options(selectinload(Challenge.aims), selectinload(Challenge.categories))
    return _one(session, chosen.where(Challenge.code == code))


def aims(session: Session) -> Sequence[Aim]:
    """Load the four aims of goal 11 in their order."""
    return session.scalars(select(Aim).order_by(Aim.position)).all()


def technologies(session: Session) -> Sequence[Technology]:
    """Load the technologies in the order of the list."""
    return session.scalars(select(Technology).order_by(Technology.position)).all()


def technology_by_code(session: Session, code: str) -> Technology:
    """Load a technology; NotFound where there is none."""
    return _one(session, select(Technology).where(Technology.code == code))


def initiatives_per_goal(session: Session) -> dict[int, int]:
    """How many initiatives work for each goal; goals without any are left out."""
    return _counts(session, InitiativeGoal.goal_number)


def initiatives_per_target(session: Session) -> dict[str, int]:
    """How many initiatives work for each target; targets without any are left out."""
    return _counts(session, InitiativeTarget.target_code)


def initiatives_per_challenge(session: Session) -> dict[str, int]:
    """How many initiatives take on each challenge; challenges without any are left out."""
    return _counts(session, initiative_challenges.c.challenge_code)


def initiatives_per_technology(session: Session) -> dict[str, int]:
    """How many initiatives use each technology; technologies without any are left out."""
    return _counts(session, initiative_technologies.c.technology_code)


def initiatives_per_city(session: Session) -> dict[int, int]:
    """How many initiatives belong to each city, by the city's id; cities without any are left out."""
    return _counts(session, InitiativeCity.city_id)


# -- The map ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CityOnMap:
    """A city with the coordinates of its place, in degrees (WGS 84), and how many initiatives it has."""

    slug: str
    name: str
    country: str
    latitude: float
    longitude: float
    initiatives: int


def cities_on_map(session: Session, chosen: Select[Initiative] | None = None) -> list[CityOnMap]:
    """Every city that has one of the chosen initiatives (of all, where none are chosen), by name; one query."""
    count = func.count(InitiativeCity.initiative_id)
    query = (
        select(City.slug, City.name, Country.name, Place.latitude, Place.longitude, count)
        .join(Country, City.country_code == Country.code)
        .join(Place, City.place_id == Place.id)
        .join(InitiativeCity, InitiativeCity.city_id == City.id)
        .group_by(City.id, City.slug, City.name, Country.name, Place.latitude, Place.longitude)
        .order_by(City.name, City.id)
    )
    if chosen is not None:
        wanted = chosen.order_by(None).with_only_columns(Initiative.id)
        query = query.where(InitiativeCity.initiative_id.in_(wanted))
    return [CityOnMap(*row) for row in session.execute(query)]


# -- What the catalogue holds -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many of each the catalogue holds."""

    initiatives: int
    cities: int
    countries: int
    leaders: int
    visions: int


def holdings(session: Session) -> Holdings:
    """Count the entries; one query."""
    counts = [
        select(func.count(column)).scalar_subquery()
        for column in (Initiative.id, City.id, City.country_code.distinct(), Leader.id, Vision.id)
    ]
    return Holdings(*session.execute(select(*counts)).one())


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the catalogue holds and what it lacks. Keys None stand for what is unknown.

    `people_by_income` is the population of the gazetteer's places by income group: the yardstick for `by_income`.
    """

    initiatives: int
    cities: int
    countries: int
    leaders: int
    visions: int
    sources: int
    by_region: dict[str | None, int]
    by_income: dict[str | None, int]
    by_decade: dict[int | None, int]
    by_evidence: dict[int | None, int]
    people_by_income: dict[str | None, int]
    stopped: int
    with_result: int
    with_cost: int


def coverage(session: Session) -> Coverage:
    """Count what the catalogue holds; an initiative of several cities counts where the leading one is."""
    led_by = (
        select(Initiative.id)
        .join(InitiativeCity, (InitiativeCity.initiative_id == Initiative.id) & (InitiativeCity.position == 0))
        .join(City, City.id == InitiativeCity.city_id)
        .join(Country, Country.code == City.country_code)
        .outerjoin(Region, Region.code == Country.region_code)
    )
    has_result = Initiative.outcomes.any((Outcome.is_target.is_(False)) & (Outcome.value.is_not(None)))
    decade = Initiative.start_year - Initiative.start_year % 10
    return Coverage(
        initiatives=_how_many(session, Initiative.id),
        cities=_how_many(session, City.id),
        countries=_how_many(session, City.country_code.distinct()),
        leaders=_how_many(session, Leader.id),
        visions=_how_many(session, Vision.id),
        sources=_how_many(session, Source.id),
        by_region=_grouped(session, led_by.with_only_columns(Region.label, func.count()).group_by(Region.label)),
        by_income=_grouped(
            session, led_by.with_only_columns(Country.income_group, func.count()).group_by(Country.income_group)
        ),
        by_decade=_grouped(session, select(decade, func.count()).select_from(Initiative).group_by(decade)),
        by_evidence=_grouped(
            session, select(Initiative.evidence_level, func.count()).group_by(Initiative.evidence_level)
        ),
        people_by_income=_grouped(
            session,
            select(Country.income_group, func.coalesce(func.sum(Place.population), 0))
            .join(Country, Country.code == Place.country_code)
            .group_by(Country.income_group),
        ),
        stopped=_how_many(session, Initiative.id, Initiative.stage == "discontinued"),
        with_result=_how_many(session, Initiative.id, has_result),
        with_cost=_how_many(session, Initiative.id, Initiative.cost_amount.is_not(None)),
    )


def entry_addresses(session: Session) -> Iterator[tuple[str, str, datetime]]:
    """Kind, slug and time of the last edit of every entry, for the sitemap."""
    for kind, entry in (("initiative", Initiative), ("city", City), ("leader", Leader), ("vision", Vision)):
        for slug, updated_at in session.execute(select(entry.slug, entry.updated_at).order_by(entry.slug)):
            yield kind, slug, updated_at


def _one(session: Session, chosen: Select[Row]) -> Row:
    row = session.scalars(chosen).one_or_none()
    if row is None:
        raise NotFound("There is no such entry in the catalogue.")
    return row


def _counts(session: Session, column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> dict[Any, int]:
    return _grouped(session, select(column, func.count()).group_by(column))


def _grouped(session: Session, chosen: Select[*tuple[Any, ...]]) -> dict[Any, int]:
    return {key: int(count) for key, count in session.execute(chosen)}


def _how_many(session: Session, column: Any, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0
