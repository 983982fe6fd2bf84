"""Visions: a page each."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from kb.catalogue import queries

from ...core import jsonld
from ...core.context import session
from ...core.links import search_link

blueprint = Blueprint("visions", __name__)


@blueprint.get("/visions")
def visions() -> Response:
    """All visions, by way of the search."""
    return redirect(search_link(kind="vision"))


@blueprint.get("/visions/<slug>")
def vision(slug: str) -> str:
    """A city's strategy, and the initiatives that carry it out."""
    entry = queries.vision_by_slug(session(), slug)
    query = queries.initiatives_of_vision(entry)
    return render_template(
        "catalogue/vision.html",
        vision=entry,
        initiatives=queries.initiative_cards(session(), query.limit(queries.SHOWN)),
        total=queries.count_initiatives(session(), query),
        jsonld=jsonld.vision(entry),
    )
