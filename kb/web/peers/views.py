"""Peers of a city and how they are computed, cities side by side, and the saved list with its brief."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.briefs import Brief
from kb.catalogue import queries
from kb.catalogue.entries import EntryKind
from kb.core.errors import NotFound
from kb.core.text import clean_line
from kb.peers.place_resolution import suggested

from ..core import context, pdf, redirects
from ..core.context import session
from ..core.formatting import today
from ..core.headers import as_attachment
from ..core.limits import client_address, spend
from .compare_page import cities_called, cities_nearly_called, city_meant, page_of_comparison
from .pages import (
    OFFERED,
    compare_link,
    page_of_challenges,
    page_of_method,
    page_of_peers,
    page_of_place_choice,
    peers_link,
    told_apart,
)
from .schemas import CompareQuery, CompareSchema, PeersQuery, ShortlistQuery, ShortlistSchema, peers_schema
from .shortlist_page import as_html, brief, page_of_shortlist, shortlist_link

peers_blueprint = Blueprint("peers", __name__)


@peers_blueprint.get("/peers")
def peers() -> ResponseReturnValue:
    """Peers of any of the 69,000 places, or the choice of one."""
    peers_query: PeersQuery = peers_schema().load(request.args)
    if peers_query.place_id is None:
        return _choose(peers_query)
    if peers_query.loose:
        return redirect(peers_link(peers_query, peers_query.place_id))
    try:
        return _answer(peers_query, peers_query.place_id)
    except NotFound:
        return _no_such_place(peers_query)


@peers_blueprint.get("/cities/<slug>/peers")
def city_peers(slug: str) -> ResponseReturnValue:
    """Peers of a city with a page, by its own record."""
    peers_query: PeersQuery = peers_schema().load(request.args)
    try:
        place_id = queries.place_of_city(session(), slug)
    except NotFound:
        if (gone := redirects.at(EntryKind.CITY, slug)) is not None:
            return gone
        typed = slug.replace("-", " ")
        problem = gettext("No city with a page is called “%(typed)s”. You can choose any place:", typed=typed)
        return _choose(replace(peers_query, typed=typed), problem), 404
    return redirect(peers_link(peers_query, place_id)) if peers_query.loose else _answer(peers_query, place_id)


@peers_blueprint.get("/peers/challenges")
def challenges() -> ResponseReturnValue:
    """The question what worries a place's leaders, before its peers are shown."""
    peers_query: PeersQuery = peers_schema().load(request.args)
    if peers_query.place_id is None:
        return redirect(url_for("peers.peers"))
    if peers_query.challenges:
        return redirect(peers_link(peers_query, peers_query.place_id))
    try:
        return page_of_challenges(session(), peers_query.place_id).render()
    except NotFound:
        return _no_such_place(peers_query)


@peers_blueprint.get("/places.json")
def places() -> Response:
    """Up to eight places that begin like what was typed, with country and people, as JSON."""
    matches = suggested(context.peers().gazetteer, clean_line(request.args.get("q", "")), OFFERED)
    response = jsonify(
        suggestions=[
            {
                "id": place.id,
                "label": place.name,
                "kind_label": told_apart(place, matches),
                "country": place.country_code,
                "url": url_for("peers.challenges", place=place.id),
            }
            for place in matches
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@peers_blueprint.get("/peers/method")
def method() -> str:
    """Variables, formulas, weights, sources and limits, with an example worked out from rows."""
    return page_of_method(session(), request.args).render()


def _answer(peers_query: PeersQuery, place_id: int) -> str:
    answer = context.peers().find(session(), peers_query.question(place_id))
    return page_of_peers(session(), peers_query, answer).render()


def _no_such_place(peers_query: PeersQuery) -> ResponseReturnValue:
    number = str(peers_query.place_id)
    return _choose(peers_query, gettext("There is no place with the number %(number)s.", number=number)), 404


def _choose(peers_query: PeersQuery, problem: str | None = None) -> str:
    return page_of_place_choice(session(), context.peers().gazetteer, peers_query, problem).render()


compare_blueprint = Blueprint("compare", __name__)


@compare_blueprint.get("/compare")
def compare() -> ResponseReturnValue:
    """Context, challenges, goals, visions, initiatives and costs per head of each city."""
    compare_query: CompareQuery = CompareSchema().load(request.args)
    if meant := city_meant(session(), compare_query.typed):
        return redirect(compare_link(dict.fromkeys([*compare_query.slugs, meant])))
    offered = cities_called(session(), compare_query.typed) or cities_nearly_called(session(), compare_query.typed)
    return page_of_comparison(session(), compare_query, offered).render()


@compare_blueprint.get("/compare/cities.json")
def cities() -> Response:
    """Up to eight cities with a page that begin like what was typed; each address adds one to the comparison."""
    compare_query: CompareQuery = CompareSchema().load(request.args)
    called = cities_called(session(), clean_line(request.args.get("q", "")))
    response = jsonify(
        suggestions=[
            {
                "label": place.name,
                "kind_label": told_apart(place, [place for _, place in called]),
                "url": compare_link(dict.fromkeys([*compare_query.slugs, slug])),
            }
            for slug, place in called
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


shortlist_blueprint = Blueprint("shortlist", __name__)


@shortlist_blueprint.get("/shortlist")
def shortlist() -> str:
    """The entries that the address names, each with its facts, and ways to add, take away, share and print."""
    shortlist_query: ShortlistQuery = ShortlistSchema().load(request.args)
    return page_of_shortlist(session(), shortlist_query).render()


@shortlist_blueprint.get("/shortlist/brief.html")
def brief_html() -> Response:
    """The brief as one file that needs nothing else, to keep or to send."""
    return _download(as_html(_brief()), "html", "text/html")


@shortlist_blueprint.get("/shortlist/brief.docx")
def brief_docx() -> Response:
    """The brief for word processors, to be edited before the meeting."""
    from kb.briefs import docx  # noqa: PLC0415 - its package takes long to import, and is seldom needed

    return _download(docx.parts(_brief()), "docx", docx.MIMETYPE)


@shortlist_blueprint.get("/shortlist/brief.pdf")
def brief_pdf() -> ResponseReturnValue:
    """The brief as PDF; where it cannot be made, the list's page says why."""
    try:
        spend(pdf.PDF_RATE, "pdf", client_address())
        html_file = shortlist_link([*request.args.items(multi=True)], "shortlist.brief_html")
        instead = html_file, gettext("Download the HTML file")
        made = pdf.pdf(as_html(_brief()), instead)
    except pdf.PdfUnavailable as problem:
        page = page_of_shortlist(session(), ShortlistSchema().load(request.args), problem.why)
        return page.render(), 503, {"Retry-After": "30"}
    return _download(made, "pdf", "application/pdf")


def _brief() -> Brief:
    """The brief that the address asks for."""
    return brief(session(), ShortlistSchema().load(request.args))


def _download(content: str | bytes | Iterator[bytes], ending: str, mimetype: str) -> Response:
    name = f"citypeers-brief-{today().isoformat()}.{ending}"
    response = as_attachment(Response(content, mimetype=mimetype), name)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


BLUEPRINTS = [peers_blueprint, compare_blueprint, shortlist_blueprint]
