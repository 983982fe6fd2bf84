"""What the public pages of entries and terms show."""

from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, ClassVar, NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.arrays import CatalogueSnapshot
from kb.catalogue.choices import city_size
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import (
    Aim,
    Challenge,
    City,
    Goal,
    Initiative,
    Leader,
    LeaderTerm,
    Outcome,
    Source,
    Technology,
    Vision,
)
from kb.catalogue.queries import CityName, CityOnMap, InitiativeCard
from kb.forum.models import ForumSession, Question, Slot
from kb.peers.answers import PeerAnswer
from kb.peers.place_context import PlaceContext
from kb.peers.similar_initiatives import SimilarInitiative, SuitedCity
from kb.questions.models import CityAnswer
from kb.questions.queries import OpenAndAnswerTime

from ..core import context, jsonld
from ..core.jsonld import JSONLD
from ..core.language import translated
from ..core.pages import Page
from ..core.paging import Pages, last_page, pages_of
from .evidence import Claim, NumberedSource, OutcomeChange, key_outcomes, numbered_sources, outcome_changes
from .locator_map import LocatorMap, locator_map

CITIES_A_PAGE = 200

Facts = Mapping[str, Callable[[Any], Any]]
"""By the codes of the list "unpublished", what a page has of each: None or empty where it is not on record."""


@dataclass(frozen=True, kw_only=True)
class EntryPage(Page, ABC):
    """The page of an entry; a preview of it has nothing but the entry, and a way back.

    `facts` are what a reader may expect on the page.
    """

    kind: ClassVar[EntryKind]
    facts: ClassVar[Facts]
    entry: Any
    jsonld: JSONLD | None = None
    preview: bool = False
    back: str | None = None

    def _cited(self) -> Iterable[tuple[Source, str | None]]:
        """The sources of the whole entry, with how it cites them."""
        return [(source, None) for source in self.entry.sources]

    def _claims(self) -> Sequence[Claim]:
        """What the page says with a source of its own."""
        return ()

    @property
    def sources(self) -> tuple[NumberedSource, ...]:
        """The numbered list at the end of the page."""
        return numbered_sources(self._cited(), self._claims())

    @property
    def unpublished(self) -> list[str]:
        """Codes of what is not on record; the page leaves it out and names it in one line."""
        return [code for code, read in self.facts.items() if read(self) in (None, "", [], ())]


@dataclass(frozen=True, kw_only=True)
class InitiativePage(EntryPage):
    """An initiative, initiatives like it, cities it may suit, and what was said of it in the forum."""

    kind = EntryKind.INITIATIVE
    template = "catalogue/initiative.html"
    facts: ClassVar[Facts] = {
        "start_year": attrgetter("entry.start_year"),
        "end_year": lambda page: page.entry.end_year or page.entry.stage not in {"completed", "discontinued"} or None,
        "scale": attrgetter("entry.scale"),
        "leader": attrgetter("entry.leader"),
        "vision": attrgetter("entry.vision"),
        "problem": attrgetter("entry.problem"),
        "action": attrgetter("entry.action"),
        "beneficiaries": attrgetter("entry.beneficiaries"),
        "partners": attrgetter("entry.partners"),
        "technologies": attrgetter("entry.technologies"),
        "results": lambda page: page.entry.results or page.results,
        "evidence": attrgetter("entry.evidence_level"),
        "cost": attrgetter("entry.cost_amount"),
        "funding": attrgetter("entry.funding"),
        "procurement": attrgetter("entry.procurement"),
        "mandate": attrgetter("entry.needs_mandate"),
        "staff": attrgetter("entry.needs_staff"),
        "time": attrgetter("entry.needs_months"),
        "prerequisites": attrgetter("entry.needs_prerequisites"),
        "lessons": attrgetter("entry.lessons"),
        "contact": attrgetter("entry.contact"),
        "sources": attrgetter("entry.citations"),
    }
    entry: Initiative
    similar: Sequence[SimilarInitiative] = ()
    suits: Sequence[SuitedCity] = ()
    talks: Sequence[Slot] = ()
    answers: Sequence[Question] = ()
    city_answers: Sequence[CityAnswer] = ()

    @property
    def results(self) -> list[Outcome]:
        """Outcomes that were measured or reported."""
        return [outcome for outcome in self.entry.outcomes if not outcome.is_target]

    @property
    def answered_since(self) -> int:
        """How many of the answers on the page came after it was last confirmed; of one that never was, all."""
        confirmed = self.entry.confirmed_on
        answers: list[Question | CityAnswer] = [*self.answers, *self.city_answers]
        moments = [answer.answered_at for answer in answers]
        return sum(confirmed is None or moment.date() > confirmed for moment in moments if moment)

    @property
    def promises(self) -> list[Outcome]:
        """Targets that were announced."""
        return [outcome for outcome in self.entry.outcomes if outcome.is_target]

    @property
    def changes(self) -> list[OutcomeChange]:
        """Results with a value before and after."""
        return outcome_changes(self.results)

    @property
    def leader_term(self) -> LeaderTerm | None:
        """The term of its leader that is told: in one of its cities, the one in which it began, else the latest."""
        terms = self.entry.leader.terms if self.entry.leader else []
        here = [term for term in terms if term.city in self.entry.cities] or terms
        year = self.entry.start_year
        began = [term for term in here if year and (term.start_year or year) <= year <= (term.end_year or year)]
        return next(iter(began or here), None)

    @property
    def key_outcomes(self) -> list[Outcome]:
        """The results that stand at the head of the page."""
        return key_outcomes(self.results)

    @property
    def locator(self) -> LocatorMap | None:
        """Where its cities are."""
        return locator_map(self.entry.cities)

    def _cited(self) -> Iterable[tuple[Source, str | None]]:
        return [(citation.source, citation.title) for citation in self.entry.citations]

    def _claims(self) -> Sequence[Claim]:
        # An outcome of a preview has no id yet.
        return [
            Claim(f"outcome-{number}", outcome.measure, outcome.source)
            for number, outcome in enumerate(self.results + self.promises, 1)
        ]


