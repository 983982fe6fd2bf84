"""What pages ask when they count entries; the search package answers, from the index or from the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .entries import EntryKind

CodeCounts = Mapping[str, int]
"""How many entries have each code of a field; codes that none has are left out."""


@dataclass(frozen=True, slots=True)
class CityCounts:
    """How many cities have an initiative, and the ids of the first with how many: the most first, then the oldest."""

    total: int
    first: tuple[tuple[int, int], ...]


class Counts(Protocol):
    """Counts of published entries, all as of one moment. Fields and codes are those of the search's filters.

    With `having` only entries count that have a code in a field, as in `goal="11"`. An entry counts once for each code
    that it has: in each of two regions, and once in one, though two of its cities lie there.
    """

    def total(self, kind: EntryKind) -> int:
        """How many entries of a kind there are."""

    def having_any(self, kind: EntryKind, field: str) -> int:
        """How many entries have any code of a field."""

    def by(self, kind: EntryKind, field: str, /, **having: str) -> CodeCounts:
        """How many entries have each code of a field."""

    def table(self, kind: EntryKind, field: str, other: str) -> Mapping[tuple[str, str], int]:
        """How many entries have each two codes, one of either field; pairs that none has are left out."""

    def cities(self, limit: int | None, /, **having: str) -> CityCounts:
        """The cities of initiatives: so many of the first, or all."""
