"""Sort orders, and the best rows of many without sorting all of them.

Ties are broken by id, so the best k are always the same ones, whatever k. Nothing is ranked before somebody asks: what
a segment holds is enough.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..engine_types import Sort
from .segments import Segment

Rows = npt.NDArray[np.int32]
Ids = npt.NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)


class Orders:
    """The orders of a snapshot's rows. `bases` are the rows that the segments begin at."""

    def __init__(self, segments: Sequence[Segment], bases: Sequence[int], ids: Ids) -> None:
        self._segments = segments
        self._bases = bases
        self._ids = ids
        self._keys: dict[Sort, npt.NDArray[np.int64]] = {
            "newest": joined([segment.newest for segment in segments], np.int64),
            "evidence": joined([segment.evidence for segment in segments], np.int64),
        }

    def first(self, rows: Rows, order: Sort, k: int) -> Rows:
        """The first k of the rows, which ascend, in an order other than relevance."""
        if order == "title":
            return self._by_title(rows, k)
        return rows[_highest(self._keys[order][rows], self._ids[rows], k)]

    def best(self, rows: Rows, scores: npt.NDArray[np.float32] | None, k: int) -> Rows:
        """Places, in `rows`, of the k best by score, then id. Without scores, by id alone."""
        if scores is None:
            return _lowest(self._ids[rows], k)
        return _highest(scores, self._ids[rows], k)

    def _by_title(self, rows: Rows, k: int) -> Rows:
        """The first k of each segment, among which are the first k of all."""
        bounds = np.searchsorted(rows, self._bases).tolist()
        candidates: list[tuple[bytes, int, int]] = []
        for place, segment in enumerate(self._segments):
            of_segment = rows[bounds[place] : bounds[place + 1]]
            base = self._bases[place]
            best = of_segment[_highest(-segment.title_ranks[of_segment - base], self._ids[of_segment], k)]
            candidates += [(segment.titles[row - base], int(self._ids[row]), row) for row in best.tolist()]
        candidates.sort()
        return np.array([row for _, _, row in candidates[:k]], dtype=np.int32)


def _highest(keys: npt.NDArray[Any], ids: Ids, k: int) -> Rows:
    """Places of the k highest keys, highest first; of equal ones those with the lowest ids."""
    places = np.arange(len(keys), dtype=np.int32)
    if k <= 0:
        return places[:0]
    if k < len(keys):
        threshold = np.partition(keys, len(keys) - k)[len(keys) - k]
        above = np.flatnonzero(keys > threshold)
        level = np.flatnonzero(keys == threshold)
        places = np.concatenate((above, level[_lowest(ids[level], k - len(above))])).astype(np.int32)
    # The complement turns integers round as the negative does, and cannot overflow at the key for None.
    chosen = keys[places]
    return places[np.lexsort((ids[places], -chosen if chosen.dtype.kind == "f" else ~chosen))]


def _lowest(ids: Ids, k: int) -> Rows:
    """Places of the k lowest ids, lowest first."""
    if k <= 0:
        return np.zeros(0, dtype=np.int32)
    if k >= len(ids):
        return np.argsort(ids).astype(np.int32)
    places = np.argpartition(ids, k)[:k]
    return places[np.argsort(ids[places])].astype(np.int32)


def joined(arrays: Sequence[npt.NDArray[Scalar]], dtype: type[Scalar]) -> npt.NDArray[Scalar]:
    """Arrays one after the other; an empty one of none."""
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=dtype)
