"""Tables of how many initiatives work for each goal: one row a count, zeros included."""

from collections.abc import Sequence
from datetime import date

from kb.core.i18n import gettext_noop
from kb.goals.statistics import GoalCount, Matrix
from kb.search.facets import FACETS

from .columns import LABEL_OF_CODE
from .plain_tables import PlainTable
from .releases.schemas import Field

_GOAL = Field(
    name="goal",
    label=gettext_noop("Goal"),
    explanation=gettext_noop("The number of the Sustainable Development Goal."),
    type="code",
    refers=("goals", "code"),
)
_GOAL_LABEL = Field(name="goal_label", label=_GOAL.label, explanation=LABEL_OF_CODE)
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
    """Initiatives by goal and region, income group, size or decade; `all_initiatives` counts those of the column."""
    label = FACETS[matrix.axis].label
    codes = {column.code: column.label or column.code for column in matrix.columns if column.code is not None}
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
            Field(name=matrix.axis, label=label, type="code", values=codes),
            Field(name=f"{matrix.axis}_label", label=label, explanation=LABEL_OF_CODE),
            _INITIATIVES,
            _ALL_INITIATIVES,
        ),
        rows=rows,
    )
