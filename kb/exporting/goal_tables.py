"""Tables of how many initiatives work for each goal, for two at once, of goals that none works for, and of one goal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from kb.catalogue.choices import EVIDENCE_LEVELS
from kb.catalogue.counts import Counts
from kb.core.i18n import gettext_noop
from kb.goals import queries
from kb.goals.statistics import Gap, GoalCount, Matrix, Pair, TermCount
from kb.search.facets import FACETS

from .cells import Cell
from .plain_tables import PlainTable
from .releases.schemas import Field

_GOAL = Field(
    name="goal",
    label=gettext_noop("Goal"),
    explanation=gettext_noop("The number of the Sustainable Development Goal."),
    type="code",
    refers=("goals", "code"),
)
_GOAL_LABEL = _GOAL.of_label()
_WITH_GOAL = replace(_GOAL, name="with_goal", label=gettext_noop("Together with goal"))
_INITIATIVES = Field(name="initiatives", label=gettext_noop("Initiatives"), type="integer")
_ALL_INITIATIVES = Field(
    name="all_initiatives",
    label=gettext_noop("All initiatives"),
    explanation=gettext_noop("Of any goal or none, with the code before."),
    type="integer",
)
_TIMES_EXPECTED = Field(
    name="times_expected",
    label=gettext_noop("Times expected"),
    explanation=gettext_noop("The initiatives, divided by the number expected."),
    type="number",
)


def goals_table(goals: Sequence[GoalCount], address: str, made_on: date) -> PlainTable:
    """Initiatives by goal."""
    return PlainTable(
        name="goals",
        title="Initiatives by goal",
        address=address,
        made_on=made_on,
        fields=(_GOAL, _GOAL_LABEL, _INITIATIVES),
        rows=[(goal.number, goal.label, goal.initiatives) for goal in goals],
    )


def goals_by_table(matrix: Matrix, address: str, made_on: date) -> PlainTable:
    """Initiatives by goal and region, income group, size or decade, zeros included.

    `all_initiatives` counts those of the column.
    """
    codes = {column.code: column.label or column.code for column in matrix.columns if column.code is not None}
    column_of_code = Field(name=matrix.axis, label=FACETS[matrix.axis].label, type="code", values=codes)
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
    return PlainTable(
        name=f"goals-by-{matrix.axis}",
        title=f"Initiatives by goal and {matrix.axis}",
        address=address,
        made_on=made_on,
        fields=(
            _GOAL,
            _GOAL_LABEL,
            column_of_code,
            column_of_code.of_label(),
            _INITIATIVES,
            _ALL_INITIATIVES,
        ),
        rows=rows,
    )


def pairs_table(labels: Mapping[int, str], pairs: Sequence[Pair], address: str, made_on: date) -> PlainTable:
    """Every two goals that some initiative works for, with the number expected if they had no link."""
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
        for pair in pairs
    ]
    return PlainTable(
        name="goals-together",
        title="Goals that occur together",
        address=address,
        made_on=made_on,
        fields=(
            _GOAL,
            _GOAL_LABEL,
            _WITH_GOAL,
            _WITH_GOAL.of_label(),
            replace(_INITIATIVES, explanation=gettext_noop("Those that work for both goals.")),
            Field(
                name="expected",
                label=gettext_noop("Expected"),
                explanation=gettext_noop("How many would have both goals if there were no link between the two."),
                type="number",
            ),
            _TIMES_EXPECTED,
        ),
        rows=rows,
    )


def gaps_table(labels: Mapping[int, str], gaps: Sequence[Gap], address: str, made_on: date) -> PlainTable:
    """Goals that no initiative of a region works for, with how many the region and the goal have."""
    regions = {gap.region: gap.label for gap in gaps}
    region = Field(name="region", label=FACETS["region"].label, type="code", values=regions)
    return PlainTable(
        name="goals-missing",
        title="Goals without initiatives",
        address=address,
        made_on=made_on,
        fields=(
            _GOAL,
            _GOAL_LABEL,
            region,
            region.of_label(),
            Field(
                name="region_initiatives",
                label=gettext_noop("Initiatives of the region"),
                explanation=gettext_noop("Of any goal or none."),
                type="integer",
            ),
            Field(
                name="initiatives_elsewhere",
                label=gettext_noop("Initiatives elsewhere"),
                explanation=gettext_noop("Initiatives of other regions that work for the goal."),
                type="integer",
            ),
        ),
        rows=[(gap.goal, labels[gap.goal], gap.region, gap.label, gap.of, gap.elsewhere) for gap in gaps],
    )


_Rows = list[Sequence[Cell]]


def _targets(session: Session, counts: Counts, number: int) -> tuple[Sequence[Field], _Rows]:
    target = Field(name="target", label=FACETS["target"].label, type="code", refers=("targets", "code"))
    rows: _Rows = [
        (target_count.code, target_count.label, target_count.initiatives)
        for target_count in queries.target_counts(session, counts, number)
    ]
    return (target, target.of_label(), _INITIATIVES), rows


def _cities(session: Session, counts: Counts, number: int) -> tuple[Sequence[Field], _Rows]:
    city = Field(name="city", label=gettext_noop("City"), type="code", refers=("cities", "slug"))
    rows: _Rows = [
        (city_count.slug, city_count.name, city_count.country, city_count.initiatives)
        for city_count in queries.cities_working_on(session, counts, number, limit=None).first
    ]
    return (city, city.of_label(), Field(name="country", label=FACETS["country"].label), _INITIATIVES), rows


def _evidence(session: Session, counts: Counts, number: int) -> tuple[Sequence[Field], _Rows]:
    evidence = Field(name="evidence", label=FACETS["evidence"].label, type="code", values=EVIDENCE_LEVELS)
    rows: _Rows = [
        (level, EVIDENCE_LEVELS[level] if level is not None else "Not known", count)
        for level, count in queries.goal_profile(session, counts, number).by_evidence.items()
    ]
    return (evidence, evidence.of_label(), _INITIATIVES), rows


def _start_years(session: Session, counts: Counts, number: int) -> tuple[Sequence[Field], _Rows]:
    profile = queries.goal_profile(session, counts, number)
    rows: _Rows = [(year, str(year), count) for year, count in profile.by_year.items()]
    year = Field(name="start_year", label=gettext_noop("Start year"), type="year")
    return (year, year.of_label(), _INITIATIVES), [*rows, (None, "Not known", profile.without_year)]


def _challenges(session: Session, counts: Counts, number: int) -> tuple[Sequence[Field], _Rows]:
    return _terms("challenge", "challenges", queries.goal_profile(session, counts, number).challenges)


def _technologies(session: Session, counts: Counts, number: int) -> tuple[Sequence[Field], _Rows]:
    return _terms("technology", "technologies", queries.goal_profile(session, counts, number).technologies)


def _terms(name: str, table: str, term_counts: Sequence[TermCount]) -> tuple[Sequence[Field], _Rows]:
    term = Field(name=name, label=FACETS[name].label, type="code", refers=(table, "code"))
    rows: _Rows = [
        (term_count.code, term_count.label, term_count.initiatives, term_count.everywhere, round(term_count.lift, 4))
        for term_count in term_counts
    ]
    return (term, term.of_label(), _INITIATIVES, _ALL_INITIATIVES, _TIMES_EXPECTED), rows


PARTS_OF_A_GOAL: Mapping[str, Callable[[Session, Counts, int], tuple[Sequence[Field], _Rows]]] = {
    "targets": _targets,
    "cities": _cities,
    "evidence": _evidence,
    "time": _start_years,
    "challenges": _challenges,
    "technologies": _technologies,
}
"""What a goal's page tells, each as columns and rows under the name of its file."""


def part_of_goal_table(
    session: Session, counts: Counts, number: int, part: str, address: str, made_on: date
) -> PlainTable:
    """One of PARTS_OF_A_GOAL: initiatives that work for a goal, by something else."""
    fields, rows = PARTS_OF_A_GOAL[part](session, counts, number)
    return PlainTable(
        name=f"goal-{number}-{part}",
        title=f"Initiatives for goal {number} by {part}",
        address=address,
        made_on=made_on,
        fields=fields,
        rows=rows,
    )
