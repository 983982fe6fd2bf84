"""What pages and papers of a session show beside its rows: who leads and who speaks, and a map of their cities."""

from collections.abc import Mapping
from typing import Any

from flask import render_template

from kb.catalogue.models import City
from kb.catalogue.queries import CityOnMap
from kb.forum.choices import LEADING_ROLES
from kb.forum.models import ForumSession
from kb.forum.rules import programme

from ..catalogue.map_page import DrawnMap
from ..core import pdf, world_map


def of_speakers(held: ForumSession) -> Mapping[str, Any]:
    """Who leads, who speaks, and where the cities lie for which they speak: `drawn` is None without any."""
    cities = cities_of(held)
    return {
        "leading": [one for one in held.speakers if one.role in LEADING_ROLES],
        "speaking": [one for one in held.speakers if one.role not in LEADING_ROLES],
        "drawn": drawn(cities) if cities else None,
    }


def cities_of(held: ForumSession) -> list[City]:
    """The cities with a page here for which somebody speaks, in the order of the speakers."""
    return list({one.city.id: one.city for one in held.speakers if one.city is not None}.values())


def drawn(cities: list[City]) -> DrawnMap:
    """Cities on the frame that holds them all, with names where there is room."""
    spots = [
        CityOnMap(city.slug, city.name, city.country.name, city.place.latitude, city.place.longitude, 1)
        for city in cities
    ]
    return DrawnMap(spots, world_map.frame_around((city.latitude, city.longitude) for city in spots))


def document(held: ForumSession) -> str:
    """The programme as one HTML file that needs nothing else."""
    return render_template(
        "forum/programme.html",
        held=held,
        programme=programme(held),
        **of_speakers(held),
        made_on=pdf.today(),
        style_element=pdf.style_element(),
    )
