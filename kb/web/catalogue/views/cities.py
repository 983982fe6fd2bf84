"""Cities: the list in pages, and a page each."""

from flask import Blueprint, render_template, request

from kb.catalogue import queries
from kb.forum import queries as forum
from kb.peers.answers import PeerQuestion

from ...core import context, jsonld, world_map
from ...core.context import session
from ...search.results import named
from ..city_list import page_of_cities
from ..schemas import CitiesSchema

blueprint = Blueprint("cities", __name__)

_PEERS_SHOWN = 4


@blueprint.get("/cities")
def cities() -> str:
    """All cities by country, in pages."""
    asked, refused = CitiesSchema().read(request.args)
    return render_template("catalogue/cities.html", **page_of_cities(session(), asked["page"]), unknown=named(refused))


@blueprint.get("/cities/<slug>")
def city(slug: str) -> str:
    """A city's context, its challenges, its leaders and visions, and what it did."""
    entry = queries.city_by_slug(session(), slug)
    query = queries.initiatives_of_city(entry)
    return render_template(
        "catalogue/city.html",
        city=entry,
        frame=world_map.surroundings(entry.place.latitude, entry.place.longitude),
        point=world_map.project(entry.place.latitude, entry.place.longitude),
        terms=queries.terms_in_city(session(), entry),
        visions=queries.vision_cards(session(), queries.visions_of_city(entry)),
        initiatives=queries.initiative_cards(session(), query.limit(queries.SHOWN)),
        total=queries.count_initiatives(session(), query),
        goals=queries.goals_of_city(session(), entry),
        talks=forum.talks_of_city(session(), entry),
        answers=forum.answers_about_city(session(), entry.id),
        peers=context.peers().find(session(), PeerQuestion(entry.place_id, limit=_PEERS_SHOWN, beside=0)),
        jsonld=jsonld.city(entry),
    )
