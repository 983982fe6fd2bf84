"""What the search page shows around an answer: tabs, facets, chips, sorting and pages, each with its address."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from kb.catalogue.entries import KIND_PLURALS
from kb.core.i18n import gettext_noop
from kb.forum.kinds import FORUM_KIND_PLURALS
from kb.search.results import PAGE_SIZE, BroaderSearch, Facet, FacetValue, Results, SearchQuery

from ..core import jsonld
from ..core.jsonld import JSONLD
from ..core.labels import FACET_LABELS, LABELS
from ..core.links import absolute, search_link
from ..core.pages import Page
from ..core.paging import Pages, pages_of
from ..core.query_schemas import RefusedValues
from .places import PlaceFound

SHOWN_AT_FIRST = 8
OPEN_AT_FIRST = 3
"""Facets that are open before anybody chose anything."""

_READ_FIRST = ("challenge", "technology", "goal", "aim", "income", "region", "country", "size")


@dataclass(frozen=True, slots=True)
class Link:
    """A link that changes the search: its label (English, to be translated) and its address."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind of entry to choose: its code, none for all of them, its label (English, to be translated), its count."""

    code: str
    label: str
    current: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter that can be removed."""

    of: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class BroaderSearchLink:
    """A way out of an empty result: which facet's value it drops, or its values where `value` is empty, and to what.

    `of` and `value` are English, to be translated; `of` is None where every filter goes.
    """

    of: str | None
    value: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """A facet on the page, open or folded: the values shown at first, how many more there are, and where they are.

    `rest` are those, on the page that was asked to show them.
    """

    field: str
    label: str
    first: tuple[FacetValue, ...]
    more: int
    more_url: str
    rest: tuple[FacetValue, ...]
    chosen: int
    open: bool


@dataclass(frozen=True, kw_only=True)
class SearchPage(Page):
    """Hits, and the URL of every change to the query; `cut` is the length that a query was shortened to, if it was."""

    template = "search/search.html"
    answer: Results
    question: SearchQuery
    page_size: int
    tabs: Sequence[Tab]
    places: Sequence[PlaceFound]
    groups: Sequence[Group]
    chips: Sequence[Chip]
    sorts: Mapping[str, str]
    pages: Pages
    corrected: Link | None
    near: Sequence[Link]
    broader_searches: Sequence[BroaderSearchLink]
    unknown: Sequence[tuple[str, str]]
    canonical_url: str
    address: str
    jsonld: JSONLD
    everything: str
    for_robots: bool
    cut: int | None


def page_of_results(
    answer: Results,
    refused: RefusedValues = (),
    cut: int | None = None,
    places: Sequence[PlaceFound] = (),
    unfolded: Collection[str] = (),
) -> SearchPage:
    """Everything the template needs, by name; `unfolded` are the facets whose every value is shown."""
    question = answer.question
    everything = search_link(SearchQuery(text=question.text))
    return SearchPage(
        answer=answer,
        question=question,
        page_size=PAGE_SIZE,
        tabs=_tabs(answer),
        places=places,
        groups=[
            _group(facet, place, question, unfolded) for place, facet in enumerate(_in_reading_order(answer.facets))
        ],
        chips=_chips(answer),
        sorts=LABELS["sorts"],
        pages=pages_of(answer.page, answer.pages, lambda page: search_link(replace(question, page=page))),
        corrected=_asking(question, answer.corrected) if answer.corrected else None,
        near=[_asking(question, word) for word in answer.near_words],
        broader_searches=[
            BroaderSearchLink(
                FACET_LABELS.get(broader_search.field) if broader_search.field else None,
                broader_search.label,
                search_link(_broadened(question, broader_search)),
                broader_search.total,
            )
            for broader_search in answer.broader_searches
        ],
        unknown=named((*answer.unknown, *refused)),
        canonical_url=absolute(everything),
        address=absolute(search_link(question)),
        jsonld=jsonld.results(answer),
        everything=everything,
        for_robots=not question.chosen and question.page == 1 and question.sort == "relevance",
        cut=cut,
    )


def named(refused: RefusedValues) -> list[tuple[str, str]]:
    """What was left out of an address, each by the label of its name (English, to be translated)."""
    return [(LABELS["query_names"].get(name, name), value) for name, value in refused]


def _asking(question: SearchQuery, text: str) -> Link:
    return Link(text, search_link(replace(question, text=text, page=1)))


def _without(question: SearchQuery, field: str, codes: Collection[str]) -> SearchQuery:
    """The question without some chosen values of a facet, from its first page."""
    kept = {
        name: tuple(value for value in values if name != field or value not in codes)
        for name, values in question.chosen.items()
    }
    return replace(question, chosen={name: values for name, values in kept.items() if values}, page=1)


def _broadened(question: SearchQuery, broader_search: BroaderSearch) -> SearchQuery:
    """The question without what a broader search drops."""
    if broader_search.field is None:
        return replace(question, chosen={}, page=1)
    return _without(question, broader_search.field, broader_search.codes)


def _tabs(answer: Results) -> list[Tab]:
    """All kinds, then each kind; one is chosen at a time here, though an address may name several."""
    chosen = answer.question.chosen.get("kind", ())
    counts = {value.code: value.count for facet in answer.facets if facet.field == "kind" for value in facet.values}
    every = Tab("", gettext_noop("Everything"), current=not chosen, count=sum(counts.values()) if counts else None)
    return [every] + [
        Tab(kind, label, current=chosen == (kind,), count=counts.get(kind, 0) if counts else None)
        for kind, label in (KIND_PLURALS | FORUM_KIND_PLURALS).items()
    ]


def _in_reading_order(facets: tuple[Facet, ...]) -> list[Facet]:
    """Facets as an official thinks of them: the problem first, then places like ours; kinds are tabs."""
    order = {name: place for place, name in enumerate(_READ_FIRST)}
    return sorted(
        (facet for facet in facets if facet.values and facet.field != "kind"),
        key=lambda facet: order.get(facet.field, len(order)),
    )


def _group(facet: Facet, place: int, question: SearchQuery, unfolded: Collection[str]) -> Group:
    """Chosen values are always among the first, in an open facet, so that nobody must unfold to remove one."""
    chosen = [value for value in facet.values if value.chosen]
    room = max(SHOWN_AT_FIRST - len(chosen), 0)
    others = [value for value in facet.values if not value.chosen]
    first = {value.code for value in (*chosen, *others[:room])}
    rest = tuple(value for value in facet.values if value.code not in first)
    is_unfolded = facet.field in unfolded
    return Group(
        facet.field,
        FACET_LABELS[facet.field],
        tuple(value for value in facet.values if value.code in first),
        len(rest),
        _unfolding(question, (*unfolded, facet.field)),
        rest if is_unfolded else (),
        len(chosen),
        open=place < OPEN_AT_FIRST or bool(chosen) or is_unfolded,
    )


def _unfolding(question: SearchQuery, facets: Collection[str]) -> str:
    """The same page with every value of some facets, where the last one of them begins."""
    link = search_link(question)
    more = urlencode([("more", facet) for facet in facets])
    return f"{link}{'&' if '?' in link else '?'}{more}#facet-{[*facets][-1]}"


def _chips(answer: Results) -> list[Chip]:
    labels = {(facet.field, value.code): value.label for facet in answer.facets for value in facet.values}
    return [
        Chip(
            FACET_LABELS.get(field, field),
            labels.get((field, code), code),
            search_link(_without(answer.question, field, (code,))),
        )
        for field, codes in answer.question.chosen.items()
        for code in codes
        if (field, code) not in answer.unknown
    ]
