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
    asked: CompareQuery = CompareSchema().load(request.args)
    if meant := city_meant(session(), asked.typed):
        return redirect(compare_link(dict.fromkeys([*asked.slugs, meant])))
    offered = cities_called(session(), asked.typed) or cities_nearly_called(session(), asked.typed)
    return render_template("peers/compare.html", **page_of_comparison(session(), asked, offered))


@blueprint.get("/compare/cities.json")
def cities() -> Response:
    """Up to eight cities with a page that begin like what was typed; each address adds one to the comparison."""
    asked: CompareQuery = CompareSchema().load(request.args)
    found = cities_called(session(), request.args.get("q", ""))
    response = jsonify(
        suggestions=[
            {
                "label": place.name,
                "kind_label": told_apart(place),
                "url": compare_link(dict.fromkeys([*asked.slugs, slug])),
            }
            for slug, place in found
        ]
    )
    response.headers["Cache-Control"] = "public, max-age=60"
    return response
