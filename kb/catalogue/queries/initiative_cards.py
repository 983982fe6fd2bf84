"""Initiatives as lists show them: read by column, since making rows of the ORM costs several times as much."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kb.core.db import read_columns
from kb.core.sql_functions import among_ids

from ..choices import REACHED_BY_SCALING
from ..models import City, Country, Goal, Initiative, InitiativeCity, InitiativeGoal
from .initiatives import initiatives


class CountryName(NamedTuple):
    """A country, as far as a line of a list names it."""

    name: str


class CityName(NamedTuple):
    """A city, as far as a line of a list names and links it."""

    id: int
    slug: str
    name: str
    place_id: int
    country: CountryName


class GoalName(NamedTuple):
    """A goal, as far as a line of a list names it."""

    number: int
    label: str


class GoalOfCard(NamedTuple):
    """A goal of an initiative, by the name that it has in `Initiative.goals`."""

    goal: GoalName


class InitiativeCard(NamedTuple):
    """What lists and results of a search show of an initiative, by the names that it has in `Initiative`."""

    id: int
    slug: str
    title: str
    language: str
    summary: str
    problem: str | None
    action: str | None
    results: str | None
    lessons: str | None
    stage: str
    scale: str | None
    start_year: int | None
    end_year: int | None
    evidence_level: int | None
    cities: Sequence[CityName]
    goals: Sequence[GoalOfCard]

    @property
    def shown_stage(self) -> str:
        """The stage that pages name (see `Initiative.shown_stage`)."""
        return "operational" if self.stage == "scaled" and self.scale not in REACHED_BY_SCALING else self.stage


_COLUMNS = tuple(name for name in InitiativeCard._fields if name not in {"cities", "goals"})


def initiative_cards_by_ids(
    session: Session, ids: Collection[int], *, with_goals: bool = True
) -> Sequence[InitiativeCard]:
    """The cards of initiatives with some ids in the order of `initiatives`, by three queries, whatever the number.

    Lists that show no goals need none of them.
    """
    given = list(ids)
    if not given:
        return []
    rows = read_columns(session, _cards(), ids=given)
    cities = _by_initiative(
        (row[0], CityName(row[1], row[2], row[3], row[4], CountryName(row[5])))
        for row in read_columns(session, _cities(), ids=given)
    )
    of_goals = read_columns(session, _goals(), ids=given) if with_goals else ()
    goals = _by_initiative((row[0], GoalOfCard(GoalName(row[1], row[2]))) for row in of_goals)
    return [InitiativeCard._make((*row, cities.get(row[0], ()), goals.get(row[0], ()))) for row in rows]


Part = TypeVar("Part")


def _by_initiative(parts: Iterable[tuple[int, Part]]) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {}
    for initiative_id, part in parts:
        found.setdefault(initiative_id, []).append(part)
    return found


@cache
def _cards() -> Select[*tuple[Any, ...]]:
    """Made once, as are those below: to make such a statement takes a quarter of the time of asking it."""
    return (
        initiatives()
        .with_only_columns(*(getattr(Initiative, name) for name in _COLUMNS))
        .where(among_ids(Initiative.id))
    )


@cache
def _cities() -> Select[*tuple[Any, ...]]:
    of = InitiativeCity.initiative_id
    return (
        select(of, City.id, City.slug, City.name, City.place_id, Country.name)
        .join(City, City.id == InitiativeCity.city_id)
        .join(Country, Country.code == City.country_code)
        .where(among_ids(of))
        .order_by(of, InitiativeCity.position, InitiativeCity.city_id)
    )


@cache
def _goals() -> Select[*tuple[Any, ...]]:
    of = InitiativeGoal.initiative_id
    return (
        select(of, Goal.number, Goal.label)
        .join(Goal, Goal.number == InitiativeGoal.goal_number)
        .where(among_ids(of))
        .order_by(of, Goal.number)
    )
