"""Peers: the cities most like one, why they are, what they did, and how all that is computed."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind
from kb.core.errors import NotFound
from kb.peers.method import METHOD

from ...core import context, redirects
from ...core.context import session
from ..method_page import example_for
from ..peers_pages import OFFERED, choices_for, page_of_peers, peers_link, told_apart
from ..schemas import PeersQuery, PeersSchema

blueprint = Blueprint("peers", __name__)


@blueprint.get("/peers")
def peers() -> ResponseReturnValue:
    """Peers of any of the 34,000 places, or the choice of one."""
    peers_query: PeersQuery = PeersSchema().load(request.args)
    if peers_query.place_id is None:
        return _choose(peers_query)
    if peers_query.loose:
        return redirect(peers_link(peers_query, peers_query.place_id))
    try:
        return _answer(peers_query, peers_query.place_id)
    except NotFound:
        return _choose(
            peers_query, gettext("There is no place with the number %(number)s.", number=str(peers_query.place_id))
        ), 404


@blueprint.get("/cities/<slug>/peers")
def city_peers(slug: str) -> ResponseReturnValue:
    """Peers of a city with a page, by its own record."""
    peers_query: PeersQuery = PeersSchema().load(request.args)
    try:
        place_id = queries.place_of_city(session(), slug)
    except NotFound:
        if (gone := redirects.at(EntryKind.CITY, slug)) is not None:
            return gone
        typed = slug.replace("-", " ")
        problem = gettext("No city with a page here is called “%(typed)s”. Any place may be the start:", typed=typed)
        return _choose(replace(peers_query, typed=typed), problem), 404
    return redirect(peers_link(peers_query, place_id)) if peers_query.loose else _answer(peers_query, place_id)


@blueprint.get("/places.json")
def places() -> Response:
    """Up to eight places that begin like what was typed, with country and people, as JSON."""
    typed = request.args.get("q", "").replace("\0", " ").strip()
    place_matches = context.peers().gazetteer.matching(typed, OFFERED)
    response = jsonify(
        suggestions=[
            {
                "id": place.id,
                "label": place.name,
                "kind_label": told_apart(place),
                "url": url_for("peers.peers", place=place.id),
            }
            for place in place_matches
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.get("/peers/method")
def method() -> str:
    """Variables, formulas, weights, sources and limits, with an example worked out from rows."""
    example, notes = example_for(session(), request.args)
    return render_template("peers/method.html", method=METHOD, example=example, notes=notes, own=not request.args)


def _answer(peers_query: PeersQuery, place_id: int) -> str:
    answer = context.peers().find(session(), peers_query.question(place_id))
    return render_template("peers/peers.html", **page_of_peers(session(), peers_query, answer))


def _choose(peers_query: PeersQuery, problem: str | None = None) -> str:
    choices = choices_for(context.peers().gazetteer, peers_query.typed)
    return render_template(
        "peers/start.html",
        problem=problem,
        told_apart=told_apart,
        link_to_peers=partial(peers_link, peers_query),
        **choices,
    )
