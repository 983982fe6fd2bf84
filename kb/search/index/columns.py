"""The columns of a segment: ids, sort keys, lengths and facet values of each document. Read once, then shared.

A segment never changes once written, only which of its documents are deleted; so snapshots share these objects.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..spelling import Vocabulary
from .schema import DIGEST, EVIDENCE, ID, LENGTH, NEWEST, NO_KEY, TITLE, title_key
from .segments import Places, SegmentFiles

Documents = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class FacetColumn:
    """One facet of a segment both ways round.

    `values[i]` is held by the documents `documents[i]`; document d holds the values numbered
    `numbers[starts[d]:starts[d + 1]]` (compressed sparse rows).
    """

    values: tuple[str, ...]
    documents: tuple[Documents, ...]
    starts: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int32]


class SegmentColumns:
    """The columns of one segment; arrays have one row for each document, deleted ones included."""

    def __init__(self, files: SegmentFiles) -> None:
        self.files = files
        self.count = files.count
        self.ids: npt.NDArray[np.int64] = files.numbers(ID, ">i8", None)
        self.newest: npt.NDArray[np.int64] = files.numbers(NEWEST, ">i8", NO_KEY)
        self.evidence: npt.NDArray[np.int64] = files.numbers(EVIDENCE, ">i8", NO_KEY)
        self.lengths: npt.NDArray[np.float32] = files.numbers(LENGTH, ">u4", 0).astype(np.float32)
        self.titles = files.texts(TITLE)
        self.by_title = sorted(range(self.count), key=self.titles.__getitem__)
        self.cities: Places | None = files.cities()
        self.facets = {
            name: _facet_column(by_value, self.count) for name, by_value in sorted(files.facet_postings().items())
        }

    def titled(self, title: str) -> list[int]:
        """The numbers of the documents with a title, however its letters are typed."""
        key, wanted = self.titles.__getitem__, title_key(title)
        first = bisect_left(self.by_title, wanted, key=key)
        return self.by_title[first : bisect_right(self.by_title, wanted, lo=first, key=key)]

    @cached_property
    def digests(self) -> npt.NDArray[np.int64]:
        """Fingerprints of the documents; read when a check first asks."""
        return self.files.numbers(DIGEST, ">i8", None)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The segment's surfaces, for spelling; read when first asked for, 20,000 in about 0.1 s."""
        return Vocabulary(self.files.surfaces())


def _facet_column(by_value: dict[str, Documents], count: int) -> FacetColumn:
    values = tuple(sorted(by_value))
    documents = tuple(by_value[value] for value in values)
    sizes = [len(document) for document in documents]
    every = np.concatenate(documents)
    numbers = np.repeat(np.arange(len(values), dtype=np.int32), sizes)
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(every, minlength=count), out=starts[1:])
    return FacetColumn(values, documents, starts, numbers[np.argsort(every, kind="stable")])
