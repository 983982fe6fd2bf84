"""What peers need to know of an initiative, a city and a vision, read from the catalogue in few queries each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.catalogue.models import (
    City,
    CityChallenge,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Vision,
    VisionGoal,
    initiative_challenges,
    initiative_technologies,
)

from .challenges import DERIVED, Severities

RESULTS_LEVEL = 2
"""The level of evidence from which data show a change."""

NO_RESULT = frozenset({"negative", "none"})
"""Directions that no level of evidence turns into a result."""

BATCH = 2_000
"""Entries that are read at a time, so that reading all of them takes little memory."""


Columns = TypeVarTuple("Columns")


class Selection(NamedTuple):
    """Which entries are read: those with these ids, or where none are given the next BATCH beyond an id."""

    ids: Sequence[int] | None = None
    after: int = 0

    def entries(self, query: Select[*Columns], key: InstrumentedAttribute[int]) -> Select[*Columns]:
        """The query of the entries, narrowed to those chosen, in the order of their ids."""
        query = query.order_by(key)
        return query.where(key > self.after).limit(BATCH) if self.ids is None else query.where(key.in_(self.ids))

    def parts(
        self, query: Select[*Columns], owner: ColumnElement[int], entries: Sequence[Row[*tuple[Any, ...]]]
    ) -> Select[*Columns]:
        """A query of what belongs to these entries, whose column `owner` has their ids."""
        if self.ids is not None:
            return query.where(owner.in_(self.ids))
        first, last = (entries[0].id, entries[-1].id) if entries else (1, 0)
        return query.where(owner.between(first, last))


@dataclass(frozen=True, slots=True)
class CityProfile:
    """A city with a page: its challenges with severity, those it has solved, and the goals it works for.

    Challenges are those that its page names, and those that its initiatives alone address.
    """

    id: int
    place_id: int
    challenges: Severities
    solved: frozenset[str]
    goals: frozenset[int] = frozenset()

    @property
    def derived(self) -> frozenset[str]:
        """Its challenges that the page does not name and its initiatives address."""
        return frozenset(code for code, severity in self.challenges.items() if severity == DERIVED)


@dataclass(frozen=True, slots=True)
class InitiativeProfile:
    """An initiative: its cities, the leading one first, and what it is about; unknown evidence is of level 0."""

    id: int
    cities: tuple[int, ...]
    challenges: frozenset[str]
    technologies: frozenset[str]
    goals: frozenset[int]
    is_stopped: bool
    evidence_level: int
    has_results: bool
    """Whether data show a change (level 2 and above) that is neither for the worse nor none."""


@dataclass(frozen=True, slots=True)
class VisionProfile:
    """A city's strategy, with the goals it works for."""

    id: int
    city: int
    goals: frozenset[int]


def initiative_profiles(session: Session, selection: Selection) -> list[InitiativeProfile]:
    """Read initiatives in five queries, in the order of their ids."""
    rows = session.execute(
        selection.entries(
            select(Initiative.id, Initiative.stage, Initiative.evidence_level, Initiative.evidence_direction),
            Initiative.id,
        )
    ).all()

    def grouped(owner: Any, value: Any, *order: Any) -> dict[int, list[Any]]:
        values: dict[int, list[Any]] = defaultdict(list)
        for number, each in session.execute(selection.parts(select(owner, value).order_by(*order), owner, rows)):
            values[number].append(each)
        return values

    cities = grouped(
        InitiativeCity.initiative_id,
        InitiativeCity.city_id,
        InitiativeCity.initiative_id,
        InitiativeCity.position,
        InitiativeCity.city_id,
    )
    challenges = grouped(initiative_challenges.c.initiative_id, initiative_challenges.c.challenge_code)
    technologies = grouped(initiative_technologies.c.initiative_id, initiative_technologies.c.technology_code)
    goals = grouped(InitiativeGoal.initiative_id, InitiativeGoal.goal_number)
    return [
        InitiativeProfile(
            id=number,
            cities=tuple(cities.get(number, ())),
            challenges=frozenset(challenges.get(number, ())),
            technologies=frozenset(technologies.get(number, ())),
            goals=frozenset(goals.get(number, ())),
            is_stopped=stage == "discontinued",
            evidence_level=level or 0,
            has_results=(level or 0) >= RESULTS_LEVEL and direction not in NO_RESULT,
        )
        for number, stage, level, direction in rows
    ]


def city_profiles(session: Session, selection: Selection) -> list[CityProfile]:
    """Read cities without what they have from others' entries in two queries, in the order of their ids."""
    rows = session.execute(selection.entries(select(City.id, City.place_id), City.id)).all()
    challenges: dict[int, dict[str, str | None]] = defaultdict(dict)
    solved: dict[int, set[str]] = defaultdict(set)
    of_city = (CityChallenge.city_id, CityChallenge.challenge_code, CityChallenge.severity, CityChallenge.status)
    for city, code, severity, status in session.execute(
        selection.parts(select(*of_city), CityChallenge.city_id.expression, rows)
    ):
        challenges[city][code] = severity
        if status == "solved":
            solved[city].add(code)
    return [
        CityProfile(number, place_id, challenges.get(number, {}), frozenset(solved.get(number, ())))
        for number, place_id in rows
    ]


def vision_profiles(session: Session, selection: Selection) -> list[VisionProfile]:
    """Read visions in two queries, in the order of their ids."""
    rows = session.execute(selection.entries(select(Vision.id, Vision.city_id), Vision.id)).all()
    goals: dict[int, set[int]] = defaultdict(set)
    of_vision = select(VisionGoal.vision_id, VisionGoal.goal_number)
    for vision, goal in session.execute(selection.parts(of_vision, VisionGoal.vision_id.expression, rows)):
        goals[vision].add(goal)
    return [VisionProfile(number, city, frozenset(goals.get(number, ()))) for number, city in rows]
