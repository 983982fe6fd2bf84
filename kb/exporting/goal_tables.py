"""Tables of how many initiatives work for each goal, for two goals at once, and of goals that none works for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from kb.core.i18n import gettext_noop
from kb.goals.statistics import Gap, GoalCount, Matrix, Pair
from kb.search.facets import FACETS

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
            Field(
                name="times_expected",
                label=gettext_noop("Times expected"),
                explanation=gettext_noop("The initiatives, divided by the number expected."),
                type="number",
            ),
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
