"""Leaders: a page each."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from kb.catalogue import queries
from kb.forum import queries as forum

from ...core import jsonld
from ...core.context import session
from ...core.links import search_link

blueprint = Blueprint("leaders", __name__)


@blueprint.get("/leaders")
def leaders() -> Response:
    """All leaders, by way of the search."""
    return redirect(search_link(kind="leader"))


@blueprint.get("/leaders/<slug>")
def leader(slug: str) -> str:
    """A leader's terms of office, and the initiatives championed."""
    entry = queries.leader_by_slug(session(), slug)
    query = queries.initiatives_of_leader(entry)
    return render_template(
        "catalogue/leader.html",
        leader=entry,
        initiatives=queries.initiative_cards(session(), query.limit(queries.SHOWN)),
        sessions=forum.sessions_with_leader(session(), entry),
        total=queries.count_initiatives(session(), query),
        jsonld=jsonld.leader(entry),
    )
