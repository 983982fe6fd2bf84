"""The first page: where to begin."""

from flask import Blueprint, render_template

from kb.catalogue import queries
from kb.core.column_types import now
from kb.forum import queries as forum

from ...catalogue.map_page import map_cache
from ...core import jsonld
from ...core.context import session

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> str:
    """Search, the map, the goals, the challenges, the forum, the newest initiatives and what stopped ones teach."""
    return render_template(
        "site/home.html",
        drawn=map_cache().drawn(session()),
        goals=queries.goals(session()),
        per_goal=queries.initiatives_per_goal(session()),
        challenges=queries.challenges(session()),
        aims=queries.aims(session()),
        per_challenge=queries.initiatives_per_challenge(session()),
        held=queries.statistics(session()),
        held_next=forum.next_session(session(), now()),
        newest=queries.initiative_cards(session(), queries.newest_initiatives().limit(6)),
        stopped=queries.initiative_cards(session(), queries.stopped_initiatives().limit(3)),
        jsonld=jsonld.website(),
    )
