"""Figures of the goals' pages that are files in CSV alone: one row a count, with code and label of everything."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session

from kb.catalogue.choices import EVIDENCE_LEVELS
from kb.catalogue.counts import Counts
from kb.exporting.cells import Cell
from kb.goals import queries
from kb.goals.statistics import TermCount

from ..core.csv_export import csv_file
from .schemas import AXES

ABOUT = (
    "How many initiatives of cities on record work for each of the Sustainable Development Goals, by region, income "
    "group of the country, size of the city and decade; which goals go together; and goals that none of a region works "
    "for."
)

_Table = tuple[Sequence[str], list[Sequence[Cell]]]


def addresses() -> dict[str, str]:
    """The files about all goals, from name to path."""
    by_axis = {f"goals-by-{axis}": _list_file("goals.counts", by=axis) for axis in AXES}
    return {
        "goals": _list_file("goals.goals"),
        **by_axis,
        "goals-together": _list_file("goals.together"),
        "goals-missing": _list_file("goals.missing"),
    }


def _list_file(page: str, **asked: Any) -> str:
    return url_for("files.list_file", page=page, suffix="csv", **asked)


def _targets(session: Session, counts: Counts, number: int) -> _Table:
    rows: list[Sequence[Cell]] = [
        (target_count.code, target_count.label, target_count.initiatives)
        for target_count in queries.target_counts(session, counts, number)
    ]
    return ("target", "target_label", "initiatives"), rows


def _cities(session: Session, counts: Counts, number: int) -> _Table:
    rows: list[Sequence[Cell]] = [
        (city_count.slug, city_count.name, city_count.country, city_count.initiatives)
        for city_count in queries.cities_working_on(session, counts, number, limit=None).first
    ]
    return ("city", "city_label", "country", "initiatives"), rows


def _evidence(session: Session, counts: Counts, number: int) -> _Table:
    rows: list[Sequence[Cell]] = [
        (level, EVIDENCE_LEVELS[level] if level is not None else "Not known", count)
        for level, count in queries.goal_profile(session, counts, number).by_evidence.items()
    ]
    return ("evidence", "evidence_label", "initiatives"), rows


def _time(session: Session, counts: Counts, number: int) -> _Table:
    profile = queries.goal_profile(session, counts, number)
    rows: list[Sequence[Cell]] = [(year, str(year), count) for year, count in profile.by_year.items()]
    return ("start_year", "start_year_label", "initiatives"), [*rows, (None, "Not known", profile.without_year)]


def _challenges(session: Session, counts: Counts, number: int) -> _Table:
    return _terms("challenge", queries.goal_profile(session, counts, number).challenges)


def _technologies(session: Session, counts: Counts, number: int) -> _Table:
    return _terms("technology", queries.goal_profile(session, counts, number).technologies)


def _terms(name: str, term_counts: Sequence[TermCount]) -> _Table:
    rows: list[Sequence[Cell]] = [
        (term_count.code, term_count.label, term_count.initiatives, term_count.everywhere, round(term_count.lift, 4))
        for term_count in term_counts
    ]
    return (name, f"{name}_label", "initiatives", "all_initiatives", "times_expected"), rows


OF_A_GOAL: dict[str, Callable[[Session, Counts, int], _Table]] = {
    "targets": _targets,
    "cities": _cities,
    "evidence": _evidence,
    "time": _time,
    "challenges": _challenges,
    "technologies": _technologies,
}
"""What a goal's page tells, each as a table under the name of its file."""


def of_goal(session: Session, counts: Counts, number: int, what: str) -> Response:
    """One of OF_A_GOAL; the number stands in the file's name."""
    header, rows = OF_A_GOAL[what](session, counts, number)
    return csv_file(f"goal-{number}-{what}", header, rows)
