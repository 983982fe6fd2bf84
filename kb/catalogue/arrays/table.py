"""Tables of arrays: one row for each entry of a kind, in the order of lists. A table never changes."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt


class Codes:
    """Codes numbered in the order in which they were first met; a number never changes. One thread at a time adds."""

    def __init__(self) -> None:
        self.codes: Final[list[str]] = []
        self._numbers: dict[str, int] = {}

    def add(self, code: str) -> int:
        """The number of a code, a new one where there is none."""
        number = self._numbers.get(code)
        if number is None:
            number = self._numbers[code] = len(self.codes)
            self.codes.append(code)
        return number

    def number(self, code: str) -> int:
        """The number of a code; -1 for one that nothing has."""
        return self._numbers.get(code, -1)


Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]
"""Numbers of rows of a table, ascending."""

Mask = npt.NDArray[np.bool_]


class ListColumn:
    """For each row a list of numbers, one list after the other (compressed sparse rows)."""

    def __init__(self, lengths: npt.NDArray[np.int64], values: Array) -> None:
        self.lengths = lengths
        self.values = values

    @cached_property
    def rows(self) -> npt.NDArray[np.int32]:
        """The row that each of the values is of."""
        return np.repeat(np.arange(len(self.lengths), dtype=np.int32), self.lengths)

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where the list of each row begins."""
        ends: npt.NDArray[np.int64] = np.cumsum(self.lengths)
        return ends - self.lengths

    def holding(self, value: int) -> Rows:
        """The rows whose list holds a value; lists hold each of their values once."""
        rows: Rows = self.rows[self.values == value].astype(np.int64)
        return rows

    def of_rows(self, rows: Rows) -> Array:
        """The values of some rows, one list after the other."""
        lengths = self.lengths[rows]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        return self.values[np.arange(total) + np.repeat(self.starts[rows] - ends + lengths, lengths)]

    def has(self, rows: Rows, lists: "ListColumn") -> bool:
        """Whether some rows have just these lists."""
        return np.array_equal(self.lengths[rows], lists.lengths) and np.array_equal(self.of_rows(rows), lists.values)

    def replaced(self, gone: Rows, at: Rows, new: "ListColumn") -> "ListColumn":
        """Without some rows, and with the new ones before those that remain at the given places."""
        kept = np.delete(self.lengths, gone)
        removed = np.repeat(self.starts[gone] - np.cumsum(self.lengths[gone]), self.lengths[gone])
        numbers = np.arange(len(removed)) + np.repeat(self.lengths[gone], self.lengths[gone])
        values = np.delete(self.values, removed + numbers)
        starts = np.concatenate(([0], np.cumsum(kept)))
        values = np.insert(values, np.repeat(starts[at], new.lengths), new.values)
        return ListColumn(np.insert(kept, at, new.lengths), values)


@dataclass(frozen=True)
class Table:
    """Columns of one value a row, "id" among them, and columns of lists; `key` orders the rows."""

    columns: Mapping[str, Array]
    lists: Mapping[str, ListColumn]
    key: Callable[["Table", int], tuple[Any, ...]]

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def row_of(self, entry_id: int) -> int | None:
        """The row of an entry; None where there is none."""
        rows = np.flatnonzero(self["id"] == entry_id)
        return int(rows[0]) if len(rows) else None

    def rows_of(self, ids: Array) -> Rows:
        """The row of each id; -1 where there is none."""
        rows: Rows = self._row_by_id[np.minimum(ids, len(self._row_by_id) - 1)].astype(np.int64)
        return rows

    @cached_property
    def _row_by_id(self) -> npt.NDArray[np.int32]:
        """The row of each id from 0 to beyond the largest; -1 where there is none."""
        rows = np.full(int(self["id"].max(initial=-1)) + 2, -1, dtype=np.int32)
        rows[self["id"]] = np.arange(len(self), dtype=np.int32)
        return rows

    @cached_property
    def newest_first(self) -> Rows:
        """All rows by when they came in or were last changed, the latest first; of equal ones the larger id first.

        Sorted once for a table: to look for the newest of 100,000 each time would take longer where many are equal.
        """
        return np.lexsort((self["id"], self["updated_at"]))[::-1]

    def replaced(self, ids: Collection[int], new: "Table") -> "Table":
        """The table without the entries of some ids, and with those of another table, each where it belongs."""
        gone = np.flatnonzero(np.isin(self["id"], np.fromiter(ids, dtype=np.int64, count=len(ids))))
        kept = np.delete(np.arange(len(self)), gone)

        places = range(len(kept))
        at = np.array(
            [
                bisect_left(places, new.key(new, row), key=lambda place: self.key(self, int(kept[place])))
                for row in range(len(new))
            ],
            dtype=np.int64,
        )
        # Mostly entries keep their place in the order, and most of their columns stay as they are.
        stays = np.array_equal(at, gone - np.arange(len(gone)))

        def column(before: Array, after: Array) -> Array:
            if not stays:
                return np.insert(np.delete(before, gone), at, after)
            if np.array_equal(before[gone], after):
                return before
            changed = before.copy()
            changed[gone] = after
            return changed

        def lists(before: ListColumn, after: ListColumn) -> ListColumn:
            return before if stays and before.has(gone, after) else before.replaced(gone, at, after)

        return Table(
            {name: column(before, new.columns[name]) for name, before in self.columns.items()},
            {name: lists(before, new.lists[name]) for name, before in self.lists.items()},
            self.key,
        )


def first_rows(keys: Sequence[Array], count: int) -> Rows:
    """The first rows in the order of several keys of equal length, without sorting all; the last key is unique."""
    candidates = np.arange(len(keys[0]))
    certain: list[Rows] = []
    wanted = count
    for key in keys:
        if len(candidates) <= wanted or wanted <= 0:
            break
        values = key[candidates]
        bound = np.partition(values, wanted - 1)[wanted - 1]
        certain.append(candidates[values < bound])
        candidates = candidates[values == bound]
        wanted -= len(certain[-1])
    chosen = np.concatenate([*certain, candidates])
    return chosen[np.lexsort([key[chosen] for key in reversed(keys)])][:count]
