"""Cities side by side: up to five, by their pages."""

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ...core.context import session
from ..compare_page import cities_called, cities_nearly_called, city_meant, page_of_comparison
from ..peers_pages import compare_link, told_apart
from ..schemas import CompareQuery, CompareSchema

blueprint = Blueprint("compare", __name__)


@blueprint.get("/compare")
def compare() -> ResponseReturnValue:
    """Context, challenges, goals, visions, initiatives and costs per head of each city."""
    compare_query: CompareQuery = CompareSchema().load(request.args)
    if meant := city_meant(session(), compare_query.typed):
        return redirect(compare_link(dict.fromkeys([*compare_query.slugs, meant])))
    offered = cities_called(session(), compare_query.typed) or cities_nearly_called(session(), compare_query.typed)
    return render_template("peers/compare.html", **page_of_comparison(session(), compare_query, offered))


@blueprint.get("/compare/cities.json")
def cities() -> Response:
    """Up to eight cities with a page that begin like what was typed; each address adds one to the comparison."""
    compare_query: CompareQuery = CompareSchema().load(request.args)
    calleds = cities_called(session(), request.args.get("q", ""))
    response = jsonify(
        suggestions=[
            {
                "label": place.name,
                "kind_label": told_apart(place),
                "url": compare_link(dict.fromkeys([*compare_query.slugs, slug])),
            }
            for slug, place in calleds
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=60"
    return response
