"""Challenges: the list, and a page each."""

from flask import Blueprint, render_template

from kb.catalogue import queries

from ...core import jsonld
from ...core.context import session

blueprint = Blueprint("challenges", __name__)


@blueprint.get("/challenges")
def challenges() -> str:
    """The challenges by dimension, with how many initiatives take each on."""
    listed = queries.challenges(session())
    return render_template(
        "catalogue/challenges.html",
        challenges=listed,
        aims=queries.aims(session()),
        per_challenge=queries.initiatives_per_challenge(session()),
        jsonld=jsonld.term_set("Challenges of cities", listed),
    )


@blueprint.get("/challenges/<code>")
def challenge(code: str) -> str:
    """A challenge, the initiatives that take it on, and the cities that have named it."""
    entry = queries.challenge_by_code(session(), code)
    query = queries.initiatives_facing(code)
    cities = queries.cities_naming(code)
    return render_template(
        "catalogue/challenge.html",
        challenge=entry,
        initiatives=queries.initiative_cards(session(), query.limit(queries.SHOWN)),
        total=queries.count_initiatives(session(), query),
        cities=queries.city_cards(session(), cities.limit(queries.SHOWN)),
        total_cities=queries.count_cities(session(), cities),
        jsonld=jsonld.term(entry),
    )
