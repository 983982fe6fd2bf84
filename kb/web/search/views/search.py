"""Searching: the page of results, and suggestions while typing."""

from flask import Blueprint, Response, jsonify, render_template, request

from kb.catalogue.entries import ENTRIES

from ...core import context
from ...core.language import translated
from ...core.links import link_to_suggestion
from .. import failed_searches
from ..results import kind_in_words, page_of_results
from ..schemas import LONGEST_QUESTION, SearchSchema, SuggestSchema

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def search() -> str:
    """A page of results with its facets; every state of it has an address."""
    question, refused = SearchSchema().read(request.args)
    answer = context.search().answer(context.session(), question)
    failed_searches.count_if_empty(answer)
    is_cut = len(request.args.get("q", "").strip()) > LONGEST_QUESTION
    return render_template(
        "search/search.html", **page_of_results(answer, refused), cut=LONGEST_QUESTION if is_cut else None
    )


@blueprint.get("/suggest")
def suggest() -> Response:
    """Up to eight entries or challenges that begin like what was typed, as JSON."""
    typed = SuggestSchema().load(request.args)["q"]
    suggestions = context.search().suggest(context.session(), typed) if typed else []
    response = jsonify(
        suggestions=[
            {
                "label": suggestion.label if suggestion.kind in ENTRIES else translated(suggestion.label),
                "kind": suggestion.kind,
                "kind_label": kind_in_words(suggestion.kind),
                "url": link_to_suggestion(suggestion),
            }
            for suggestion in suggestions
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=60"
    return response
