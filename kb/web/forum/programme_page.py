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


def of_speakers(forum_session: ForumSession) -> Mapping[str, Any]:
    """Who leads, who speaks, and where the cities lie for which they speak: `drawn` is None without any."""
    cities = cities_of(forum_session)
    return {
        "leading": [speaker for speaker in forum_session.speakers if speaker.role in LEADING_ROLES],
        "speaking": [speaker for speaker in forum_session.speakers if speaker.role not in LEADING_ROLES],
        "drawn": drawn(cities) if cities else None,
    }


def cities_of(forum_session: ForumSession) -> list[City]:
    """The cities with a page here for which somebody speaks, in the order of the speakers."""
    return list(
        {speaker.city.id: speaker.city for speaker in forum_session.speakers if speaker.city is not None}.values()
    )


def drawn(cities: list[City]) -> DrawnMap:
    """Cities on the frame that holds them all, with names where there is room."""
    spots = [
        CityOnMap(city.slug, city.name, city.country.name, city.place.latitude, city.place.longitude, 1)
        for city in cities
    ]
    return DrawnMap(spots, world_map.frame_around((city.latitude, city.longitude) for city in spots))


def document(forum_session: ForumSession) -> str:
    """The programme as one HTML file that needs nothing else."""
    return render_template(
        "forum/programme.html",
        held=forum_session,
        programme=programme(forum_session),
        **of_speakers(forum_session),
        made_on=pdf.today(),
        style_element=pdf.style_element(),
    )
