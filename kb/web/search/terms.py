"""What a search names: goals and targets by number ("SDG 13", "11.2"), challenges and technologies by name, filters."""

import re
from dataclasses import dataclass, replace

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind, TermKind
from kb.search.filters_in_text import SAY_GOAL, TARGET_CODE, filters_in_text
from kb.search.results import PAGE_SIZE, SearchQuery
from kb.search.service import Search
from kb.search.term_names import Term

from ..core.labels import FILTER_LABELS
from ..core.language import translated
from ..core.links import link_to_entry, search_link
from ..core.search_words import value_in_words

_GOAL = re.compile(rf"{SAY_GOAL}\s*(\d{{1,2}})", re.IGNORECASE)
_TARGET = re.compile(rf"(?:(?:{SAY_GOAL}|targets?)\s*)?({TARGET_CODE})", re.IGNORECASE)

_MOST_OFFERED = 2


@dataclass(frozen=True, slots=True)
class TermFound:
    """A term: what it is called, its page, and the search for its initiatives."""

    words: str
    url: str
    search_url: str


@dataclass(frozen=True, slots=True)
class FiltersFound:
    """The words of a search as filters: in words, the search by them, and how many initiatives it finds."""

    words: str
    search_url: str
    count: int


def filters_named(session: Session, search: Search, typed: str) -> FiltersFound | None:
    """The filters that a text names, with the rest of it as a text; None where they say no more, or find nothing.

    Where nothing has them and the rest, several filters are offered without it.
    """
    labels = search.labels(session)
    read = filters_in_text(typed, labels)
    if not read.says_more:
        return None
    question = SearchQuery(read.rest, {"kind": (EntryKind.INITIATIVE,), **read.chosen})
    count = _initiatives_found(session, search, question)
    if not count and len(read.chosen) > 1:
        question = replace(question, text="")
        count = _initiatives_found(session, search, question)
    if not count:
        return None
    parts = [f"“{question.text}”"] if question.text else []
    for field, codes in read.chosen.items():
        values = ", ".join(value_in_words(field, code, labels.of[field][code]) for code in codes)
        parts.append(f"{translated(FILTER_LABELS[field])}: {values}")
    return FiltersFound(" · ".join(parts), search_link(question), count)


def terms_named(session: Session, search: Search, typed: str, found: int) -> list[TermFound]:
    """The goal or target that the whole text names, or the challenges and technologies that are named in it.

    Where the search found more than a page, those that are called by their label are left out.
    """
    goal = _goal_named(session, typed)
    terms = search.labels(session).names.in_text(typed)
    terms = [term for term in terms if found <= PAGE_SIZE or not term.is_label]
    return [goal] if goal else [_found(term) for term in terms[:_MOST_OFFERED]]


def _initiatives_found(session: Session, search: Search, question: SearchQuery) -> int:
    return len(search.matching_ids(session, question).ids.get(EntryKind.INITIATIVE, ()))


def _found(term: Term) -> TermFound:
    kind = str(term.kind)
    words = gettext("%(list)s: %(label)s", list=translated(FILTER_LABELS[kind]), label=translated(term.label))
    return TermFound(words, link_to_entry(kind, term.code), _initiatives(kind, term.code))


def _goal_named(session: Session, typed: str) -> TermFound | None:
    text = typed.strip()
    if match := _GOAL.fullmatch(text):
        number = int(match[1])
        label = queries.labels(session, TermKind.GOAL).get(number)
        if label is None:
            return None
        words = gettext("Goal %(number)s: %(label)s", number=number, label=translated(label))
        return TermFound(words, url_for("goals.goal", number=number), _initiatives("goal", str(number)))
    if match := _TARGET.fullmatch(text):
        goal, _, part = match[1].partition(".")
        number, code = int(goal), f"{int(goal)}.{part.lower()}"
        label = queries.labels(session, TermKind.TARGET).get(code)
        if label is None:
            return None
        words = gettext("Target %(code)s: %(label)s", code=code, label=translated(label))
        url = url_for("goals.goal", number=number, _anchor=f"target-{code}")
        return TermFound(words, url, _initiatives("target", code))
    return None


def _initiatives(field: str, code: str) -> str:
    return search_link(SearchQuery(chosen={"kind": ("initiative",), field: (code,)}))
