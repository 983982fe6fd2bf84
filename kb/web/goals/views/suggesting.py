"""Suggestions of goals: a text is pasted, goals and targets come out with the words they rest on; nothing is kept."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError

from kb.catalogue import queries as catalogue
from kb.goals import published_accuracy, queries
from kb.goals.suggestions import Suggestions, suggest

from ...core import limits
from ...core.context import session
from .. import pages
from ..highlights import marked_pieces
from ..schemas import LONGEST_TEXT, TextSchema, plain

blueprint = Blueprint("suggesting", __name__)

RATE = "60 per minute"
"""How often one address may ask: each answer takes a processor some 10 to 100 ms."""


@blueprint.get("/goals/suggest")
def suggest_goals() -> str:
    """The empty form, how suggestions are made, and how good they are."""
    return _page()


@blueprint.post("/goals/suggest")
def suggest_goals_submit() -> ResponseReturnValue:
    """The goals and targets of a text; without a text, or with too much of it, the form again with what was typed."""
    try:
        text = TextSchema().load(request.form)
    except ValidationError as problem:
        return _page(text=plain(request.form.get("text", "")), problem=problem.messages_dict["_schema"][0]), 422
    limits.spend(RATE, "suggest goals", limits.client_address())
    suggestions = suggest(text)
    return _page(text=text, found=suggestions, **_answer(text, suggestions))


@blueprint.errorhandler(CSRFError)
def expired(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the form again, with a new one and with what was typed."""
    problem = gettext(
        "The form could not be told from a forged one: it is old, or your browser keeps no cookies here. "
        "Your text is still there; please press the button again."
    )
    return _page(text=plain(request.form.get("text", "")), problem=problem), 400


def _answer(text: str, suggestions: Suggestions) -> Mapping[str, Any]:
    """The text in pieces, and the rows that suggestions speak of."""
    return {
        "pieces": marked_pieces(text, suggestions),
        "goals": {goal.number: goal for goal in catalogue.goals(session())},
        "targets": queries.targets_by_code(session(), [target.code for target in suggestions.targets]),
    }


def _page(**more: Any) -> str:
    filled: dict[str, Any] = {"text": "", "found": None, "problem": None}
    return render_template(
        "goals/suggest.html", longest=LONGEST_TEXT, measured=published_accuracy, shown=pages, **filled | more
    )
