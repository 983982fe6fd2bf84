"""What the search page shows around an answer: tabs, facets, chips, sorting and pages, each with its address."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from kb.catalogue.choices import UNKNOWN
from kb.catalogue.entries import KIND_PLURALS
from kb.core.i18n import gettext_noop
from kb.forum.kinds import FORUM_KIND_PLURALS
from kb.questions.choices import QUESTION_KIND_PLURALS
from kb.search.facets import FIRST_YEAR, LAST_YEAR
from kb.search.index_alone import StoredResults
from kb.search.parsing import any_word_of
from kb.search.results import PAGE_SIZE, BroaderSearch, Facet, FacetValue, Results, SearchQuery

from ..core import jsonld
from ..core.jsonld import JSONLD
from ..core.labels import FILTER_LABELS, LABELS
from ..core.links import absolute, search_link
from ..core.pages import Page
from ..core.paging import Pages, pages_of
from ..core.query_schemas import RefusedValues
from ..core.search_words import chosen_in_words, value_in_words
from .places import PlaceFound
from .terms import FiltersFound, TermFound

SHOWN_AT_FIRST = 8
FEW = 5
"""Entries up to which a search for any of the words is offered beside one for all of them."""

OPEN_AT_FIRST = 3
"""Groups of filters that are open before anybody chose anything."""

_READING_ORDER = (
    "challenge", "technology", "goal", "target", "aim", "income", "region", "country", "size", "stage", "evidence",
    "decade", "language",
)  # fmt: skip
"""Facets as an official thinks of them: the problem first, then places like ours; kinds are tabs."""

_CARRIED = ("city", "with_goal")
"""Filters without a control, which the form sends on."""

_DETAILS = ("outcome", "cost", "contact")
"""Facets of one value, which stand in one group."""


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
    """A chosen filter that can be removed: its name (English, to be translated) and its value in words."""

    of: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class BroaderSearchLink:
    """A way out of an empty result: which filter's value it drops, or its values where `value` is empty, and to what.

    `of` is English, to be translated, and None where every filter goes; `value` is in words.
    """

    of: str | None
    value: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to tick: the filter that it belongs to, its code, in words, and how many entries have it.

    `of` is what the filter is called (English, to be translated), where that does not stand above.
    """

    field: str
    code: str
    words: str
    count: int
    chosen: bool
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Years:
    """Which start years are asked for, as they stand in the form, empty where there is no bound; and which may be."""

    first: str
    last: str
    least: int = FIRST_YEAR
    most: int = LAST_YEAR
    without: str | None = None
    """The address of the entries that a bound leaves out since nobody knows when they began; None without a bound."""

    @property
    def are_reversed(self) -> bool:
        """Whether the last year is before the first, so that nothing can be found."""
        return bool(self.first and self.last) and int(self.first) > int(self.last)


@dataclass(frozen=True, slots=True)
class Group:
    """Filters under one heading on the page, open or folded: the values shown at first, how many more, and where.

    `rest` are those, on the page that was asked to show them. `years` are asked for above the values.
    """

    field: str
    label: str
    first: tuple[Choice, ...]
    chosen: int
    open: bool
    more: int = 0
    more_url: str = ""
    rest: tuple[Choice, ...] = ()
    years: Years | None = None


@dataclass(frozen=True, kw_only=True)
class SearchPage(Page):
    """Hits, and the URL of every change to the query.

    `carried` are chosen filters without a control; `cut` is the length that a query was shortened to, if it was.
    """

    template = "search/search.html"
    answer: Results
    question: SearchQuery
    page_size: int
    tabs: Sequence[Tab]
    places: Sequence[PlaceFound]
    terms: Sequence[TermFound]
    filters: FiltersFound | None
    countries_near: Sequence[tuple[str, str]]
    groups: Sequence[Group]
    start_years: Years
    chips: Sequence[Chip]
    carried: Sequence[tuple[str, str]]
    sorts: Mapping[str, str]
    pages: Pages
    corrected: Link | None
    any_word_url: str | None
    near: Sequence[Link]
    broader_searches: Sequence[BroaderSearchLink]
    unknown: Sequence[tuple[str, str]]
    canonical_url: str
    address: str
    jsonld: JSONLD
    everything: str
    for_robots: bool
    cut: int | None

    @property
    def words(self) -> str:
        """What was searched for, to be cited; a single phrase without its own quotation marks."""
        text = self.question.text
        return text[1:-1] if re.fullmatch(r'"[^"]*"', text) else text


@dataclass(frozen=True, kw_only=True)
class SearchWithoutDatabasePage(Page):
    """Hits as the index stores them, while no database can be asked; `left_out` are filters that were not applied."""

    template = "search/without_database.html"
    answer: StoredResults
    left_out: Sequence[str]
    pages: Pages


def page_without_database(answer: StoredResults) -> SearchWithoutDatabasePage:
    """The page of what the index alone says."""
    question = answer.question
    return SearchWithoutDatabasePage(
        answer=answer,
        left_out=[FILTER_LABELS[name] for name in answer.left_out],
        pages=pages_of(question.page, answer.pages, lambda page: search_link(replace(question, page=page))),
    )


