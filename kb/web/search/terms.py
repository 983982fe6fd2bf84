"""Terms that a search names: goals and targets by number ("SDG 13", "11.2"), challenges and technologies by name."""

import re
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import TermKind
from kb.search.results import PAGE_SIZE, SearchQuery
from kb.search.service import Search
from kb.search.term_names import Term

from ..core.labels import FILTER_LABELS
from ..core.language import translated
from ..core.links import link_to_entry, search_link

_GOAL = re.compile(r"(?:sdgs?|ods|odd|goals?)\s*(\d{1,2})", re.IGNORECASE)
_TARGET = re.compile(r"(?:(?:sdgs?|ods|odd|goals?|targets?)\s*)?(\d{1,2})\.(\d{1,2}|[a-d])", re.IGNORECASE)

_MOST_OFFERED = 2


@dataclass(frozen=True, slots=True)
class TermFound:
    """A term: what it is called, its page, and the search for its initiatives."""

    words: str
    url: str
    search_url: str


def terms_named(session: Session, search: Search, typed: str, found: int) -> list[TermFound]:
    """The goal or target that the whole text names, or the challenges and technologies that are named in it.

    Where the search found more than a page, those that are called by their label are left out.
    """
    goal = _goal_named(session, typed)
    terms = search.labels(session).names.in_text(typed)
    terms = [term for term in terms if found <= PAGE_SIZE or not term.is_label]
    return [goal] if goal else [_found(term) for term in terms[:_MOST_OFFERED]]


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
        number, code = int(match[1]), f"{int(match[1])}.{match[2].lower()}"
        label = queries.labels(session, TermKind.TARGET).get(code)
        if label is None:
            return None
        words = gettext("Target %(code)s: %(label)s", code=code, label=translated(label))
        url = url_for("goals.goal", number=number, _anchor=f"target-{code}")
        return TermFound(words, url, _initiatives("target", code))
    return None


def _initiatives(field: str, code: str) -> str:
    return search_link(SearchQuery(chosen={"kind": ("initiative",), field: (code,)}))
