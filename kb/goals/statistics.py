"""Figures about the goals, as plain records: what the reads of `queries.py` give and the pages show."""

from dataclasses import dataclass
from typing import Literal

Axis = Literal["region", "income", "size", "decade"]
"""What the columns of a matrix may be; the names are those of the search's facets, so that a cell can link there."""


@dataclass(frozen=True, slots=True)
class GoalCount:
    """A goal, and how many initiatives work for it."""

    number: int
    label: str
    colour: str
    initiatives: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a matrix: its code as search knows it ("2010s"), its label, and all its initiatives.

    Code and label are None where the region, income group, size or decade is unknown.
    """

    code: str | None
    label: str | None
    initiatives: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Goals by columns; `cells[(number, code)]` counts initiatives, 0 included, for every goal and column."""

    axis: Axis
    goals: tuple[GoalCount, ...]
    columns: tuple[Column, ...]
    cells: dict[tuple[int, str | None], int]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two goals, the lower number first, the initiatives that work for both, and their lift."""

    first: int
    second: int
    initiatives: int
    lift: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A goal that no initiative of a region works for, out of `of` initiatives there; `elsewhere` work for it."""

    goal: int
    region: str
    label: str
    of: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class TargetCount:
    """A target, and how many initiatives work for it."""

    code: str
    label: str
    gist: str
    initiatives: int


@dataclass(frozen=True, slots=True)
class CityCount:
    """A city that works on a goal, and with how many initiatives."""

    slug: str
    name: str
    country: str
    initiatives: int


@dataclass(frozen=True, slots=True)
class WorkingCities:
    """How many cities work on a goal, and the first of them or all."""

    total: int
    first: tuple[CityCount, ...]


@dataclass(frozen=True, slots=True)
class TermCount:
    """A challenge or technology: how many of a goal's initiatives have it, of all have it, and the lift.

    A lift of 2 says: twice as often with this goal as over the whole catalogue.
    """

    code: str
    label: str
    initiatives: int
    everywhere: int
    lift: float


@dataclass(frozen=True, slots=True)
class GoalProfile:
    """What a goal's page tells but for its cities.

    `by_evidence` runs over all levels, "0" to "5", then None for unknown; `by_year` over the start years that occur, in
    order, without unknown ones, which `without_year` counts.
    """

    initiatives: int
    targets: tuple[TargetCount, ...]
    by_evidence: dict[str | None, int]
    by_year: dict[int, int]
    without_year: int
    challenges: tuple[TermCount, ...]
    technologies: tuple[TermCount, ...]


def lift(both: int, one: int, other: int, of: int) -> float:
    """How many times more often two things go together than chance would have it: P(A and B) / (P(A) P(B)).

    After Brin and others, "Dynamic itemset counting" (SIGMOD 1997), who call it interest. 1 is independence; 0 where
    either never occurs.
    """
    return both * of / (one * other) if one and other else 0.0
