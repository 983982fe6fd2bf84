"""Filters and counts over facet values, for whole snapshots: what the segments count, added up.

A new commit thus lays out nothing but the segment that it brings.
"""

from collections.abc import Sequence

import numpy as np

from .segment_facets import Counts, Mask, Rows, extents
from .segments import Segment


class FacetRows:
    """The facets of a snapshot. `bases` are the rows that the segments begin at; dead rows count nowhere."""

    def __init__(self, segments: Sequence[Segment], bases: Sequence[int], live: Mask) -> None:
        self._live = live
        self._bases = bases
        self._segments = [segment.facets for segment in segments]
        values = sorted({pair for facets in self._segments for pair in facets.values})
        self._numbers = {pair: number for number, pair in enumerate(values)}
        self._values = values
        self._own_numbers = [
            np.fromiter(map(self._numbers.__getitem__, facets.values), dtype=np.int64, count=len(facets.values))
            for facets in self._segments
        ]
        self._extents = extents(values)

    def mask(self, field: str, values: Sequence[str]) -> Mask:
        """Which rows hold any of the values; none, for no values or unknown ones. Rows of dead documents are False."""
        chosen = np.zeros(len(self._live), dtype=np.bool_)
        for facets, base in zip(self._segments, self._bases, strict=False):
            for value in values:
                place = facets.places.get((field, value))
                if place is not None:
                    chosen[base + facets.documents(place)] = True
        chosen &= self._live
        return chosen

    def count(self, rows: Rows, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        """How many of the rows, live ones in ascending order, hold each value of the fields; 0 is left out."""
        counts = np.zeros(len(self._values), dtype=np.int64)
        bounds = np.searchsorted(rows, self._bases)
        for place, (facets, numbers) in enumerate(zip(self._segments, self._own_numbers, strict=True)):
            of_segment = rows[bounds[place] : bounds[place + 1]]
            if len(of_segment):
                base = np.int32(self._bases[place])
                counts[numbers] += facets.count_values(of_segment - base if base else of_segment, fields)
        return {field: self._named(counts, *self._extents.get(field, (0, 0))) for field in fields}

    def _named(self, counts: Counts, first: int, last: int) -> dict[str, int]:
        occurring = first + np.flatnonzero(counts[first:last])
        numbers = zip(occurring.tolist(), counts[occurring].tolist(), strict=True)
        return {self._values[number][1]: count for number, count in numbers}
