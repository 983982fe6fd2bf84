"""Cities: the list, and a page each."""

from itertools import groupby

from flask import Blueprint, render_template

from kb.catalogue import queries

from .. import atlas, structured
from ..current import session

blueprint = Blueprint("cities", __name__)


@blueprint.get("/cities")
def cities() -> str:
    """All cities by country."""
    found = sorted(queries.city_cards(session(), queries.cities()), key=lambda city: (city.country.name, city.name))
    return render_template(
        "cities.html",
        total=len(found),
        countries=[(name, list(cities)) for name, cities in groupby(found, key=lambda city: city.country.name)],
        per_city=queries.initiatives_per_city(session()),
    )


@blueprint.get("/cities/<slug>")
def city(slug: str) -> str:
    """A city's context, its challenges, its leaders and visions, and what it did."""
    entry = queries.city_by_slug(session(), slug)
    initiatives = queries.initiative_cards(session(), queries.initiatives_of_city(entry))
    return render_template(
        "city.html",
        city=entry,
        frame=atlas.surroundings(entry.place.latitude, entry.place.longitude),
        point=atlas.project(entry.place.latitude, entry.place.longitude),
        terms=queries.terms_in_city(session(), entry),
        visions=queries.vision_cards(session(), queries.visions_of_city(entry)),
        initiatives=initiatives,
        goals=sorted({link.goal for one in initiatives for link in one.goals}, key=lambda goal: goal.number),
        jsonld=structured.city(entry),
    )
