"""The 17 goals: the list with what goes together and what is missing, a page each, and the same as files."""

from flask import Blueprint, Response, render_template, request

from kb.catalogue import queries as catalogue
from kb.catalogue.choices import EVIDENCE_LEVELS
from kb.goals import queries

from ...core import jsonld
from ...core.context import session
from .. import csv_files, pages
from ..schemas import BySchema

blueprint = Blueprint("goals", __name__)

SHOWN = 8
"""Initiatives on a goal's page: about as many as stand beside its targets; the rest is a search away."""


@blueprint.get("/goals")
def goals() -> str:
    """The goals with their counts, by region, income group or decade, together, and where none works for them."""
    entries = catalogue.goals(session())
    asked = BySchema().load(request.args)
    matrix = queries.matrix(session(), asked["by"])
    by_region = matrix if asked["by"] == "region" else queries.matrix(session(), "region")
    pairs = queries.pairs(session())
    return render_template(
        "goals/goals.html",
        goals=entries,
        counts={goal.number: goal for goal in matrix.goals},
        asked=asked,
        board=pages.matrix_table(matrix),
        pairs=pairs,
        labelled=queries.initiatives_with_goals(session()),
        missing=pages.missing_by_region(queries.gaps_in(by_region), matrix.goals),
        too_small=pages.too_small_to_tell(by_region, queries.ENOUGH),
        enough=queries.ENOUGH,
        total=catalogue.count_initiatives(session(), catalogue.initiatives()),
        shown=pages,
        jsonld={
            "@graph": [
                jsonld.term_set("Sustainable Development Goals", entries),
                jsonld.figures("Initiatives by goal", csv_files.ABOUT, csv_files.addresses()),
            ]
        },
    )


@blueprint.get("/goals.csv")
def counts_file() -> Response:
    """Initiatives by goal; with `by`, by region, income group or decade too."""
    if "by" not in request.args:
        return csv_files.counts(session())
    return csv_files.matrix(session(), BySchema().load(request.args)["by"])


@blueprint.get("/goals/together.csv")
def together_file() -> Response:
    """Goals that occur together, with their lift."""
    return csv_files.together(session())


@blueprint.get("/goals/missing.csv")
def missing_file() -> Response:
    """Goals that nobody works for in a region."""
    return csv_files.missing(session())


@blueprint.get("/goals/<int(min=1, max=17):number>")
def goal(number: int) -> str:
    """A goal: the initiatives that work for it, its targets, who works on it, how well it is shown, with what, when."""
    entry = catalogue.goal_by_number(session(), number)
    return render_template(
        "goals/goal.html",
        goal=entry,
        profile=queries.goal_profile(session(), number),
        initiatives=catalogue.initiative_cards(session(), catalogue.initiatives_addressing(number).limit(SHOWN)),
        levels=EVIDENCE_LEVELS,
        shown=pages,
        jsonld=jsonld.term(entry),
    )


@blueprint.get(f"/goals/<int(min=1, max=17):number>/<any({', '.join(csv_files.OF_A_GOAL)}):what>.csv")
def goal_file(number: int, what: str) -> Response:
    """What the page of a goal tells, as a file."""
    return csv_files.of_goal(queries.goal_profile(session(), number), number, what)
