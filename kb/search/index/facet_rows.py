"""Filters and counts over facet values, for whole snapshots.

Values are numbered over all facets, a facet's values in a row. Three layouts hold the same facts, each for its purpose:
rows by value, for filters; values by row (compressed sparse rows), which count few hits fast; and for values that many
rows hold, one bit a row, which count many hits fast. The rest of the values are counted from their rows.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .columns import SegmentColumns

Rows = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

FEW = 0.04
"""Share of all rows below which counting value by value beats bits; measured at 10,000 and 100,000 documents."""

_WORD = 64


class FacetRows:
    """The facets of a snapshot. `bases` are the rows that the segments begin at; dead rows count nowhere."""

    def __init__(self, segments: Sequence[SegmentColumns], bases: Sequence[int], live: Mask) -> None:
        self._rows = len(live)
        self._numbers: dict[str, dict[str, int]] = {}
        self._extent: dict[str, tuple[int, int]] = {}
        self._names: list[str] = []
        for field in sorted({name for segment in segments for name in segment.facets}):
            columns = [segment.facets[field] for segment in segments if field in segment.facets]
            values = sorted({value for column in columns for value in column.values})
            first = len(self._names)
            self._numbers[field] = {value: first + place for place, value in enumerate(values)}
            self._extent[field] = (first, first + len(values))
            self._names.extend(values)
        self._by_value = self._lay_out_by_value(segments, bases, live)
        self._starts, self._value_numbers = self._lay_out_by_row(segments, bases)
        self._pack()

    def mask(self, field: str, values: Sequence[str]) -> Mask:
        """Which rows hold any of the values; none, for no values or unknown ones. Rows of dead documents are False."""
        chosen = np.zeros(self._rows, dtype=np.bool_)
        numbers = self._numbers.get(field, {})
        for value in values:
            number = numbers.get(value)
            if number is not None:
                chosen[self._by_value[number]] = True
        return chosen

    def count(self, rows: Rows, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        """How many of the rows hold each value of the fields; values that none holds are left out."""
        extents = {field: self._extent.get(field, (0, 0)) for field in fields}
        if len(rows) <= self._rows * FEW:
            counts = self._count_by_row(rows)
            counts_by_field = {field: counts[first:last] for field, (first, last) in extents.items()}
        else:
            hit = np.zeros(self._rows, dtype=np.bool_)
            hit[rows] = True
            bits = self._packed(hit)
            counts_by_field = {field: self._count_by_bits(hit, bits, *extent) for field, extent in extents.items()}
        return {field: self._named(extents[field][0], counts) for field, counts in counts_by_field.items()}

    def _named(self, first: int, counts: npt.NDArray[np.int64]) -> dict[str, int]:
        occurring = np.flatnonzero(counts)
        numbers = zip(occurring.tolist(), counts[occurring].tolist(), strict=True)
        return {self._names[first + place]: count for place, count in numbers}

    def _count_by_row(self, rows: Rows) -> npt.NDArray[np.int64]:
        starts = self._starts[rows]
        sizes = self._starts[rows + 1] - starts
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if len(ends) else 0
        # The positions of every row's values, without a loop: a running number, shifted anew where a row begins.
        places = np.arange(total) + np.repeat(starts - ends + sizes, sizes)
        return np.bincount(self._value_numbers[places], minlength=len(self._names))

    def _count_by_bits(self, hit: Mask, bits: npt.NDArray[np.uint64], first: int, last: int) -> npt.NDArray[np.int64]:
        counts = np.zeros(last - first, dtype=np.int64)
        begin, end = np.searchsorted(self._common, [first, last])
        counts[self._common[begin:end] - first] = np.bitwise_count(self._bits[begin:end] & bits).sum(
            axis=1, dtype=np.int64
        )
        begin, end = np.searchsorted(self._rare_numbers, [first, last])
        rare = self._rare_numbers[begin:end][hit[self._rare_rows[begin:end]]]
        counts += np.bincount(rare - first, minlength=last - first)
        return counts

    def _lay_out_by_value(self, segments: Sequence[SegmentColumns], bases: Sequence[int], live: Mask) -> list[Rows]:
        parts: list[list[Rows]] = [[] for _ in self._names]
        for segment, base in zip(segments, bases, strict=False):
            for field, column in segment.facets.items():
                for value, documents in zip(column.values, column.documents, strict=True):
                    parts[self._numbers[field][value]].append(documents + np.int32(base))
        all_live = bool(live.all())
        joined = [np.concatenate(parts_of_value) for parts_of_value in parts]
        return joined if all_live else [rows[live[rows]] for rows in joined]

    def _lay_out_by_row(
        self, segments: Sequence[SegmentColumns], bases: Sequence[int]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        sizes = np.zeros(self._rows, dtype=np.int64)
        for segment, base in zip(segments, bases, strict=False):
            for column in segment.facets.values():
                sizes[base : base + segment.count] += np.diff(column.starts)
        starts = np.zeros(self._rows + 1, dtype=np.int64)
        np.cumsum(sizes, out=starts[1:])
        value_numbers = np.zeros(int(starts[-1]), dtype=np.int32)
        next_free = starts[:-1].copy()
        for segment, base in zip(segments, bases, strict=False):
            for field, column in segment.facets.items():
                numbers = np.array([self._numbers[field][value] for value in column.values], dtype=np.int32)
                sizes = np.diff(column.starts)
                shift = next_free[base : base + segment.count] - column.starts[:-1]
                value_numbers[np.arange(len(column.numbers)) + np.repeat(shift, sizes)] = numbers[column.numbers]
                next_free[base : base + segment.count] += sizes
        return starts, value_numbers

    def _pack(self) -> None:
        """Give bits to the values whose rows outnumber the words of a bit row; the others stay lists of rows."""
        words = (self._rows + _WORD - 1) // _WORD
        common = [number for number, rows in enumerate(self._by_value) if len(rows) > words]
        rare = [number for number, rows in enumerate(self._by_value) if len(rows) <= words]
        self._common = np.array(common, dtype=np.int64)
        self._bits = np.zeros((len(common), words), dtype=np.uint64)
        for place, number in enumerate(common):
            hit = np.zeros(self._rows, dtype=np.bool_)
            hit[self._by_value[number]] = True
            self._bits[place] = self._packed(hit)
        rare_rows = [self._by_value[number] for number in rare]
        self._rare_rows: Rows = np.concatenate([*rare_rows, np.zeros(0, dtype=np.int32)])
        self._rare_numbers = np.repeat(np.array(rare, dtype=np.int64), [len(rows) for rows in rare_rows])

    def _packed(self, hit: Mask) -> npt.NDArray[np.uint64]:
        words = np.zeros((self._rows + _WORD - 1) // _WORD * 8, dtype=np.uint8)
        packed = np.packbits(hit)
        words[: len(packed)] = packed
        return words.view(np.uint64)


def allowed_rows(facets: FacetRows, filters: Mapping[str, Sequence[str]]) -> dict[str, Mask]:
    """The mask of every filter by its field; values within a field are or-ed."""
    return {field: facets.mask(field, values) for field, values in filters.items()}
