"""Many folded names in little memory, for prefixes, equality and near misses; built once, then only read.

The names lie end to end, sorted, in one string of bytes (UTF-8): 520,000 take 7 MB, and 5 MB of numbers beside them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from kb.core.text import fold

Numbers = npt.NDArray[np.int64]

_APART = str.maketrans(dict.fromkeys("-‐‑–—/.,()", " ") | dict.fromkeys("'’‘ʻʼ`´", ""))

MOST_LETTERS = 60
"""Bytes of a name that near misses look at."""


def loose(text: str) -> str:
    """A name as look-ups compare it: folded, hyphens and dots as spaces, apostrophes left out."""
    return loosened(fold(text))


def loosened(folded: str) -> str:
    """What `loose` gives, from a name that is folded already, as the catalogue keeps it: a tenth of the work."""
    return folded if folded.isascii() and folded.isalnum() else " ".join(folded.translate(_APART).split())


class NameIndex(Sequence[bytes]):
    """Sorted names by their numbers 0, 1, ...; a name may be there more than once."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """`arrays` are as `arrays_of_names` makes them."""
        self._text = arrays["text"].data
        self._ends: npt.NDArray[np.int32] = arrays["ends"]
        self._lengths: npt.NDArray[np.int16] = arrays["lengths"]
        self._letter_sets: npt.NDArray[np.uint32] = arrays["letter_sets"]

    @classmethod
    def of(cls, names: Iterable[bytes]) -> "NameIndex":
        """An index of names that are sorted."""
        return cls(arrays_of_names(names))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> bytes:  # type: ignore[override] # a slice of names is never wanted
        return text_at(self._text, self._ends, number)

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
        mine = name.encode()[:MOST_LETTERS]
        if not mine or not len(self):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        letter_set = _letter_sets(np.frombuffer(mine, dtype=np.uint8), np.zeros(1, dtype=np.int32))[0]
        # A slip changes at most two of a name's set of letters, so that most names need no closer look.
        alike = np.bitwise_count(self._letter_sets ^ letter_set) <= 2 * slips
        alike &= np.abs(self._lengths - len(mine)) <= slips
        candidates = np.flatnonzero(alike)
        names = [self[number] for number in candidates.tolist()]
        near = process.extract(mine, names, scorer=OSA.distance, score_cutoff=slips, limit=None)
        near.sort(key=lambda match: match[2])
        places = np.array([place for _, _, place in near], dtype=np.int64)
        return candidates[places], np.array([distance for _, distance, _ in near], dtype=np.int64)


def arrays_of_names(names: Iterable[bytes]) -> dict[str, npt.NDArray[Any]]:
    """What an index of sorted names is made of: the text, where each name ends, how long it is, its set of letters."""
    listed = list(names)
    lengths = np.fromiter(map(len, listed), dtype=np.int16, count=len(listed))
    text, ends = end_to_end(listed)
    return {"text": text, "ends": ends, "lengths": lengths, "letter_sets": _letter_sets(text, ends - lengths)}


def end_to_end(texts: Sequence[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Texts as one row of bytes, and where each of them ends."""
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int32, count=len(texts)), dtype=np.int32)
    return np.array(bytearray(b"".join(texts)), dtype=np.uint8), ends


def text_at(row: memoryview, ends: npt.NDArray[np.int32], number: int) -> bytes:
    """One of the texts that lie end to end, by its number from 0."""
    return bytes(row[int(ends[number - 1]) if number else 0 : int(ends[number])])


def _letter_sets(text: npt.NDArray[np.uint8], starts: npt.NDArray[np.int32]) -> npt.NDArray[np.uint32]:
    """The set of letters of each name, as bits; bytes a multiple of 32 apart share theirs. No name is empty."""
    if not len(starts):
        return np.empty(0, dtype=np.uint32)
    bits = np.uint32(1) << (text & 31).astype(np.uint32)
    letter_sets: npt.NDArray[np.uint32] = np.bitwise_or.reduceat(bits, starts)
    return letter_sets
