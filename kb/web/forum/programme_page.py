"""What pages and papers of a session show beside its rows: who leads and who speaks, and a map of their cities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from kb.catalogue.models import City
from kb.catalogue.queries import CityOnMap
from kb.forum.choices import LEADING_ROLES
from kb.forum.models import ForumSession, Speaker
from kb.forum.rules import Timed, programme

from ..catalogue.map_page import DrawnMap
from ..core import pdf, world_map
from ..core.pages import Page


def leading(forum_session: ForumSession) -> list[Speaker]:
    """Those who lead a session."""
    return [speaker for speaker in forum_session.speakers if speaker.role in LEADING_ROLES]


def speaking(forum_session: ForumSession) -> list[Speaker]:
    """Those who speak at a session and do not lead it."""
    return [speaker for speaker in forum_session.speakers if speaker.role not in LEADING_ROLES]


def cities_of(forum_session: ForumSession) -> list[City]:
    """The cities with a page here for which somebody speaks, in the order of the speakers."""
    return list(
        {speaker.city.id: speaker.city for speaker in forum_session.speakers if speaker.city is not None}.values()
    )


def drawn(cities: list[City]) -> DrawnMap | None:
    """Cities on the frame that holds them all, with names where there is room; None without any."""
    if not cities:
        return None
    spots = [
        CityOnMap(city.slug, city.name, city.country.name, city.place.latitude, city.place.longitude, 0)
        for city in cities
    ]
    return DrawnMap(spots, world_map.frame_around((city.latitude, city.longitude) for city in spots))


@dataclass(frozen=True, kw_only=True)
class ProgrammePage(Page):
    """The programme as one HTML file that needs nothing else."""

    template = "forum/programme.html"
    forum_session: ForumSession
    programme: Sequence[Timed]
    leading: Sequence[Speaker]
    speaking: Sequence[Speaker]
    made_on: date
    style_element: Markup


def document(forum_session: ForumSession) -> str:
    """The programme of a session, on paper."""
    page = ProgrammePage(
        forum_session=forum_session,
        programme=programme(forum_session),
        leading=leading(forum_session),
        speaking=speaking(forum_session),
        made_on=pdf.today(),
        style_element=pdf.style_element(),
    )
    return page.render()
