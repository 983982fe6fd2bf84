"""The figures of the goals' pages as CSV files: one row a count, zeros included, with code and label of everything."""

from collections.abc import Callable, Sequence

from flask import Response, url_for
from sqlalchemy.orm import Session

from kb.catalogue.choices import EVIDENCE_LEVELS
from kb.goals import queries
from kb.goals.statistics import Axis, GoalProfile, TermCount

from ..core.csv_export import Cell, csv_file
from .schemas import AXES

ABOUT = (
    "How many initiatives of cities on record work for each of the Sustainable Development Goals, by region, income "
    "group of the country and decade; which goals go together; and goals that none of a region works for."
)

_Table = tuple[Sequence[str], list[Sequence[Cell]]]


def addresses() -> dict[str, str]:
    """The files about all goals, from name to path."""
    by_axis = {f"goals-by-{axis}": url_for("goals.counts_file", by=axis) for axis in AXES}
    return {
        "goals": url_for("goals.counts_file"),
        **by_axis,
        "goals-together": url_for("goals.together_file"),
        "goals-missing": url_for("goals.missing_file"),
    }


def counts(session: Session) -> Response:
    """Initiatives by goal."""
    rows = [(goal.number, goal.label, goal.initiatives) for goal in queries.goal_counts(session)]
    return csv_file("goals", ("goal", "goal_label", "initiatives"), rows)


def matrix(session: Session, axis: Axis) -> Response:
    """Initiatives by goal and region, income group or decade; `all_initiatives` counts those of the column."""
    matrix = queries.matrix(session, axis)
    rows = [
        (
            goal.number,
            goal.label,
            column.code,
            column.label or "Not known",
            matrix.cells[goal.number, column.code],
            column.initiatives,
        )
        for goal in matrix.goals
        for column in matrix.columns
    ]
    header = ("goal", "goal_label", axis, f"{axis}_label", "initiatives", "all_initiatives")
    return csv_file(f"goals-by-{axis}", header, rows)


def together(session: Session) -> Response:
    """Every two goals that some initiative works for, with the number expected if they had no link."""
    labels = _labels(session)
    rows = [
        (
            pair.first,
            labels[pair.first],
            pair.second,
            labels[pair.second],
            pair.initiatives,
            round(pair.initiatives / pair.lift, 2),
            round(pair.lift, 4),
        )
        for pair in queries.pairs(session)
    ]
    header = ("goal", "goal_label", "with_goal", "with_goal_label", "initiatives", "expected", "times_expected")
    return csv_file("goals-together", header, rows)


def missing(session: Session) -> Response:
    """Goals that no initiative of a region works for, with how many the region and the goal have."""
    labels = _labels(session)
    rows = [(gap.goal, labels[gap.goal], gap.region, gap.label, gap.of, gap.elsewhere) for gap in queries.gaps(session)]
    header = ("goal", "goal_label", "region", "region_label", "region_initiatives", "initiatives_elsewhere")
    return csv_file("goals-missing", header, rows)


def _labels(session: Session) -> dict[int, str]:
    return {goal.number: goal.label for goal in queries.goal_counts(session)}


def _targets(profile: GoalProfile) -> _Table:
    rows: list[Sequence[Cell]] = [
        (target_count.code, target_count.label, target_count.initiatives) for target_count in profile.targets
    ]
    return ("target", "target_label", "initiatives"), rows


def _cities(profile: GoalProfile) -> _Table:
    rows: list[Sequence[Cell]] = [
        (city_count.slug, city_count.name, city_count.country, city_count.initiatives) for city_count in profile.cities
    ]
    return ("city", "city_label", "country", "initiatives"), rows


def _evidence(profile: GoalProfile) -> _Table:
    rows: list[Sequence[Cell]] = [
        (level, EVIDENCE_LEVELS[level] if level is not None else "Not known", count)
        for level, count in profile.by_evidence.items()
    ]
    return ("evidence", "evidence_label", "initiatives"), rows


def _time(profile: GoalProfile) -> _Table:
    rows: list[Sequence[Cell]] = [(year, str(year), count) for year, count in profile.by_year.items()]
    return ("start_year", "start_year_label", "initiatives"), [*rows, (None, "Not known", profile.without_year)]


def _terms(name: str, term_counts: Sequence[TermCount]) -> _Table:
    rows: list[Sequence[Cell]] = [
        (term_count.code, term_count.label, term_count.initiatives, term_count.everywhere, round(term_count.lift, 4))
        for term_count in term_counts
    ]
    return (name, f"{name}_label", "initiatives", "all_initiatives", "times_expected"), rows


OF_A_GOAL: dict[str, Callable[[GoalProfile], _Table]] = {
    "targets": _targets,
    "cities": _cities,
    "evidence": _evidence,
    "time": _time,
    "challenges": lambda profile: _terms("challenge", profile.challenges),
    "technologies": lambda profile: _terms("technology", profile.technologies),
}
"""What a goal's page tells, each as a table under the name of its file."""


def of_goal(profile: GoalProfile, number: int, what: str) -> Response:
    """One of OF_A_GOAL; the number stands in the file's name."""
    header, rows = OF_A_GOAL[what](profile)
    return csv_file(f"goal-{number}-{what}", header, rows)
