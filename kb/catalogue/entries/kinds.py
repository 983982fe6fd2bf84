"""The kinds of entry and of term."""

from enum import StrEnum
from typing import Literal


class EntryKind(StrEnum):
    """A kind of entry: it has pages at a slug, proposals, revisions and a search document."""

    INITIATIVE = "initiative"
    CITY = "city"
    LEADER = "leader"
    VISION = "vision"


class TermKind(StrEnum):
    """A list of terms that entries refer to by code, goals by number."""

    CHALLENGE = "challenge"
    TECHNOLOGY = "technology"
    GOAL = "goal"
    TARGET = "target"
    AIM = "aim"


Kind = EntryKind | TermKind

Reference = Kind | Literal["place", "image"]
"""What a field refers to: an entry by slug, a term by code, a place of the gazetteer by its id there, or an image."""
