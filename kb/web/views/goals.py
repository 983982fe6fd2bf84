"""The 17 goals: the list, and a page each with its targets."""

from flask import Blueprint, render_template

from kb.catalogue import queries

from .. import structured
from ..current import session

blueprint = Blueprint("goals", __name__)


@blueprint.get("/goals")
def goals() -> str:
    """The goals, with how many initiatives work for each."""
    return render_template(
        "goals.html", goals=queries.goals(session()), per_goal=queries.initiatives_per_goal(session())
    )


@blueprint.get("/goals/<int(min=1, max=17):number>")
def goal(number: int) -> str:
    """A goal, its targets, and the initiatives that work for it."""
    entry = queries.goal_by_number(session(), number)
    return render_template(
        "goal.html",
        goal=entry,
        per_target=queries.initiatives_per_target(session()),
        initiatives=queries.initiative_cards(session(), queries.initiatives_addressing(number).limit(queries.SHOWN)),
        total=queries.how_many(session(), queries.initiatives_addressing(number)),
        jsonld=structured.term(entry),
    )
