"""Searching: the page of results, and suggestions while typing; searches that find nothing are counted for editors."""

import re
from functools import partial

import structlog
from flask import Blueprint, Response, after_this_request, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kb.catalogue.entries import ENTRIES
from kb.core.database_errors import DatabaseUnavailable
from kb.core.db import Database
from kb.core.error_traces import described
from kb.editorial.failed_searches import record_failed_search
from kb.search.facets import FACETS
from kb.search.results import Results

from .. import page_caching
from ..core import context, errors
from ..core.labels import label
from ..core.language import translated
from ..core.links import link_to_entry, link_to_suggestion
from ..core.query_schemas import QuerySchema, Several, Text
from ..core.search_schema import LONGEST_QUESTION, note_shown_search, requested_search
from .places import PlaceFound, countries_near, places_beginning, places_named
from .results import page_of_results, page_without_database
from .terms import filters_named, terms_named

MOST_SUGGESTIONS = 8


class UnfoldedSchema(QuerySchema):
    """`more`: the facets of which every value is to be shown; others than there are change nothing."""

    more = Several(load_default=list)


class SuggestSchema(QuerySchema):
    """`q`: what was typed so far."""

    q = Text(load_default="")


log = structlog.get_logger()

_ROBOTS = re.compile(r"bot|crawl|spider|slurp|preview|fetch|curl|wget|python|java|http|scan|monitor", re.IGNORECASE)


def count_if_empty(answer: Results) -> None:
    """Count the question of an answer that is empty, if a person asked it and no filter is to blame.

    Only the folded words and the day are kept (see `kb.editorial.failed_searches`).
    """
    question = answer.question
    narrowed = any(question.chosen.values()) or question.page > 1
    if answer.total or narrowed or not question.text.strip() or answer.only_stop_words or _is_robot():
        return
    page_caching.keep_out_of_caches()
    counting = partial(_count, context.database(), question.text)

    @after_this_request
    def _count_later(response: Response) -> Response:
        response.call_on_close(counting)
        return response


def _is_robot() -> bool:
    """Whether a program asks; one that does not say what it is is taken for one."""
    agent = request.user_agent.string
    return request.method == "HEAD" or not agent or bool(_ROBOTS.search(agent))


def _count(database: Database, text: str) -> None:
    """A question more or less is never worth an error."""
    try:
        with database.writing() as session:
            record_failed_search(session, text)
    except SQLAlchemyError as problem:
        log.warning("a search in vain was not counted", problem=described(problem))


blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def search() -> str:
    """A page of results with its facets; every state of it has an address."""
    question, refused = requested_search()
    answer = context.search().answer(context.session(), question)
    note_shown_search(question.without(answer.unknown))
    count_if_empty(answer)
    # Filters and later pages show more of the same question.
    is_first = question.text and not question.chosen and question.page == 1
    places = places_named(context.session(), question.text) if is_first else []
    filters = filters_named(context.session(), context.search(), question.text) if is_first else None
    is_named = is_first and not filters
    terms = terms_named(context.session(), context.search(), question.text, answer.total) if is_named else []
    is_cut = len(request.args.get("q", "").strip()) > LONGEST_QUESTION
    unfolded = [field for field in UnfoldedSchema().load(request.args)["more"] if field in FACETS]
    near = countries_near(context.session(), answer.empty_country)
    return page_of_results(
        answer,
        refused=refused,
        cut=LONGEST_QUESTION if is_cut else None,
        places=places,
        unfolded=unfolded,
        countries_near=near,
        terms=terms,
        filters=filters,
    ).render()


@blueprint.errorhandler(DatabaseUnavailable)
@blueprint.errorhandler(PoolTimeout)
def search_without_database(problem: DatabaseUnavailable | PoolTimeout) -> ResponseReturnValue:
    """The results of the index alone, which says that it may be behind; the usual error page for all else."""
    if request.endpoint == "search.search":
        question, _ = requested_search()
        answer = context.search().answer_without_database(question)
        if answer is not None:
            page_caching.keep_out_of_caches()
            log.warning("searched without the database", problem=str(problem))
            return page_without_database(answer).render(), 200, {"Cache-Control": "no-store"}
    return errors.unavailable(problem)


@blueprint.get("/suggest")
def suggest() -> Response:
    """Up to eight entries, terms or places that begin like what was typed, as JSON; places come last."""
    typed = SuggestSchema().load(request.args)["q"]
    suggestions = context.search().suggest(context.session(), typed) if typed else []
    known = {suggestion.key for suggestion in suggestions if suggestion.kind == "city"}
    places = [place for place in places_beginning(context.session(), typed) if place.slug not in known]
    entries = [
        {
            "label": suggestion.label if suggestion.kind in ENTRIES else translated(suggestion.label),
            "kind": suggestion.kind,
            "kind_label": label("kinds", suggestion.kind),
            "url": link_to_suggestion(suggestion),
        }
        for suggestion in suggestions[: MOST_SUGGESTIONS - len(places)]
    ]
    response = jsonify(suggestions=entries + [_place_suggestion(place) for place in places])
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _place_suggestion(place: PlaceFound) -> dict[str, str]:
    """A place that leads to its page, or to its peers where it has none."""
    return {
        "label": f"{place.name}, {place.country}",
        "kind": "city" if place.slug else "place",
        "kind_label": str(label("kinds", "city")) if place.slug else gettext("No page yet. See its peers"),
        "url": link_to_entry("city", place.slug) if place.slug else place.peers_url,
    }


BLUEPRINTS = [blueprint]
