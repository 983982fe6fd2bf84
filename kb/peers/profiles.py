"""Reads the catalogue's cities and initiatives as sets, in a constant number of queries.

Memory: about 1 kB for each city and each initiative.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import (
    City,
    CityChallenge,
    Country,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Vision,
    VisionGoal,
    initiative_challenges,
    initiative_technologies,
)

from .challenges import Rarity, Severities

NO_RESULT = frozenset({"negative", "none"})
"""Directions that no level of evidence turns into a result."""


@dataclass(frozen=True, slots=True)
class CityProfile:
    """A city with a page: its challenges with severity, those it has solved, and the goals it works for."""

    id: int
    slug: str
    name: str
    place_id: int
    region: str | None
    challenges: Severities
    solved: frozenset[str]
    goals: frozenset[int]
    initiatives: frozenset[int]


@dataclass(frozen=True, slots=True)
class InitiativeProfile:
    """An initiative: its cities, the leading one first, and what it is about."""

    id: int
    cities: tuple[int, ...]
    challenges: frozenset[str]
    technologies: frozenset[str]
    goals: frozenset[int]
    stage: str
    evidence_level: int | None
    evidence_direction: str | None

    @property
    def has_results(self) -> bool:
        """Whether data show a change (level 2 and above) that is neither for the worse nor none."""
        return (self.evidence_level or 0) >= 2 and self.evidence_direction not in NO_RESULT


@dataclass(frozen=True, slots=True)
class Profiles:
    """All cities with a page and all initiatives, by id, with how rare each challenge, goal and technology is.

    `results` holds the challenges on which a city has results (see InitiativeProfile.has_results), for those that have
    any; `on_challenge` the initiatives by the challenges they take on.
    """

    cities: Mapping[int, CityProfile]
    initiatives: Mapping[int, InitiativeProfile]
    at_place: Mapping[int, CityProfile]
    results: Mapping[int, frozenset[str]]
    on_challenge: Mapping[str, frozenset[int]]
    challenge_rarity: Rarity[str]
    goal_rarity: Rarity[int]
    initiative_challenge_rarity: Rarity[str]
    initiative_goal_rarity: Rarity[int]
    technology_rarity: Rarity[str]

    @classmethod
    def read(cls, session: Session) -> "Profiles":
        """Read everything in eight queries."""
        initiatives = _initiatives(session)
        cities = {city.id: city for city in _cities(session, initiatives)}
        return cls(
            cities=cities,
            initiatives=initiatives,
            at_place={city.place_id: city for city in cities.values()},
            results=_results(initiatives),
            on_challenge=_on_challenge(initiatives),
            challenge_rarity=Rarity.of(city.challenges for city in cities.values()),
            goal_rarity=Rarity.of(city.goals for city in cities.values()),
            initiative_challenge_rarity=Rarity.of(
                initiative_profile.challenges for initiative_profile in initiatives.values()
            ),
            initiative_goal_rarity=Rarity.of(initiative_profile.goals for initiative_profile in initiatives.values()),
            technology_rarity=Rarity.of(initiative_profile.technologies for initiative_profile in initiatives.values()),
        )


def _results(initiatives: Mapping[int, InitiativeProfile]) -> dict[int, frozenset[str]]:
    codes_by_city: dict[int, set[str]] = defaultdict(set)
    for initiative_profile in initiatives.values():
        if initiative_profile.has_results:
            for city in initiative_profile.cities:
                codes_by_city[city] |= initiative_profile.challenges
    return {city: frozenset(codes) for city, codes in codes_by_city.items() if codes}


def _on_challenge(initiatives: Mapping[int, InitiativeProfile]) -> dict[str, frozenset[int]]:
    ids_by_challenge: dict[str, set[int]] = defaultdict(set)
    for initiative_profile in initiatives.values():
        for code in initiative_profile.challenges:
            ids_by_challenge[code].add(initiative_profile.id)
    return {code: frozenset(numbers) for code, numbers in ids_by_challenge.items()}


def _initiatives(session: Session) -> dict[int, InitiativeProfile]:
    cities = _grouped(
        session,
        select(InitiativeCity.initiative_id, InitiativeCity.city_id).order_by(
            InitiativeCity.initiative_id, InitiativeCity.position, InitiativeCity.city_id
        ),
    )
    challenges = _grouped(
        session, select(initiative_challenges.c.initiative_id, initiative_challenges.c.challenge_code)
    )
    technologies = _grouped(
        session, select(initiative_technologies.c.initiative_id, initiative_technologies.c.technology_code)
    )
    goals = _grouped(session, select(InitiativeGoal.initiative_id, InitiativeGoal.goal_number))
    rows = session.execute(
        select(Initiative.id, Initiative.stage, Initiative.evidence_level, Initiative.evidence_direction)
    )
    return {
        number: InitiativeProfile(
            id=number,
            cities=tuple(cities.get(number, ())),
            challenges=frozenset(challenges.get(number, ())),
            technologies=frozenset(technologies.get(number, ())),
            goals=frozenset(goals.get(number, ())),
            stage=code,
            evidence_level=level,
            evidence_direction=direction,
        )
        for number, code, level, direction in rows
    }


def _cities(session: Session, initiatives: Mapping[int, InitiativeProfile]) -> list[CityProfile]:
    challenges: dict[int, dict[str, str | None]] = defaultdict(dict)
    solved: dict[int, set[str]] = defaultdict(set)
    for city, code, severity, status in session.execute(
        select(
            CityChallenge.city_id, CityChallenge.challenge_code, CityChallenge.severity, CityChallenge.status
        ).order_by(CityChallenge.city_id, CityChallenge.position, CityChallenge.challenge_code)
    ):
        challenges[city][code] = severity
        if status == "solved":
            solved[city].add(code)
    goals: dict[int, set[int]] = defaultdict(set)
    for city, goal in session.execute(
        select(Vision.city_id, VisionGoal.goal_number).join(VisionGoal, VisionGoal.vision_id == Vision.id)
    ):
        goals[city].add(goal)
    own: dict[int, set[int]] = defaultdict(set)
    for initiative_profile in initiatives.values():
        for city in initiative_profile.cities:
            own[city].add(initiative_profile.id)
            goals[city] |= initiative_profile.goals
    rows = session.execute(
        select(City.id, City.slug, City.name, City.place_id, Country.region_code)
        .join(Country, Country.code == City.country_code)
        .order_by(City.id)
    )
    return [
        CityProfile(
            id=number,
            slug=slug,
            name=name,
            place_id=place_id,
            region=region,
            challenges=challenges.get(number, {}),
            solved=frozenset(solved.get(number, ())),
            goals=frozenset(goals.get(number, ())),
            initiatives=frozenset(own.get(number, ())),
        )
        for number, slug, name, place_id, region in rows
    ]


def _grouped(session: Session, chosen: Any) -> dict[int, list[Any]]:
    """Pairs of a number and a value as lists of values by number."""
    values_by_number: dict[int, list[Any]] = defaultdict(list)
    for number, value in session.execute(chosen):
        values_by_number[number].append(value)
    return values_by_number
