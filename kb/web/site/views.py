"""The first page, what is said of the data, and what robots and browsers read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, current_app, request, url_for
from sqlalchemy import Row

from kb.catalogue import queries
from kb.catalogue.arrays import CatalogueSnapshot
from kb.catalogue.choices import EVIDENCE_LEVELS, INCOME_GROUPS, UNKNOWN
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Challenge, Goal, Technology
from kb.catalogue.queries import Coverage, InitiativeCard, Restoration, Statistics, Yardsticks
from kb.core.column_types import now
from kb.core.i18n import gettext_noop
from kb.forum import queries as forum
from kb.forum.models import ForumSession
from kb.goals.queries import initiatives_per_goal
from kb.search.facets import FILTERS

from ..catalogue.map_page import DrawnMap, map_cache
from ..core import context, jsonld
from ..core.context import session
from ..core.jsonld import JSONLD
from ..core.links import absolute, link_to, link_to_entry, origin
from ..core.pages import Page
from ..page_caching import limit_validity
from . import health, operator

Address = tuple[str, str | None]
"""A path, and the day of its last edit where one is known."""


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """Where to begin: peers or the search; then the next session, new and stopped initiatives, map and goals."""

    template = "site/home.html"
    drawn: DrawnMap
    goals: Sequence[Goal]
    per_goal: dict[int, int]
    top_challenges: Sequence[Row[str, str, str]]
    statistics: Statistics
    next_session: ForumSession | None
    session_is_past: bool
    newest: Sequence[InitiativeCard]
    stopped: Sequence[InitiativeCard]
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class AboutPage(Page):
    """What the data cover."""

    template = "site/about.html"
    coverage: Coverage
    regions: Mapping[str, str]
    incomes: Sequence[str]
    unknown: str
    levels: Mapping[str, str]
    restoration: Restoration | None
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class RobotsPage(Page):
    """robots.txt: the filters that are not to be combined, and where the sitemap is."""

    template = "site/robots.txt"
    facets: Collection[str]
    sitemap: str

    @property
    def root(self) -> str:
        """The path of the site, which stands before each path."""
        return request.script_root


@dataclass(frozen=True, kw_only=True)
class SitemapPage(Page):
    """A sitemap."""

    template = "site/sitemap.xml"
    addresses: Sequence[Address]

    @property
    def root(self) -> str:
        """What stands before each path."""
        return origin()


@dataclass(frozen=True, kw_only=True)
class SitemapIndexPage(SitemapPage):
    """The sitemaps that there are."""

    template = "site/sitemap_index.xml"


@dataclass(frozen=True, kw_only=True)
class OpenSearchPage(Page):
    """How a browser can search here."""

    template = "site/opensearch.xml"


home_blueprint = Blueprint("home", __name__)

_TOP = 6
"""Challenges that the first page names."""

_NEWEST = _STOPPED = 3
"""Initiatives that it shows of either kind."""


@home_blueprint.get("/")
def home() -> str:
    """Peers and the search side by side, the forum, the newest initiatives, lessons of stopped ones, map and goals."""
    counts = context.counts()
    per_challenge = counts.by(EntryKind.INITIATIVE, "challenge")
    moment = now()
    next_session = forum.next_session(session(), moment)
    if next_session is not None and (until := forum.next_turn(next_session, moment)) is not None:
        limit_validity(until)
    catalogue = context.catalogue()
    newest, stopped = catalogue.newest_initiatives(_NEWEST), catalogue.stopped_initiatives(_STOPPED)
    cards = queries.initiative_cards_by_ids(session(), [*newest, *stopped])
    by_id = {initiative.id: initiative for initiative in cards}
    page = HomePage(
        drawn=map_cache().drawn(session(), catalogue),
        goals=queries.goals(session()),
        per_goal=initiatives_per_goal(counts),
        top_challenges=sorted(
            queries.challenge_names(session()), key=lambda challenge: -per_challenge.get(challenge.code, 0)
        )[:_TOP],
        statistics=queries.statistics(counts),
        next_session=next_session,
        session_is_past=next_session is not None and next_session.starts_at < moment,
        newest=[by_id[number] for number in newest if number in by_id],
        stopped=[by_id[number] for number in stopped if number in by_id],
        jsonld=jsonld.website(),
    )
    return page.render()


about_blueprint = Blueprint("about", __name__)


@about_blueprint.get("/about")
def about() -> str:
    """Coverage by region, income, decade and evidence, with its bias in words."""
    yardsticks: Yardsticks = current_app.extensions["kb_yardsticks"]
    coverage = queries.coverage(session(), context.counts(), yardsticks)
    page = AboutPage(
        coverage=coverage,
        regions={region.code: region.label for region in queries.regions(session())},
        incomes=[*INCOME_GROUPS, UNKNOWN],
        unknown=UNKNOWN,
        levels=EVIDENCE_LEVELS,
        restoration=queries.restoration(session()),
        jsonld=jsonld.dataset(coverage.entries),
    )
    return page.render()


@dataclass(frozen=True, kw_only=True)
class ApiPage(Page):
    """How programs read the catalogue, and every address to try out; `openapi` is the address of the description."""

    template = "site/api.html"
    openapi: str
    examples: Sequence[Address]


_API_EXAMPLES = (
    ("/api/v1/initiatives?goal=11&income=low", gettext_noop("Initiatives for goal 11 in low-income countries")),
    ("/api/v1/initiatives?target=11.2&fields=title,cities&expand=cities", gettext_noop("Target 11.2, with cities")),
    ("/api/v1/initiatives?group_by=goal,region", gettext_noop("How many initiatives there are by goal and region")),
    ("/api/v1/initiatives?sample=20&seed=1", gettext_noop("20 initiatives at random")),
    ("/api/v1/search?q=flood", gettext_noop("A search")),
    ("/api/v1/peers?place=Beira", gettext_noop("Cities like Beira")),
    ("/api/v1/changes", gettext_noop("What was saved or deleted")),
)


@about_blueprint.get("/api")
def api() -> str:
    """How programs read the catalogue: in a few words, by examples, and with every address to try out."""
    examples = [(request.script_root + path, words) for path, words in _API_EXAMPLES]
    return ApiPage(openapi=url_for("api.openapi"), examples=examples).render()


robots_blueprint = Blueprint("robots", __name__)

_PAGES = (
    "home.home",
    "cities.cities",
    "goals.goals",
    "goals.counts",
    "goals.together",
    "goals.missing",
    "suggesting.suggest_goals",
    "challenges.challenges",
    "technologies.technologies",
    "peers.peers",
    "peers.method",
    "compare.compare",
    "maps.map",
    "forum.forum",
    "about.about",
    "about.api",
    "data.data",
    "operator.accessibility",
    "privacy.privacy",
)

_FIXED = {
    "suggesting.suggest_goals",
    "peers.peers",
    "peers.method",
    "compare.compare",
    "forum.forum",
    "about.api",
    "operator.accessibility",
    "privacy.privacy",
}
"""The pages, of _PAGES, that say nothing of the entries; the others are as new as the newest entry."""


def _answer(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@robots_blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything is open but combinations of filters, which are endless, and suggestions."""
    text = RobotsPage(facets=FILTERS, sitemap=absolute(url_for("robots.sitemap"))).render()
    return _answer(text, "text/plain")


