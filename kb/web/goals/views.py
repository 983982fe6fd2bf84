"""The 17 goals: the list, a page each, the same as files; and suggestions of goals for a text that is pasted."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError

from kb.catalogue import queries as catalogue
from kb.catalogue.choices import EVIDENCE_LEVELS
from kb.catalogue.entries import EntryKind
from kb.goals import queries
from kb.goals.suggestions import suggest

from ..core import context, jsonld, limits
from ..core.context import session
from . import pages
from .schemas import AXES, BySchema, TextSchema, plain

goals_blueprint = Blueprint("goals", __name__)

SHOWN = 6
"""Initiatives on a goal's page: about as many as stand beside its targets; the rest is a search away."""


_ABOUT_FILES = (
    "How many initiatives of cities on record work for each of the Sustainable Development Goals, by region, income "
    "group of the country, size of the city and decade; which goals go together; and goals that none of a region works "
    "for."
)


@goals_blueprint.get("/goals")
def goals() -> ResponseReturnValue:
    """The goals with their counts; an address that divides them is that of their own page, as it once was of this."""
    if "by" in request.args:
        return redirect(url_for("goals.counts", by=request.args["by"]), 301)
    entries = catalogue.goals(session())
    page = pages.GoalsPage(
        goals=entries,
        counts=queries.initiatives_per_goal(context.counts()),
        jsonld={
            "@graph": [
                jsonld.term_set("Sustainable Development Goals", entries),
                jsonld.figures("Initiatives by goal", _ABOUT_FILES, _files_of_all_goals()),
            ]
        },
    )
    return page.render()


def _files_of_all_goals() -> dict[str, str]:
    """The CSV files about all goals, from name to path."""
    by_axis = {f"goals-by-{axis}": _csv_file("goals.counts", by=axis) for axis in AXES}
    return {
        "goals": _csv_file("goals.goals"),
        **by_axis,
        "goals-together": _csv_file("goals.together"),
        "goals-missing": _csv_file("goals.missing"),
    }


def _csv_file(page: str, **asked: Any) -> str:
    return url_for("files.list_file", page=page, suffix="csv", **asked)


@goals_blueprint.get("/goals/counts")
def counts() -> str:
    """Initiatives by goal and by region, income group, size of the city or decade."""
    query = BySchema().load(request.args)
    counts = context.counts()
    matrix = queries.matrix(session(), counts, query["by"])
    table = pages.matrix_table(matrix)
    page = pages.GoalCountsPage(
        query=query,
        ways=pages.ways(query["by"]),
        table=table,
        goal_bars=pages.goal_bars(matrix.goals),
        column_bars=pages.column_bars(table),
        total=counts.total(EntryKind.INITIATIVE),
    )
    return page.render()


@goals_blueprint.get("/goals/together")
def together() -> str:
    """Goals that initiatives work for together, and whether that is more often than expected."""
    counts = context.counts()
    pairs = queries.pairs(counts)
    page = pages.GoalsTogetherPage(
        goals={goal.number: goal for goal in queries.goal_counts(session(), counts)},
        common_pairs=pages.most_together(pairs),
        strong_pairs=pages.more_than_expected(pairs),
        labelled=queries.initiatives_with_goals(counts),
    )
    return page.render()


@goals_blueprint.get("/goals/missing")
def missing() -> str:
    """Goals that no initiative of a region works for."""
    by_region = queries.matrix(session(), context.counts(), "region")
    page = pages.MissingGoalsPage(
        missing=pages.missing_by_region(queries.gaps_in(by_region), by_region.goals),
        too_small=pages.too_small_to_tell(by_region, queries.ENOUGH),
        enough=queries.ENOUGH,
    )
    return page.render()


@goals_blueprint.get("/goals/<int(min=1, max=17):number>")
def goal(number: int) -> str:
    """A goal: the initiatives that work for it, its targets, who works on it, how well it is shown, with what, when."""
    entry = catalogue.goal_by_number(session(), number)
    counts = context.counts()
    profile = queries.goal_profile(session(), counts, number)
    arrays = context.catalogue()
    first = arrays.initiative_ids(arrays.initiative_rows(goal=number)[:SHOWN])
    page = pages.GoalPage(
        goal=entry,
        profile=profile,
        cities=queries.cities_working_on(session(), counts, number),
        initiatives=catalogue.initiative_cards_by_ids(session(), first),
        evidence_bars=pages.evidence_bars(number, profile, EVIDENCE_LEVELS),
        year_bars=pages.year_bars(number, profile),
        jsonld=jsonld.term(entry),
    )
    return page.render()


suggesting_blueprint = Blueprint("suggesting", __name__)


@suggesting_blueprint.get("/goals/suggest")
def suggest_goals() -> str:
    """The empty form, how suggestions are made, and how good they are."""
    return pages.SuggestGoalsPage().render()


@suggesting_blueprint.post("/goals/suggest")
def suggest_goals_submit() -> ResponseReturnValue:
    """The goals and targets of a text; without a text, or with too much of it, the form again with what was typed."""
    try:
        text = TextSchema().load(request.form)
    except ValidationError as problem:
        page = pages.SuggestGoalsPage(
            text=plain(request.form.get("text", "")), problem=problem.messages_dict["_schema"][0]
        )
        return page.render(), 422
    limits.spend(limits.GOAL_SUGGESTIONS, "suggest goals", limits.client_address())
    suggestions = suggest(text)
    page = pages.SuggestGoalsPage(
        text=text,
        suggestions=suggestions,
        pieces=pages.marked_pieces(text, suggestions),
        goals={goal.number: goal for goal in catalogue.goals(session())},
        targets=queries.targets_by_code(session(), [target.code for target in suggestions.targets]),
    )
    return page.render()


@suggesting_blueprint.errorhandler(CSRFError)
def expired(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the form again, with a new one and with what was typed."""
    problem = gettext(
        "The form is too old, or your browser does not accept cookies from this site. "
        "Your text is still there. Please press the button again."
    )
    return pages.SuggestGoalsPage(text=plain(request.form.get("text", "")), problem=problem).render(), 400


BLUEPRINTS = [goals_blueprint, suggesting_blueprint]
