"""What pages and papers of a session show beside its rows: who leads and who speaks, and a map of their cities."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from markupsafe import Markup

from kb.catalogue.models import City
from kb.catalogue.queries import CityOnMap
from kb.forum.choices import LEADING_ROLES
from kb.forum.models import ForumSession, Speaker
from kb.forum.rules import Timed, programme

from ..catalogue.map_cities import FewCities
from ..catalogue.map_page import DrawnMap
from ..core import pdf, world_map
from ..core.formatting import today
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


class SmallMap(DrawnMap):
    """A map beside a text: a name that would leave the frame on one side of its circle stands on the other."""

    @cached_property
    def narrow_marks(self) -> list[world_map.Mark]:
        """The circles, with their names inside the frame."""
        return [self._within(mark) for mark in super().narrow_marks]

    def _within(self, mark: world_map.Mark) -> world_map.Mark:
        reach = abs(mark.name_at) + _WIDTH_OF_A_LETTER * self.narrow_letters * len(mark.cities[0].name)
        left, right = self.frame.left, self.frame.left + self.frame.width
        if mark.name_at > 0 and mark.x + reach > right:
            return replace(mark, name_at=-mark.name_at)
        return replace(mark, name_at=-mark.name_at) if mark.name_at < 0 and mark.x - reach < left else mark


_WIDTH_OF_A_LETTER = 0.55
"""Of the height of the letters, on average."""


def drawn(cities: list[City]) -> DrawnMap | None:
    """Cities on the frame that holds them all, with names where there is room; None without any."""
    if not cities:
        return None
    spots = [
        CityOnMap(city.slug, city.name, city.country.name, city.place.latitude, city.place.longitude, 0)
        for city in cities
    ]
    return SmallMap(FewCities(spots), world_map.frame_around((city.latitude, city.longitude) for city in spots))


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
        made_on=today(),
        style_element=pdf.style_element(),
    )
    return page.render()
