"""Goals and targets that a search names by their number, such as "SDG 13" or "target 11.2"."""

import re
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import TermKind
from kb.search.results import SearchQuery

from ..core.language import translated
from ..core.links import search_link

_GOAL = re.compile(r"(?:sdgs?|ods|odd|goals?)\s*(\d{1,2})", re.IGNORECASE)
_TARGET = re.compile(r"(?:(?:sdgs?|ods|odd|goals?|targets?)\s*)?(\d{1,2})\.(\d{1,2}|[a-d])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GoalFound:
    """A goal or a target: what it is called, its place on the page of its goal, and the search for its initiatives."""

    words: str
    url: str
    search_url: str


def goal_named(session: Session, typed: str) -> GoalFound | None:
    """The goal or target that the whole text names; None where it names none that there is."""
    text = typed.strip()
    if match := _GOAL.fullmatch(text):
        number = int(match[1])
        label = queries.labels(session, TermKind.GOAL).get(number)
        if label is None:
            return None
        words = gettext("Goal %(number)s: %(label)s", number=number, label=translated(label))
        return GoalFound(words, url_for("goals.goal", number=number), _initiatives("goal", str(number)))
    if match := _TARGET.fullmatch(text):
        number, code = int(match[1]), f"{int(match[1])}.{match[2].lower()}"
        label = queries.labels(session, TermKind.TARGET).get(code)
        if label is None:
            return None
        words = gettext("Target %(code)s: %(label)s", code=code, label=translated(label))
        url = url_for("goals.goal", number=number, _anchor=f"target-{code}")
        return GoalFound(words, url, _initiatives("target", code))
    return None


def _initiatives(field: str, code: str) -> str:
    return search_link(SearchQuery(chosen={"kind": ("initiative",), field: (code,)}))
