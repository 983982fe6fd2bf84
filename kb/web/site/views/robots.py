"""What robots and browsers read: robots.txt, the sitemap, and the description of the search for OpenSearch."""

from datetime import datetime

from flask import Blueprint, Response, render_template, url_for

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind
from kb.forum import queries as forum
from kb.search.facets import FACETS

from ...core.context import session
from ...core.links import absolute, link_to, link_to_entry

blueprint = Blueprint("robots", __name__)

_PAGES = (
    "home.home",
    "cities.cities",
    "goals.goals",
    "suggesting.suggest_goals",
    "challenges.challenges",
    "technologies.technologies",
    "peers.peers",
    "peers.method",
    "compare.compare",
    "maps.map",
    "forum.forum",
    "about.about",
)


Address = tuple[str, str | None]
"""A path, and the day of its last edit where one is known."""


def _answer(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything is open but combinations of filters, which are endless, and suggestions."""
    text = render_template("site/robots.txt", facets=FACETS, sitemap=absolute(url_for("robots.sitemap")))
    return _answer(text, "text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The sitemaps that there are: one of pages, and those of entries, by kind and by id."""
    sitemaps: list[Address] = [(url_for("robots.sitemap_of_pages"), None)]
    sitemaps += [
        (url_for("robots.sitemap_of_entries", kind=page.kind, first=page.first), _day(page.updated_at))
        for page in queries.address_pages(session())
    ]
    return _answer(render_template("site/sitemap_index.xml", sitemaps=sitemaps), "application/xml")


@blueprint.get("/sitemaps/pages.xml")
def sitemap_of_pages() -> Response:
    """Every page worth finding that is no entry."""
    addresses: list[Address] = [(url_for(page), None) for page in _PAGES]
    addresses += [(link_to(term), None) for term in queries.goals(session())]
    addresses += [(link_to(term), None) for term in queries.challenges(session())]
    addresses += [(link_to(term), None) for term in queries.technologies(session())]
    forum_sessions = session().scalars(forum.public_sessions())
    addresses += [(link_to(forum_session), _day(forum_session.updated_at)) for forum_session in forum_sessions]
    return _answer(render_template("site/sitemap.xml", addresses=addresses), "application/xml")


@blueprint.get("/sitemaps/<entry_kind:kind>-<int:first>.xml")
def sitemap_of_entries(kind: EntryKind, first: int) -> Response:
    """Entries of a kind, ids in a range from `first`, with the day of their last edit; a city's peers beside it."""
    entries = queries.entry_addresses(session(), kind, first)
    addresses: list[Address] = [(link_to_entry(kind, slug), _day(updated_at)) for slug, updated_at in entries]
    if kind == "city":
        addresses += [(url_for("peers.city_peers", slug=slug), None) for slug, _ in entries]
    return _answer(render_template("site/sitemap.xml", addresses=addresses), "application/xml")


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """How a browser's address bar can search here."""
    return _answer(render_template("site/opensearch.xml"), "application/opensearchdescription+xml")