def page_of_results(
    answer: Results,
    refused: RefusedValues = (),
    cut: int | None = None,
    places: Sequence[PlaceFound] = (),
    unfolded: Collection[str] = (),
    countries_near: Sequence[tuple[str, str]] = (),
    terms: Sequence[TermFound] = (),
    filters: FiltersFound | None = None,
) -> SearchPage:
    """Everything the template needs, by name; `unfolded` are the facets whose every value is shown.

    `countries_near` are names and addresses of countries with entries, near to one without.
    """
    question = answer.question
    years = _years(answer)
    everything = search_link(SearchQuery(text=question.text))
    return SearchPage(
        answer=answer,
        question=question,
        page_size=PAGE_SIZE,
        tabs=_tabs(answer),
        places=places,
        terms=terms,
        filters=filters,
        countries_near=countries_near,
        groups=_groups(answer, years, unfolded),
        start_years=years,
        chips=_chips(answer),
        carried=[
            (facet.field, value.code) for facet in answer.uncounted for value in facet.values if facet.field in _CARRIED
        ],
        sorts=LABELS["sorts"],
        pages=pages_of(answer.page, answer.pages, lambda page: search_link(replace(question, page=page))),
        corrected=_asking(question, answer.corrected) if answer.corrected else None,
        any_word_url=_any_word(answer),
        near=[_asking(question, word) for word in answer.near_words],
        broader_searches=[
            BroaderSearchLink(
                FILTER_LABELS[broader_search.field] if broader_search.field else None,
                _of_broader_search(broader_search),
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


def _any_word(answer: Results) -> str | None:
    """The search for any of the words, where few entries have all of them."""
    if answer.loosened or not 0 < answer.total <= FEW:
        return None
    words = any_word_of(answer.question.text)
    return search_link(replace(answer.question, text=words, page=1)) if words else None


def named(refused: RefusedValues) -> list[tuple[str, str]]:
    """What was left out of an address, each by the label of its name (English, to be translated).

    Of a name that was given more than once, the first value was used: "" stands in the place of the others.
    """
    labels = LABELS["query_names"]
    return [
        (labels.get(value, value), "") if name == "repeated" else (labels.get(name, name), value)
        for name, value in refused
    ]


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
        for kind, label in (KIND_PLURALS | FORUM_KIND_PLURALS | QUESTION_KIND_PLURALS).items()
    ]


def _groups(answer: Results, years: Years, unfolded: Collection[str]) -> list[Group]:
    """The filters in the order of reading: that of years always, others where there is something to choose."""
    facets = {facet.field: facet for facet in answer.facets if facet.values}
    groups: list[Group] = []
    for field in _READING_ORDER:
        is_open = len(groups) < OPEN_AT_FIRST
        if field == "decade":
            decades = facets.get(field, Facet(field, ()))
            groups.append(_group_of_years(_group(decades, answer.question, unfolded, is_open=False), years))
            groups += _details(facets)
        elif field in facets:
            groups.append(_group(facets[field], answer.question, unfolded, is_open))
    return groups


def _group(facet: Facet, question: SearchQuery, unfolded: Collection[str], is_open: bool) -> Group:
    """Chosen values are always among the first, in an open group, so that nobody must unfold to remove one."""
    chosen = [value for value in facet.values if value.chosen]
    room = max(SHOWN_AT_FIRST - len(chosen), 0)
    others = [value for value in facet.values if not value.chosen]
    first = {value.code for value in (*chosen, *others[:room])}
    rest = [value for value in facet.values if value.code not in first]
    is_unfolded = facet.field in unfolded
    return Group(
        facet.field,
        FILTER_LABELS[facet.field],
        tuple(_choice(facet.field, value) for value in facet.values if value.code in first),
        len(chosen),
        open=is_open or bool(chosen) or is_unfolded,
        more=len(rest),
        more_url=_unfolding(question, (*unfolded, facet.field)) if rest else "",
        rest=tuple(_choice(facet.field, value) for value in rest) if is_unfolded else (),
    )


def _group_of_years(decades: Group, years: Years) -> Group:
    """The first and the last year, above the decades."""
    chosen = decades.chosen + bool(years.first) + bool(years.last)
    return replace(decades, label=gettext_noop("Start year"), years=years, chosen=chosen, open=chosen > 0)


def _details(facets: Mapping[str, Facet]) -> list[Group]:
    """What entries may be asked to have on record, each with its count, where any has some."""
    choices = tuple(
        replace(_choice(field, value), of=FILTER_LABELS[field])
        for field in _DETAILS
        if field in facets
        for value in facets[field].values
    )
    chosen = sum(choice.chosen for choice in choices)
    has_any = chosen or any(choice.count for choice in choices)
    return [Group("details", gettext_noop("Known details"), choices, chosen, open=chosen > 0)] if has_any else []


def _choice(field: str, value: FacetValue) -> Choice:
    return Choice(field, value.code, value_in_words(field, value.code, value.label), value.count, value.chosen)


def _of_broader_search(broader_search: BroaderSearch) -> str:
    if not broader_search.field or not broader_search.label:
        return ""
    return value_in_words(broader_search.field, broader_search.codes[0], broader_search.label)


def _years(answer: Results) -> Years:
    known = {
        name: next((code for code in codes if (name, code) not in answer.unknown), "")
        for name, codes in answer.question.chosen.items()
    }
    first, last = known.get("year_from", ""), known.get("year_to", "")
    if not first and not last:
        return Years("", "")
    others = {name: codes for name, codes in answer.question.chosen.items() if name not in {"year_from", "year_to"}}
    undated = replace(answer.question, chosen={**others, "decade": (UNKNOWN,)}, page=1)
    return Years(first, last, without=search_link(undated))


def _unfolding(question: SearchQuery, facets: Collection[str]) -> str:
    """The address of this page with every value of some facets, at the place where the last of these begins."""
    link = search_link(question)
    more = urlencode([("more", facet) for facet in facets])
    return f"{link}{'&' if '?' in link else '?'}{more}#facet-{[*facets][-1]}"


def _chips(answer: Results) -> list[Chip]:
    return [
        Chip(FILTER_LABELS[name], words, search_link(_without(answer.question, name, (code,))))
        for name, code, words in chosen_in_words(answer)
    ]
