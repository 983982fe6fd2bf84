"""A made-up catalogue of any size, and edits of it, drawn by chance."""

import random
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Technology,
    Vision,
    VisionGoal,
)
from tests.factories import make_city, make_initiative, make_place, make_vision

COUNTRIES = ("IN", "FI", "DE", "KE", "BR")
SEVERITIES = (None, None, "under-a-third", "under-two-thirds", "under-95-percent", "met")
# Few of the terms, so that many share some and scores tie.
CHALLENGES = ("heat", "flooding", "waste", "health", "ageing", "water-scarcity")
TECHNOLOGIES = ("drones", "blockchain", "open-data", "early-warning")
GOALS = (3, 4, 6, 11, 13)

T = TypeVar("T")


def some(chance: random.Random, values: tuple[T, ...], most: int = 3) -> tuple[T, ...]:
    """None to a few of the values."""
    return tuple(chance.sample(values, chance.randint(0, min(most, len(values)))))


def fill(session: Session, chance: random.Random, cities: int, initiatives: int, visions: int) -> None:
    """Add so many of each."""
    for _ in range(cities):
        add_city(session, chance)
    for _ in range(visions):
        add_vision(session, chance)
    for _ in range(initiatives):
        add_initiative(session, chance)


def edit(session: Session, chance: random.Random) -> None:
    """One edit of any kind."""
    kinds = (
        add_city,
        add_initiative,
        add_vision,
        change_city,
        change_initiative,
        change_vision,
        delete_city,
        delete_initiative,
        delete_vision,
        merge_cities,
        add_challenge,
    )
    chance.choice(kinds)(session, chance)
    session.flush()


def add_city(session: Session, chance: random.Random) -> None:
    place = {
        "latitude": chance.choice((20.0, 35.0, 60.0)),
        "longitude": chance.choice((10.0, 75.0)),
        "population": chance.choice((50_000, 400_000, None)),
    }
    _set_challenges(make_city(session, country=chance.choice(COUNTRIES), place=place), chance)
    session.flush()


def add_initiative(session: Session, chance: random.Random) -> None:
    make_initiative(
        session,
        cities=some(chance, _all(session, City)) or (_one(session, chance, City),),
        challenges=some(chance, CHALLENGES),
        technologies=some(chance, TECHNOLOGIES),
        goals=some(chance, GOALS),
        stage=chance.choice(("operational", "operational", "discontinued")),
        evidence_level=chance.choice((None, 0, 1, 2, 3, 5)),
        evidence_direction=chance.choice((None, "positive", "negative", "none")),
    )


def add_vision(session: Session, chance: random.Random) -> None:
    make_vision(session, _one(session, chance, City), goals=some(chance, GOALS))


def add_challenge(session: Session, chance: random.Random) -> None:
    """A new term, which an initiative and a city have at once."""
    code = f"made-up-{chance.randrange(10**9)}"
    known = _all(session, Challenge)[0]
    challenge = Challenge(
        code=code, label=code, gist="Made up.", dimension=known.dimension, position=chance.randrange(900, 10**6)
    )
    session.add(challenge)
    session.flush()
    initiative, city = _one(session, chance, Initiative), _one(session, chance, City)
    initiative.challenges.append(challenge)
    city.challenges.append(CityChallenge(challenge_code=code, position=99))


def change_city(session: Session, chance: random.Random) -> None:
    city = _one(session, chance, City)
    if chance.random() < 0.3:
        city.place = make_place(session, country=city.country_code)
        return
    city.challenges.clear()
    session.flush()
    _set_challenges(city, chance)


def change_initiative(session: Session, chance: random.Random) -> None:
    initiative = _one(session, chance, Initiative)
    match chance.randrange(6):
        case 0:
            initiative.stage = chance.choice(("operational", "discontinued"))
        case 1:
            initiative.evidence_level = chance.choice((None, 1, 2, 4))
            initiative.evidence_direction = chance.choice((None, "positive", "negative"))
        case 2:
            initiative.challenges = [session.get_one(Challenge, code) for code in some(chance, CHALLENGES)]
        case 3:
            initiative.technologies = [session.get_one(Technology, code) for code in some(chance, TECHNOLOGIES)]
        case 4:
            initiative.goals.clear()
            session.flush()
            initiative.goals = [InitiativeGoal(goal_number=goal) for goal in some(chance, GOALS)]
        case _:
            initiative.places.clear()
            session.flush()
            cities = some(chance, _all(session, City))
            initiative.places = [InitiativeCity(city=city, position=place) for place, city in enumerate(cities)]


def change_vision(session: Session, chance: random.Random) -> None:
    vision = _one(session, chance, Vision)
    if chance.random() < 0.5:
        vision.city = _one(session, chance, City)
        return
    vision.goals.clear()
    session.flush()
    vision.goals = [VisionGoal(goal_number=goal) for goal in some(chance, GOALS)]


def delete_city(session: Session, chance: random.Random) -> None:
    """Delete a city that nothing belongs to, if there is one."""
    linked = {*session.scalars(select(InitiativeCity.city_id)), *session.scalars(select(Vision.city_id))}
    free = [city for city in _all(session, City) if city.id not in linked]
    if free:
        session.delete(chance.choice(free))


def delete_initiative(session: Session, chance: random.Random) -> None:
    if len(_all(session, Initiative)) > 2:
        session.delete(_one(session, chance, Initiative))


def delete_vision(session: Session, chance: random.Random) -> None:
    if len(_all(session, Vision)) > 2:
        session.delete(_one(session, chance, Vision))


def merge_cities(session: Session, chance: random.Random) -> None:
    """Give all that belongs to one city to another, and delete it."""
    stays, goes = chance.sample(_all(session, City), 2)
    for vision in session.scalars(select(Vision).where(Vision.city_id == goes.id)):
        vision.city = stays
    for initiative in _all(session, Initiative):
        cities = [place.city for place in initiative.places]
        if goes in cities:
            initiative.places.clear()
            session.flush()
            merged = dict.fromkeys(stays if city is goes else city for city in cities)
            initiative.places = [InitiativeCity(city=city, position=place) for place, city in enumerate(merged)]
    session.flush()
    session.delete(goes)


def _all(session: Session, model: type[T]) -> tuple[T, ...]:
    return tuple(session.scalars(select(model).order_by(*model.__mapper__.primary_key)))


def _one(session: Session, chance: random.Random, model: type[T]) -> T:
    return chance.choice(_all(session, model))


def _set_challenges(city: City, chance: random.Random) -> None:
    city.challenges = [
        CityChallenge(
            challenge_code=code,
            position=position,
            severity=chance.choice(SEVERITIES),
            status=chance.choice((None, None, "solved")),
        )
        for position, code in enumerate(some(chance, CHALLENGES))
    ]