@dataclass(frozen=True, kw_only=True)
class CityPage(EntryPage):
    """A city on the map, its leaders, visions and initiatives, its peers, and what was said of it in the forum.

    `others` are the terms of people whose office did not lead it, such as ministers.
    `from_initiatives` are challenges that its initiatives take on and it has not named, each with how many of them do.
    """

    kind = EntryKind.CITY
    template = "catalogue/city.html"
    facts: ClassVar[Facts] = {
        "timezone": attrgetter("entry.place.timezone"),
        "leader_title": attrgetter("entry.leader_title"),
        "website": attrgetter("entry.website"),
        "challenges": attrgetter("entry.challenges"),
        "leaders": lambda page: list(page.leaders),
        "visions": lambda page: list(page.visions),
    }
    entry: City
    leaders: Sequence[LeaderTerm] = ()
    others: Sequence[LeaderTerm] = ()
    visions: Sequence[Vision] = ()
    initiatives: Sequence[InitiativeCard] = ()
    total: int = 0
    from_initiatives: Sequence[tuple[Challenge, int]] = ()
    goals: Sequence[Goal] = ()
    talks: Sequence[Slot] = ()
    answers: Sequence[Question] = ()
    city_answers: Sequence[CityAnswer] = ()
    times: OpenAndAnswerTime | None = None
    peers: PeerAnswer | None = None

    @property
    def locator(self) -> LocatorMap | None:
        """Where it is."""
        return locator_map([self.entry])

    @property
    def size(self) -> str | None:
        """The code of the size class of its population."""
        return city_size(self.entry.place.population)

    @property
    def place_context(self) -> PlaceContext:
        """What is known of its place."""
        return context.peers().place_contexts(context.session(), [self.entry.place_id]).get(self.entry.place_id, ())

    def _claims(self) -> Sequence[Claim]:
        named = [
            Claim(f"challenge-{link.challenge_code}", translated(link.challenge.label), link.source)
            for link in self.entry.challenges
        ]
        terms = [*self.leaders, *self.others]
        return (
            named
            + [Claim(f"term-{term.id}", term.leader.name, term.source) for term in terms]
            + [Claim(f"term-end-{term.id}", term.leader.name, term.end_source) for term in terms]
        )


@dataclass(frozen=True, kw_only=True)
class LeaderPage(EntryPage):
    """A leader, and the initiatives and sessions of the forum with the leader."""

    kind = EntryKind.LEADER
    template = "catalogue/leader.html"
    facts: ClassVar[Facts] = {
        "terms": attrgetter("entry.terms"),
        "term_starts": lambda page: all(term.start_year is not None for term in page.entry.terms) or None,
        "sources": lambda page: list(page.sources),
    }
    entry: Leader
    initiatives: Sequence[InitiativeCard] = ()
    total: int = 0
    sessions: Sequence[ForumSession] = ()

    def _cited(self) -> Iterable[tuple[Source, str | None]]:
        return ()

    def _claims(self) -> Sequence[Claim]:
        return [
            Claim(f"term-{end}{number}", f"{term.title}, {term.city.name}", source)
            for number, term in enumerate(self.entry.terms, 1)
            for end, source in (("", term.source), ("end-", term.end_source))
        ]


