"""Sort orders, and the best rows of many without sorting all of them.

An order is a rank for each row, 0 for the first; ties are already broken by id, so ranks are unique and the best k are
always the same ones, whatever k.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..engine_types import Sort
from .columns import SegmentColumns

Rows = npt.NDArray[np.int32]
Ranks = npt.NDArray[np.int32]


class Orders:
    """The ranks of a snapshot's rows by id, newest, evidence and title."""

    def __init__(self, segments: Sequence[SegmentColumns], ids: npt.NDArray[np.int64]) -> None:
        self.by_id = _ranks(np.argsort(ids, kind="stable"))
        self._ranks: dict[Sort, Ranks] = {
            "newest": self._descending([segment_columns.newest for segment_columns in segments]),
            "evidence": self._descending([segment_columns.evidence for segment_columns in segments]),
            "title": self._by_title(segments),
        }

    def first(self, rows: Rows, order: Sort, k: int) -> Rows:
        """The first k of the rows in an order other than relevance, in that order."""
        return _lowest(rows, self._ranks[order], k)

    def best(self, rows: Rows, scores: npt.NDArray[np.float32] | None, k: int) -> Rows:
        """Places, in `rows`, of the k best by score, then id. Without scores, by id alone."""
        ranks = self.by_id[rows]
        if scores is None:
            return _lowest_places(ranks, k)
        places = np.arange(len(rows), dtype=np.int32)
        if k < len(rows):
            threshold = np.partition(scores, len(scores) - k)[len(scores) - k] if k else np.inf
            above = np.flatnonzero(scores > threshold)
            level = np.flatnonzero(scores == threshold)
            ties = level[_lowest_places(ranks[level], k - len(above))]
            places = np.concatenate((above, ties)).astype(np.int32)
        return places[np.lexsort((ranks[places], -scores[places]))]

    def _descending(self, keys: Sequence[npt.NDArray[np.int64]]) -> Ranks:
        joined = np.concatenate([*keys, np.zeros(0, dtype=np.int64)])
        # The complement turns the order round as the negative does, and cannot overflow at the key for None.
        return _ranks(np.lexsort((self.by_id, ~joined)))

    def _by_title(self, segments: Sequence[SegmentColumns]) -> Ranks:
        titles: list[str] = []
        order: list[int] = []
        for segment in segments:
            order.extend(len(titles) + number for number in segment.by_title)
            titles.extend(segment.titles)
        # Every segment's run is sorted already, so Python's sort only merges.
        order.sort(key=titles.__getitem__)
        group, groups = 0, np.zeros(len(order), dtype=np.int64)
        for place in range(1, len(order)):
            group += titles[order[place]] != titles[order[place - 1]]
            groups[place] = group
        numbers = np.array(order, dtype=np.int64)
        return _ranks(numbers[np.lexsort((self.by_id[numbers], groups))])


def _ranks(order: npt.NDArray[np.int64]) -> Ranks:
    ranks = np.empty(len(order), dtype=np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return ranks


def _lowest_places(ranks: Ranks, k: int) -> Rows:
    """Places of the k lowest ranks, lowest first."""
    if k <= 0:
        return np.zeros(0, dtype=np.int32)
    if k >= len(ranks):
        return np.argsort(ranks).astype(np.int32)
    places = np.argpartition(ranks, k)[:k]
    return places[np.argsort(ranks[places])].astype(np.int32)


def _lowest(rows: Rows, ranks: Ranks, k: int) -> Rows:
    return rows[_lowest_places(ranks[rows], k)]
