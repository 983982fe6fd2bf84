"""What the search page shows around an answer: tabs, facets, chips, sorting and pages, each with its address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext

from kb.search.answers import Answer, Facet, FacetValue, Question
from kb.search.contract import Sort

from .links import search_link

SHOWN_AT_FIRST = 8
PAGES_AROUND = 2

KIND_LABELS = {
    "initiative": lazy_gettext("Initiatives"),
    "city": lazy_gettext("Cities"),
    "leader": lazy_gettext("Leaders"),
    "vision": lazy_gettext("Visions"),
}
SUGGESTED_LABELS = {
    "initiative": lazy_gettext("Initiative"),
    "city": lazy_gettext("City"),
    "leader": lazy_gettext("Leader"),
    "vision": lazy_gettext("Vision"),
    "challenge": lazy_gettext("Challenge"),
}
FACET_LABELS = {
    "kind": lazy_gettext("Kind"),
    "challenge": lazy_gettext("Challenge"),
    "technology": lazy_gettext("Technology"),
    "goal": lazy_gettext("Goal"),
    "aim": lazy_gettext("Aim of goal 11"),
    "income": lazy_gettext("Income of the country"),
    "region": lazy_gettext("Region"),
    "country": lazy_gettext("Country"),
    "size": lazy_gettext("Size of the city"),
    "stage": lazy_gettext("Stage"),
    "evidence": lazy_gettext("Evidence"),
    "decade": lazy_gettext("Began in the"),
}
SORT_LABELS: dict[Sort, Any] = {
    "relevance": lazy_gettext("Relevance"),
    "newest": lazy_gettext("Newest first"),
    "evidence": lazy_gettext("Strongest evidence first"),
    "title": lazy_gettext("Title"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """A link that changes the search: its label, its address, whether we are there, and a count if there is one."""

    label: Any
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter that can be taken away."""

    of: Any
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """A facet on the page: values shown at first, and the rest behind a fold."""

    field: str
    label: Any
    first: tuple[FacetValue, ...]
    rest: tuple[FacetValue, ...]
    chosen: int


def page_of_results(answer: Answer) -> Mapping[str, Any]:
    """Everything the template needs, by name."""
    question = answer.question
    return {
        "answer": answer,
        "question": question,
        "tabs": _tabs(answer),
        "groups": [_group(facet) for facet in _in_reading_order(answer.facets)],
        "chips": _chips(answer),
        "sorts": SORT_LABELS,
        "pages": _pages(answer),
        "previous": search_link(replace(question, page=answer.page - 1)) if 1 < answer.page <= answer.pages else None,
        "following": search_link(replace(question, page=answer.page + 1)) if answer.page < answer.pages else None,
        "first_page": search_link(replace(question, page=1)),
        "corrected": _asking(question, answer.corrected) if answer.corrected else None,
        "near": [_asking(question, word) for word in answer.near_words],
        "reliefs": [
            Way(relief.label, search_link(_without(question, relief.field, relief.code)), count=relief.total)
            for relief in answer.reliefs
        ],
        "unknown": [(FACET_LABELS.get(field, field), value) for field, value in answer.unknown],
        "everything": search_link(Question(text=question.text)),
        "for_robots": not question.chosen and question.page == 1 and question.sort == "relevance",
    }


def kind_in_words(kind: str) -> str:
    """What a suggestion is, in a word."""
    return str(SUGGESTED_LABELS.get(kind, ""))


def _asking(question: Question, text: str) -> Way:
    return Way(text, search_link(replace(question, text=text, page=1)))


def _without(question: Question, field: str, code: str) -> Question:
    """The question without one chosen value, from its first page."""
    kept = {
        name: tuple(value for value in values if (name, value) != (field, code))
        for name, values in question.chosen.items()
    }
    return replace(question, chosen={name: values for name, values in kept.items() if values}, page=1)


def _tabs(answer: Answer) -> list[Way]:
    """All kinds, then each kind; one is chosen at a time here, though an address may name several."""
    question = answer.question
    chosen = question.chosen.get("kind", ())
    others = {name: values for name, values in question.chosen.items() if name != "kind"}
    counts = {value.code: value.count for facet in answer.facets if facet.field == "kind" for value in facet.values}
    every = Way(
        lazy_gettext("Everything"),
        search_link(replace(question, chosen=others, page=1)),
        current=not chosen,
        count=sum(counts.values()) if counts else None,
    )
    return [every] + [
        Way(
            label,
            search_link(replace(question, chosen=others | {"kind": (kind,)}, page=1)),
            current=chosen == (kind,),
            count=counts.get(kind, 0) if counts else None,
        )
        for kind, label in KIND_LABELS.items()
    ]


def _in_reading_order(facets: tuple[Facet, ...]) -> list[Facet]:
    """Facets as an official thinks of them: the problem first, then places like ours; kinds are tabs."""
    order = list(FACET_LABELS)
    return sorted(
        (facet for facet in facets if facet.values and facet.field in FACET_LABELS and facet.field != "kind"),
        key=lambda facet: order.index(facet.field),
    )


def _group(facet: Facet) -> Group:
    """Chosen values are always among the first, so that nobody must unfold to take one away."""
    chosen = [value for value in facet.values if value.chosen]
    room = max(SHOWN_AT_FIRST - len(chosen), 0)
    others = [value for value in facet.values if not value.chosen]
    first = {value.code for value in (*chosen, *others[:room])}
    return Group(
        facet.field,
        FACET_LABELS[facet.field],
        tuple(value for value in facet.values if value.code in first),
        tuple(value for value in facet.values if value.code not in first),
        len(chosen),
    )


def _chips(answer: Answer) -> list[Chip]:
    labels = {(facet.field, value.code): value.label for facet in answer.facets for value in facet.values}
    return [
        Chip(
            FACET_LABELS.get(field, field),
            labels.get((field, code), code),
            search_link(_without(answer.question, field, code)),
        )
        for field, codes in answer.question.chosen.items()
        for code in codes
        if (field, code) not in answer.unknown
    ]


def _pages(answer: Answer) -> list[Way | None]:
    """The first and last page and those around this one; None stands for a gap."""
    here = min(answer.page, answer.pages)
    wanted = {1, answer.pages, *range(here - PAGES_AROUND, here + PAGES_AROUND + 1)}
    ways: list[Way | None] = []
    last = 0
    for page in sorted(page for page in wanted if 1 <= page <= answer.pages):
        if page > last + 1:
            ways.append(None)
        ways.append(Way(str(page), search_link(replace(answer.question, page=page)), current=page == answer.page))
        last = page
    return ways