@dataclass(frozen=True, kw_only=True)
class VisionPage(EntryPage):
    """A strategy, and the initiatives that carry it out."""

    kind = EntryKind.VISION
    template = "catalogue/vision.html"
    facts: ClassVar[Facts] = {
        "adopted_year": attrgetter("entry.adopted_year"),
        "horizon_year": attrgetter("entry.horizon_year"),
        "goals": attrgetter("entry.goals"),
        "sources": attrgetter("entry.sources"),
    }
    entry: Vision
    initiatives: Sequence[InitiativeCard] = ()
    total: int = 0

    @property
    def locator(self) -> LocatorMap | None:
        """Where its city is."""
        return locator_map([self.entry.city])


def preview_page(kind: EntryKind, entry: Any, back: str) -> EntryPage:
    """The public page of an entry that is not published, with the path to go back to."""
    page_class = next(page for page in EntryPage.__subclasses__() if page.kind == kind)
    return page_class(entry=entry, preview=True, back=back)


@dataclass(frozen=True, kw_only=True)
class ChallengesPage(Page):
    """The challenges by dimension, with the number of initiatives by code."""

    template = "catalogue/challenges.html"
    challenges: Sequence[Challenge]
    aims: Sequence[Aim]
    per_challenge: Mapping[str, int]
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class ChallengePage(Page):
    """A challenge, the first initiatives that take it on, and the first cities that named it or work on it unnamed.

    Each with how many there are.
    """

    template = "catalogue/challenge.html"
    challenge: Challenge
    initiatives: Sequence[InitiativeCard]
    total: int
    cities: Sequence[CityName]
    total_cities: int
    cities_at_work: Sequence[CityName]
    total_at_work: int
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class TechnologiesPage(Page):
    """The technologies by group, with the number of initiatives by code."""

    template = "catalogue/technologies.html"
    technologies: Sequence[Technology]
    per_technology: Mapping[str, int]
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class TechnologyPage(Page):
    """A technology, and the first initiatives that use it, with how many there are."""

    template = "catalogue/technology.html"
    technology: Technology
    initiatives: Sequence[InitiativeCard]
    total: int
    jsonld: JSONLD


@dataclass(frozen=True, slots=True)
class CountryLink:
    """A country with cities: its name (English, to be translated), how many, and where in the list they begin."""

    name: str
    count: int
    url: str


class CountryName(NamedTuple):
    """A country's code and name (English, to be translated)."""

    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class CitiesPage(Page):
    """A page of the list of cities by country, each with the number of its initiatives."""

    template = "catalogue/cities.html"
    total: int
    pages: Pages
    link: str
    jumps: list[CountryLink]
    countries: list[tuple[CountryName, list[CityOnMap]]]
    unknown: list[tuple[str, str]]
    jsonld: JSONLD


def page_of_cities(
    session: Session, catalogue: CatalogueSnapshot, page: int, unknown: list[tuple[str, str]]
) -> CitiesPage:
    """The list of cities; a page beyond the last has none. `unknown` is what could not be read of the query."""
    names = queries.country_names(session)
    total = len(catalogue.cities)
    pages = pages_of(page, last_page(total, CITIES_A_PAGE), _link)
    rows = catalogue.city_rows_by_country(list(names))[(page - 1) * CITIES_A_PAGE :][:CITIES_A_PAGE]
    cities = catalogue.cities_of_rows(rows, names)
    return CitiesPage(
        total=total,
        pages=pages,
        link=_link(page),
        jumps=_jumps(names, catalogue.cities_per_country) if pages.last > 1 else [],
        countries=[
            (CountryName(code, names[code]), [city for _code, city in group])
            for code, group in groupby(zip(catalogue.countries_of(rows), cities, strict=True), key=itemgetter(0))
        ],
        unknown=unknown,
        jsonld=jsonld.collection("Cities", cities),
    )


def _jumps(names: Mapping[str, str], counts: Mapping[str, int]) -> list[CountryLink]:
    links = []
    before = 0
    # A page has several countries.
    link = cache(_link)
    for code, name in names.items():
        if count := counts.get(code, 0):
            links.append(CountryLink(name, count, f"{link(before // CITIES_A_PAGE + 1)}#{code}"))
            before += count
    return links


def _link(page: int) -> str:
    return url_for("cities.cities", page=page if page > 1 else None)
