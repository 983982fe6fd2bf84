"""Many folded names in little memory, for prefixes, equality and near misses; built once, then only read.

The names lie end to end, sorted, in one string of bytes (UTF-8): 330,000 take 4 MB, and 8 MB of numbers beside them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from kb.core.text import fold

Numbers = npt.NDArray[np.int64]

_APART = str.maketrans(dict.fromkeys("-‐‑–—/.,()", " ") | dict.fromkeys("'’‘ʻʼ`´", ""))

MOST_LETTERS = 60
"""Bytes of a name that near misses look at."""


def loose(text: str) -> str:
    """A name as look-ups compare it: folded, hyphens and dots as spaces, apostrophes left out."""
    return loosened(fold(text))


def loosened(folded: str) -> str:
    """The same from a name that is folded already, as the catalogue keeps it; a tenth of the work."""
    return folded if folded.isascii() and folded.isalnum() else " ".join(folded.translate(_APART).split())


class NameIndex(Sequence[bytes]):
    """Sorted names by their numbers 0, 1, ...; a name may be there more than once."""

    def __init__(self, names: Iterable[bytes]) -> None:
        listed = list(names)
        self._blob = b"".join(listed)
        lengths = np.fromiter(map(len, listed), dtype=np.int32, count=len(listed))
        self._ends = np.cumsum(lengths, dtype=np.int32)
        self._lengths = lengths
        self._bags = _bags(self._blob, self._ends - lengths)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> bytes:  # type: ignore[override] # a slice of names is never wanted
        end = int(self._ends[number])
        return self._blob[end - int(self._lengths[number]) : end]

    def beginning(self, start: str) -> tuple[int, int]:
        """The extent of the names that begin so; those that are equal come first."""
        encoded = start.encode()
        # No byte of UTF-8 is 255, so it sorts after every continuation.
        return bisect_left(self, encoded), bisect_left(self, encoded + b"\xff")

    def equal(self, name: str) -> tuple[int, int]:
        """The extent of the names that are the same."""
        encoded = name.encode()
        return bisect_left(self, encoded), bisect_left(self, encoded + b"\x00")

    def near(self, name: str, slips: int) -> tuple[Numbers, Numbers]:
        """Numbers and distances of the names within so many slips: a letter more, less, other, or two swapped."""
        mine = np.frombuffer(name.encode()[:MOST_LETTERS], dtype=np.uint8)
        if not len(mine) or not len(self):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        bag = _bags(mine.tobytes(), np.zeros(1, dtype=np.int32))[0]
        # A slip changes at most two of a name's set of letters, so that most names need no closer look.
        alike = np.bitwise_count(self._bags ^ bag) <= 2 * slips
        alike &= np.abs(self._lengths - len(mine)) <= slips
        candidates = np.flatnonzero(alike)
        distances = self._distances(mine, candidates)
        close = distances <= slips
        return candidates[close], distances[close]

    def _distances(self, mine: npt.NDArray[np.uint8], candidates: Numbers) -> Numbers:
        """Edit distances (optimal string alignment), the usual table filled for all candidates at once."""
        lengths = self._lengths[candidates].astype(np.int64)
        width = int(lengths.max(initial=0))
        letters = np.frombuffer(self._blob, dtype=np.uint8)
        places = (self._ends[candidates] - lengths)[:, None] + np.arange(width)
        theirs = np.where(np.arange(width) < lengths[:, None], letters[np.minimum(places, len(letters) - 1)], 0).T
        above = np.zeros((width + 1, len(candidates)), dtype=np.int16)
        row = np.repeat(np.arange(width + 1, dtype=np.int16)[:, None], len(candidates), axis=1)
        for i, letter in enumerate(mine):
            before, above, row = above, row, np.empty_like(row)
            row[0] = i + 1
            for j in range(width):
                changed = above[j] + (theirs[j] != letter)
                row[j + 1] = np.minimum(np.minimum(above[j + 1], row[j]) + 1, changed)
                if i and j:
                    swapped = (theirs[j] == mine[i - 1]) & (theirs[j - 1] == letter)
                    row[j + 1] = np.where(swapped, np.minimum(row[j + 1], before[j - 1] + 1), row[j + 1])
        return row[lengths, np.arange(len(candidates))].astype(np.int64)


def _bags(blob: bytes, starts: npt.NDArray[np.int32]) -> npt.NDArray[np.uint64]:
    """The set of letters of each name, as bits; bytes beyond 64 share theirs. No name is empty."""
    if not len(starts):
        return np.empty(0, dtype=np.uint64)
    bits = np.uint64(1) << (np.frombuffer(blob, dtype=np.uint8) & 63).astype(np.uint64)
    bags: npt.NDArray[np.uint64] = np.bitwise_or.reduceat(bits, starts)
    return bags
