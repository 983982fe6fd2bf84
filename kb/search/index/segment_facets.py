"""The facets of one segment, in three layouts that hold the same facts, each for its purpose.

They are documents by value, for filters; values by document (compressed sparse rows), which count few hits fast; and
for values that many documents hold, one bit a document, which count many hits fast. The rest of the values are counted
from their documents.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .schema import FACET_SEPARATOR
from .segment_builder import FACETS
from .segment_file import SegmentFile

Rows = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

FEW = 0.04
"""Share of all rows below which counting value by value beats bits; measured at 10,000 and 100,000 documents."""

_WORD = 64


class SegmentFacets:
    """The facets of one segment. Values are numbered over all facets, a facet's values in a row. Never changed."""

    def __init__(self, file: SegmentFile, terms: Sequence[str], count: int) -> None:
        self.count = count
        pairs = [term.partition(FACET_SEPARATOR) for term in terms]
        self.values = [(field, value) for field, _, value in pairs]
        self.places = {value: place for place, value in enumerate(self.values)}
        self._extents = extents(self.values)
        self._starts = file.whole(f"{FACETS}.starts")
        self._documents = file.whole(f"{FACETS}.documents")
        self._row_starts = file.whole(f"{FACETS}.row_starts")
        self._row_values = _narrow(file.whole(f"{FACETS}.row_values"), len(self.values))
        self._pack()

    def documents(self, place: int) -> Rows:
        """The documents with the value of a place, deleted ones included."""
        documents: Rows = self._documents[self._starts[place] : self._starts[place + 1]]
        return documents

    def count_values(self, rows: Rows, fields: Sequence[str]) -> Counts:
        """How many of the rows hold each value; those of fields not asked for may be left at 0."""
        if len(rows) <= self.count * FEW or self.count <= _WORD:
            return self._count_by_row(rows)
        counts = np.zeros(len(self.values), dtype=np.int64)
        hit = np.zeros(self.count, dtype=np.bool_)
        hit[rows] = True
        bits = _packed(hit)
        for field in fields:
            first, last = self._extents.get(field, (0, 0))
            begin, end = self._common_extents.get(field, (0, 0))
            counts[self._common[begin:end]] = np.bitwise_count(self._bits[begin:end] & bits).sum(axis=1, dtype=np.int64)
            begin, end = self._rare_extents.get(field, (0, 0))
            rare = self._rare_numbers[begin:end][hit[self._rare_rows[begin:end]]]
            counts[first:last] += np.bincount(rare - first, minlength=last - first)
        return counts

    def _count_by_row(self, rows: Rows) -> Counts:
        starts = self._row_starts[rows]
        sizes = self._row_starts[rows + 1] - starts
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if len(ends) else 0
        # The positions of every row's values, without a loop: a running number, shifted anew where a row begins.
        places = np.arange(total) + np.repeat(starts - ends + sizes, sizes)
        return np.bincount(self._row_values[places], minlength=len(self.values))

    def _pack(self) -> None:
        """Give bits to the values whose documents outnumber the words of a bit row; the others stay lists."""
        sizes = np.diff(self._starts)
        is_common = sizes > -(-self.count // _WORD)
        self._common = np.flatnonzero(is_common)
        self._bits = np.zeros((len(self._common), -(-self.count // _WORD)), dtype=np.uint64)
        for place, number in enumerate(self._common.tolist()):
            hit = np.zeros(self.count, dtype=np.bool_)
            hit[self.documents(number)] = True
            self._bits[place] = _packed(hit)
        is_rare = np.repeat(~is_common, sizes)
        self._rare_rows: Rows = self._documents[is_rare]
        numbers = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)[is_rare]
        self._common_extents = self._extents_among(self._common)
        self._rare_extents = self._extents_among(numbers)
        self._rare_numbers = _narrow(numbers, len(sizes))

    def _extents_among(self, numbers: npt.NDArray[np.signedinteger]) -> dict[str, tuple[int, int]]:
        """Where, among ascending numbers of values, those of each field begin and end."""
        ends = np.searchsorted(numbers, np.array(list(self._extents.values()), dtype=numbers.dtype).reshape(-1, 2))
        return {field: (begin, end) for field, (begin, end) in zip(self._extents, ends.tolist(), strict=True)}


def extents(values: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """Where, among pairs of field and value in order, those of each field begin and end."""
    found: dict[str, tuple[int, int]] = {}
    for place, (field, _) in enumerate(values):
        found[field] = (found.get(field, (place, 0))[0], place + 1)
    return found


def _narrow(numbers: npt.NDArray[np.int32], most: int) -> npt.NDArray[np.int32] | npt.NDArray[np.uint16]:
    """Numbers below `most` in half the memory, where they fit."""
    return numbers.astype(np.uint16) if most <= 1 << 16 else numbers


def _packed(hit: Mask) -> npt.NDArray[np.uint64]:
    words = np.zeros(-(-len(hit) // _WORD) * 8, dtype=np.uint8)
    packed = np.packbits(hit)
    words[: len(packed)] = packed
    return words.view(np.uint64)
