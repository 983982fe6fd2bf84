"""What the public pages of entries and terms show."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from flask import url_for
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import (
    Aim,
    Challenge,
    City,
    Country,
    Goal,
    Initiative,
    Leader,
    LeaderTerm,
    Outcome,
    Technology,
    Vision,
)
from kb.forum.models import ForumSession, Question, Slot
from kb.peers.answers import PeerAnswer
from kb.peers.similar_initiatives import SimilarInitiative, SuitedCity

from ..core import jsonld, world_map
from ..core.jsonld import JSONLD
from ..core.pages import Page
from ..core.paging import Pages, last_page, pages_of

CITIES_A_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class EntryPage(Page):
    """The page of an entry; a preview of it has nothing but the entry, and a way back."""

    kind: ClassVar[EntryKind]
    entry: Any
    jsonld: JSONLD | None = None
    preview: bool = False
    back: str | None = None


@dataclass(frozen=True, kw_only=True)
class InitiativePage(EntryPage):
    """An initiative, initiatives like it, cities it may suit, and what was said of it in the forum."""

    kind = EntryKind.INITIATIVE
    template = "catalogue/initiative.html"
    entry: Initiative
    similar: Sequence[SimilarInitiative] = ()
    suits: Sequence[SuitedCity] = ()
    talks: Sequence[Slot] = ()
    answers: Sequence[Question] = ()

    @property
    def results(self) -> list[Outcome]:
        """Outcomes that were measured or reported."""
        return [outcome for outcome in self.entry.outcomes if not outcome.is_target]

    @property
    def promises(self) -> list[Outcome]:
        """Targets that were announced."""
        return [outcome for outcome in self.entry.outcomes if outcome.is_target]


@dataclass(frozen=True, kw_only=True)
class CityPage(EntryPage):
    """A city on the map, its leaders, visions and initiatives, its peers, and what was said of it in the forum."""

    kind = EntryKind.CITY
    template = "catalogue/city.html"
    entry: City
    terms: Sequence[LeaderTerm] = ()
    visions: Sequence[Vision] = ()
    initiatives: Sequence[Initiative] = ()
    total: int = 0
    goals: Sequence[Goal] = ()
    talks: Sequence[Slot] = ()
    answers: Sequence[Question] = ()
    peers: PeerAnswer | None = None

    @property
    def frame(self) -> world_map.Frame:
        """The part of the world map around the city."""
        return world_map.surroundings(self.entry.place.latitude, self.entry.place.longitude)

    @property
    def point(self) -> tuple[float, float]:
        """The city on that map."""
        return world_map.project(self.entry.place.latitude, self.entry.place.longitude)


@dataclass(frozen=True, kw_only=True)
class LeaderPage(EntryPage):
    """A leader, and the initiatives and sessions of the forum with the leader."""

    kind = EntryKind.LEADER
    template = "catalogue/leader.html"
    entry: Leader
    initiatives: Sequence[Initiative] = ()
    total: int = 0
    sessions: Sequence[ForumSession] = ()


@dataclass(frozen=True, kw_only=True)
class VisionPage(EntryPage):
    """A strategy, and the initiatives that carry it out."""

    kind = EntryKind.VISION
    template = "catalogue/vision.html"
    entry: Vision
    initiatives: Sequence[Initiative] = ()
    total: int = 0


def preview_page(kind: EntryKind, entry: Any, back: str) -> EntryPage:
    """The public page of an entry that is not published, with the path to go back to."""
    page = next(page for page in EntryPage.__subclasses__() if page.kind is kind)
    return page(entry=entry, preview=True, back=back)


@dataclass(frozen=True, kw_only=True)
class ChallengesPage(Page):
    """The challenges by dimension, with the number of initiatives by code."""

    template = "catalogue/challenges.html"
    challenges: Sequence[Challenge]
    aims: Sequence[Aim]
    per_challenge: dict[str, int]
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class ChallengePage(Page):
    """A challenge, and the first initiatives and cities that face it, with how many there are."""

    template = "catalogue/challenge.html"
    challenge: Challenge
    initiatives: Sequence[Initiative]
    total: int
    cities: Sequence[City]
    total_cities: int
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class TechnologiesPage(Page):
    """The technologies by group, with the number of initiatives by code."""

    template = "catalogue/technologies.html"
    technologies: Sequence[Technology]
    per_technology: dict[str, int]
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class TechnologyPage(Page):
    """A technology, and the first initiatives that use it, with how many there are."""

    template = "catalogue/technology.html"
    technology: Technology
    initiatives: Sequence[Initiative]
    total: int
    jsonld: JSONLD


@dataclass(frozen=True, slots=True)
class CountryLink:
    """A country with cities: its name (English, to be translated), how many, and where in the list they begin."""

    name: str
    count: int
    url: str


@dataclass(frozen=True, kw_only=True)
class CitiesPage(Page):
    """A page of the list of cities by country, with the number of initiatives by the city's id."""

    template = "catalogue/cities.html"
    total: int
    pages: Pages
    link: str
    jumps: list[CountryLink]
    countries: list[tuple[Country, list[City]]]
    per_city: dict[int, int]
    unknown: list[tuple[str, str]]
    jsonld: JSONLD


def page_of_cities(session: Session, page: int, unknown: list[tuple[str, str]]) -> CitiesPage:
    """The list of cities; a page beyond the last has none. `unknown` is what could not be read of the query."""
    countries = queries.cities_per_country(session)
    total = sum(count for _code, _name, count in countries)
    pages = pages_of(page, last_page(total, CITIES_A_PAGE), _link)
    shown = queries.cities_by_country().offset((page - 1) * CITIES_A_PAGE).limit(CITIES_A_PAGE)
    cities = queries.city_cards(session, shown) if page <= pages.last else []
    return CitiesPage(
        total=total,
        pages=pages,
        link=_link(page),
        jumps=_jumps(countries) if pages.last > 1 else [],
        countries=[(country, list(group)) for country, group in groupby(cities, key=lambda city: city.country)],
        per_city=queries.initiatives_per_city(session, cities),
        unknown=unknown,
        jsonld=jsonld.collection("Cities", cities),
    )


def _jumps(countries: list[tuple[str, str, int]]) -> list[CountryLink]:
    links = []
    before = 0
    for code, name, count in countries:
        links.append(CountryLink(name, count, f"{_link(before // CITIES_A_PAGE + 1)}#{code}"))
        before += count
    return links


def _link(page: int) -> str:
    return url_for("cities.cities", page=page if page > 1 else None)
