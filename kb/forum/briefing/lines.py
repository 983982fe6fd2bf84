"""The type of a line of the brief, and how names, figures and lists are written in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kb.catalogue.models import Initiative
from kb.core.i18n import Message

NAME_WORDS, TITLE_WORDS, MEASURE_WORDS = 12, 20, 24
"""Words that a name, a title and a measure have at most; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and the entries of the record (or sources) that say so."""

    message: Message
    cites: tuple[Any, ...] = ()


def sources(initiative: Initiative) -> Sequence[Any]:
    """The first source of an initiative, if it has one."""
    return [citation.source for citation in initiative.citations[:1]]


def listed(names: Iterable[str]) -> str:
    """Names one after the other, with commas."""
    return ", ".join(names)


def in_year(year: int) -> dict[str, str]:
    """A year has no separators."""
    return {"year": str(year)}


def figure(value: float) -> str:
    """A value with its thousands apart, and no more decimals than it has."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,}"


def short(text: str, words: int = NAME_WORDS) -> str:
    """The text, cut after so many words."""
    pieces = text.split()
    return text if len(pieces) <= words else " ".join(pieces[:words]) + "…"
