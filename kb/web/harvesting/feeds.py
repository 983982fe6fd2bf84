"""Atom feeds: what came into the catalogue or was changed, for a search, a city, a challenge, a technology, a goal.

Pages of these tell the address of theirs.
"""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Flask, Response, request, url_for
from flask.typing import ResponseReturnValue

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.exporting.harvesting import atom
from kb.exporting.harvesting.news import CATEGORIES, Ids, NewsItem, ids_of_city, newest
from kb.search.facets import FILTERS
from kb.search.results import SearchQuery

from ..core import context, redirects
from ..core.context import session
from ..core.errors import plain_refusal
from ..core.headers import open_to_other_sites
from ..core.links import (
    absolute,
    below_site,
    current_path,
    link_to,
    link_to_entry,
    origin,
    path_to,
    search_link,
    search_parameters,
    site_address,
    with_query,
)
from ..core.search_schema import filter_where_none_is, refusal_in_words, search_schema, shown_search

blueprint = Blueprint("feeds", __name__)


@blueprint.before_request
def _only_a_search_has_filters() -> Response | None:
    """Refuse filters elsewhere, as unknown ones are: a feed without them would be of something else."""
    refused = None if request.endpoint == "feeds.search_feed" else filter_where_none_is(request.args)
    return None if refused is None else plain_refusal(refused)


@blueprint.get("/search.atom")
def search_feed() -> Response:
    """What is new or changed among all that a search finds; its address is that of the page."""
    question, refused = search_schema().read(request.args)
    question = replace(question, sort="relevance", page=1)
    found = context.search().matching_ids(session(), question)
    if refused or found.unknown:
        return plain_refusal(refusal_in_words((*refused, *found.unknown)))
    page = search_link(question)
    name = below_site(page).removeprefix("/")
    return _answer(name, f"CityPeers: {_in_words(question)}", page, found.ids)


@blueprint.get("/cities/<slug>.atom")
def city_feed(slug: str) -> ResponseReturnValue:
    """What is new or changed of a city: its page, its initiatives, leaders and strategies."""
    try:
        city = queries.city_by_slug(session(), slug)
    except NotFound:
        former = redirects.at(EntryKind.CITY, slug, ending=".atom")
        if former is None:
            raise
        return former
    ids = ids_of_city(session(), context.catalogue(), city)
    return _answer(f"feed/city/{city.id}", f"CityPeers: {city.name}, {city.country.name}", link_to(city), ids)


@blueprint.get("/challenges/<code>.atom")
def challenge_feed(code: str) -> Response:
    """What is new or changed that takes on or names a challenge."""
    return _feed_of_term("challenge", code)


@blueprint.get("/technologies/<code>.atom")
def technology_feed(code: str) -> Response:
    """What is new or changed that uses a technology."""
    return _feed_of_term("technology", code)


@blueprint.get("/goals/<int(min=1, max=17):number>.atom")
def goal_feed(number: int) -> Response:
    """What is new or changed that works for a goal."""
    return _feed_of_term("goal", number)


def _feed_of_term(facet: str, key: str | int) -> Response:
    code = str(key)
    label = _labels()[facet].get(code)
    if label is None:
        raise NotFound(gettext_noop("There is no such entry in the catalogue."))
    found = context.search().matching_ids(session(), SearchQuery(chosen={facet: (code,)}))
    of = f"Goal {code}: {label}" if facet == "goal" else label
    return _answer(f"feed/{facet}/{code}", f"CityPeers: {of}", link_to_entry(facet, key), found.ids)


def _answer(name: str, title: str, page: str, ids: Ids) -> Response:
    items = newest(session(), context.catalogue(), ids, atom.MOST_ENTRIES)
    feed = atom.Feed(
        name=name,
        title=title,
        address=absolute(current_path(with_query=True)),
        page=absolute(page),
        site=f"{site_address()}/",
        items=items,
    )
    root = origin()
    text = atom.write_feed(feed, lambda item: root + _path(item), _labels(), root + url_for("search.search"))
    return open_to_other_sites(Response(text, content_type=f"{atom.MIMETYPE}; charset=utf-8"))


def _path(item: NewsItem) -> str:
    return link_to(item.thing) if item.slug is None else link_to_entry(item.kind, item.slug)


def _labels() -> dict[str, Mapping[str, str]]:
    labels = context.search().labels(session()).of
    return {facet: labels[facet] for facet in CATEGORIES}


def _in_words(question: SearchQuery) -> str:
    """A question as the title of its feed: “flood”; Goal: Clean water and sanitation."""
    parts = [f"“{question.text}”"] if question.text else []
    for facet, codes in question.chosen.items():
        labels = FILTERS[facet].labels(session())
        parts.append(f"{FILTERS[facet].label}: {', '.join(labels.get(code, code) for code in codes)}")
    return "; ".join(parts) or "everything"


_FEEDS: Mapping[str, str] = {
    "cities.city": "feeds.city_feed",
    "challenges.challenge": "feeds.challenge_feed",
    "technologies.technology": "feeds.technology_feed",
    "goals.goal": "feeds.goal_feed",
}
"""The feed of each page that is found by one value, which is that of the feed too."""


def feed_address() -> str | None:
    """The path of the feed of the page of this request; None where there is none."""
    endpoint = request.endpoint or ""
    if endpoint == "search.search":
        question = replace(shown_search(), sort="relevance", page=1)
        return with_query(path_to("feeds.search_feed"), search_parameters(question))
    if endpoint in _FEEDS:
        return url_for(_FEEDS[endpoint], **(request.view_args or {}))
    return None


def register(app: Flask) -> None:
    """Let templates ask for the feed of their page."""
    app.jinja_env.globals["feed_address"] = feed_address
