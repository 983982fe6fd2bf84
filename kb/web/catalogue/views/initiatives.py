"""Initiatives: one page each; the list of all is a search."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from kb.catalogue import queries
from kb.forum import queries as forum

from ...core import context, jsonld
from ...core.context import session
from ...core.links import search_link

blueprint = Blueprint("initiatives", __name__)

_ALIKE_SHOWN = 4


@blueprint.get("/initiatives")
def initiatives() -> Response:
    """All initiatives, by way of the search, where they can be narrowed."""
    return redirect(search_link(kind="initiative"))


@blueprint.get("/initiatives/<slug>")
def initiative(slug: str) -> str:
    """What was done, told in the order in which a mayor's adviser asks."""
    entry = queries.initiative_by_slug(session(), slug)
    return render_template(
        "catalogue/initiative.html",
        initiative=entry,
        results=[outcome for outcome in entry.outcomes if not outcome.is_target],
        promises=[outcome for outcome in entry.outcomes if outcome.is_target],
        similar=context.peers().similar(session(), entry, _ALIKE_SHOWN),
        suits=context.peers().suits(session(), entry, _ALIKE_SHOWN),
        talks=forum.talks_presenting(session(), entry),
        answers=forum.answers_about_initiative(session(), entry.id),
        jsonld=jsonld.initiative(entry),
    )