@robots_blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The sitemaps that there are: one of pages, and those of entries, by kind and by id."""
    sitemaps: list[Address] = [(url_for("robots.sitemap_of_pages"), None)]
    sitemaps += [
        (url_for("robots.sitemap_of_entries", kind=page.kind, first=page.first), _day(page.updated_at))
        for page in context.catalogue().address_pages()
    ]
    return _answer(SitemapIndexPage(addresses=sitemaps).render(), "application/xml")


@robots_blueprint.get("/sitemaps/pages.xml")
def sitemap_of_pages() -> Response:
    """Every page worth finding that is no entry."""
    catalogue = context.catalogue()
    changed = catalogue.changed_at()
    changed_on = None if changed is None else _day(changed)
    addresses: list[Address] = [(url_for(page), None if page in _FIXED else changed_on) for page in _PAGES]
    addresses += _terms(catalogue, "goals", queries.goals(session()))
    addresses += _terms(catalogue, "challenges", queries.challenges(session()))
    addresses += _terms(catalogue, "technologies", queries.technologies(session()))
    forum_sessions = session().scalars(forum.public_sessions())
    addresses += [(link_to(forum_session), _day(forum_session.updated_at)) for forum_session in forum_sessions]
    return _answer(SitemapPage(addresses=addresses).render(), "application/xml")


def _terms(catalogue: CatalogueSnapshot, of: str, terms: Iterable[Goal | Challenge | Technology]) -> Iterator[Address]:
    """Terms, each as new as the newest initiative that has it."""
    newest = catalogue.newest_by_value(of)
    for term in terms:
        moment = newest.get(term.number if isinstance(term, Goal) else term.code)
        yield link_to(term), None if moment is None else _day(moment)


@robots_blueprint.get("/sitemaps/<entry_kind:kind>-<int:first>.xml")
def sitemap_of_entries(kind: EntryKind, first: int) -> Response:
    """Entries of a kind, ids in a range from `first`, with the day of their last edit; a city's peers beside it."""
    entries = queries.entry_addresses(session(), kind, first)
    addresses: list[Address] = [(link_to_entry(kind, slug), _day(updated_at)) for slug, updated_at in entries]
    if kind == "city":
        addresses += [(f"{page}/peers", None) for page, _ in addresses]
    return _answer(SitemapPage(addresses=addresses).render(), "application/xml")


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


@robots_blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """How a browser's address bar can search here."""
    return _answer(OpenSearchPage().render(), "application/opensearchdescription+xml")


def register(app: Flask) -> None:
    """Give the application what coverage is told with, and what tells whether it is ready."""
    app.extensions["kb_yardsticks"] = Yardsticks(app.extensions["kb_database"])
    health.register(app)


BLUEPRINTS = [home_blueprint, about_blueprint, robots_blueprint, health.blueprint, operator.blueprint]
