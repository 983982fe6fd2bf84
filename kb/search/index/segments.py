"""Reads one segment: its columns and dictionaries once, its postings as they are asked for.

A segment never changes once written, only which of its documents are deleted; so snapshots share these objects.
"""

# mypy: allow-untyped-calls
# Whoosh is annotated in part only.

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.fields import Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC

from ..spelling import Vocabulary
from .schema import FACET_SEPARATOR, IndexUnreadable, title_key
from .segment_builder import (
    CITIES,
    CITY_DOCUMENTS,
    COMPOUNDS,
    DIGESTS,
    EVIDENCE,
    FACETS,
    IDS,
    LENGTHS,
    NEWEST,
    STEMS,
    STORED,
    SUGGESTED,
    SURFACES,
    TITLE_STEMS,
    TITLE_WORDS,
    TITLES,
    WEIGHTED,
    SegmentBuilder,
)
from .segment_facets import SegmentFacets
from .segment_file import Array, SegmentFile

INDEX_NAME = "MAIN"
EXTENSION = ".segment"

Documents = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]

_NO_WEIGHTS: Weights = np.zeros(0, dtype=np.float32)


class Postings(NamedTuple):
    """Documents that hold a term, ascending numbers within the segment, with the weight of the term in each."""

    documents: Documents
    weights: Weights


class Places(NamedTuple):
    """Every occurrence of a term, ascending: its document's number within the segment, and its position there."""

    documents: Documents
    positions: npt.NDArray[np.int64]


class Texts:
    """Many texts in two arrays: their bytes one after the other, and where each ends."""

    def __init__(self, file: SegmentFile, name: str) -> None:
        self._bytes = file.whole(name).tobytes()
        self._ends = file.whole(f"{name}.ends").data

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> bytes:
        return self._bytes[self._ends[number - 1] if number else 0 : self._ends[number]]

    def decoded(self) -> list[str]:
        """All of them."""
        ends = self._ends.tolist()
        return [self._bytes[start:end].decode() for start, end in zip([0, *ends], ends, strict=False)]

    def extent(self, start: str) -> tuple[int, int]:
        """Where, in order, the texts that begin so begin and end."""
        prefix = start.encode("utf-8", "replace")
        first = bisect_left(self, prefix)
        return first, bisect_left(self, prefix + b"\xff", lo=first)

    def find(self, text: str) -> int | None:
        """The place of a text among those in order; None if it is not there."""
        wanted = text.encode("utf-8", "replace")
        place = bisect_left(self, wanted)
        return place if place < len(self) and self[place] == wanted else None


class PostingLists:
    """The terms of one kind in order, and the documents of each."""

    def __init__(self, file: SegmentFile, name: str) -> None:
        self._file = file
        self._name = name
        self.terms = Texts(file, f"{name}.terms")
        self.starts: npt.NDArray[np.int64] = file.whole(f"{name}.starts")

    def postings(self, term: str) -> Postings | None:
        """The postings of a term, deleted documents included; None if the segment lacks it."""
        place = self.terms.find(term)
        if place is None:
            return None
        first, last = self.starts[place : place + 2].tolist()
        return Postings(self.documents(first, last), self._file.part(f"{self._name}.weights", first, last))

    def documents_with_prefix(self, start: str) -> Documents:
        """The documents of every term that begins so, one list after the other."""
        first, last = self.terms.extent(start)
        return self.documents(int(self.starts[first]), int(self.starts[last]))

    def documents(self, first: int, last: int) -> Documents:
        """The documents of postings from a place to another."""
        return self._file.part(f"{self._name}.documents", first, last)

    def all(self) -> tuple[list[str], Array, Array, Array]:
        """Terms, where the postings of each begin, documents and weights, for a merge; checked."""
        weights = self._file.whole(f"{self._name}.weights") if self._name in WEIGHTED else _NO_WEIGHTS
        return self.terms.decoded(), self.starts, self._file.whole(f"{self._name}.documents"), weights


class Segment:
    """One segment; arrays have one row for each document, deleted ones included."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.file = file = SegmentFile(folder / f"{name}{EXTENSION}")
        self.ids: npt.NDArray[np.int64] = file.whole(IDS)
        self.count = len(self.ids)
        self._lists: dict[str, PostingLists] = {}

    @cached_property
    def _by_id(self) -> npt.NDArray[np.int64]:
        return np.argsort(self.ids, kind="stable")

    def numbers_of(self, id_: int) -> list[int]:
        """The numbers of the documents with an id, deleted ones included."""
        first = np.searchsorted(self.ids, id_, side="left", sorter=self._by_id)
        last = np.searchsorted(self.ids, id_, side="right", sorter=self._by_id)
        numbers: list[int] = self._by_id[first:last].tolist()
        return numbers

    @cached_property
    def cities(self) -> tuple[Documents, npt.NDArray[np.int64]]:
        """Documents and the ids of the cities they belong to, a pair for each city of a document."""
        return self.file.whole(CITY_DOCUMENTS), self.file.whole(CITIES)

    @cached_property
    def newest(self) -> npt.NDArray[np.int64]:
        """The year that "newest" sorts by."""
        return self.file.whole(NEWEST)

    @cached_property
    def evidence(self) -> npt.NDArray[np.int64]:
        """The level that "evidence" sorts by."""
        return self.file.whole(EVIDENCE)

    @cached_property
    def lengths(self) -> npt.NDArray[np.float32]:
        """Words of each document."""
        return self.file.whole(LENGTHS)

    @cached_property
    def title_lengths(self) -> Weights:
        """Words of each document's title."""
        _, _, documents, weights = self.all_postings(TITLE_STEMS)
        return np.bincount(documents, weights, minlength=self.count).astype(np.float32)

    @cached_property
    def digests(self) -> npt.NDArray[np.int64]:
        """Fingerprints of the documents; read when a check first asks."""
        return self.file.whole(DIGESTS)

    @cached_property
    def suggested(self) -> npt.NDArray[np.float64]:
        """The weights of suggestions, NaN for what is never suggested."""
        return self.file.whole(SUGGESTED)

    @cached_property
    def suggested_ranks(self) -> npt.NDArray[np.int32]:
        """The place of each document among suggestions; that of what is never suggested is the count of documents."""
        return self.file.whole("suggested_ranks")

    @cached_property
    def facets(self) -> SegmentFacets:
        """What is filtered and counted by."""
        return SegmentFacets(self.file, Texts(self.file, f"{FACETS}.terms").decoded(), self.count)

    @cached_property
    def titles(self) -> Texts:
        """What titles are sorted by, and then the folded titles."""
        return Texts(self.file, TITLES)

    @cached_property
    def title_order(self) -> Documents:
        """Documents by title."""
        return self.file.whole("title_order")

    @cached_property
    def folded_order(self) -> Documents:
        """Documents by folded title."""
        return self.file.whole("folded_order")

    @cached_property
    def title_ranks(self) -> npt.NDArray[np.int32]:
        """The place of each document by title."""
        return self.file.whole("title_ranks")

    def lists(self, name: str) -> PostingLists:
        """The terms of one kind, read when first asked for."""
        lists = self._lists.get(name)
        if lists is None:
            lists = self._lists[name] = PostingLists(self.file, name)
        return lists

    def places(self, stem: str) -> Places | None:
        """Every occurrence of a stem; None if the segment lacks it."""
        lists = self.lists(STEMS)
        place = lists.terms.find(stem)
        if place is None:
            return None
        first, last = lists.starts[place : place + 2].tolist()
        bounds = self.file.part("places.starts", first, last + 1)
        positions = self.file.part("places", int(bounds[0]), int(bounds[-1])).astype(np.int64)
        return Places(np.repeat(lists.documents(first, last), np.diff(bounds)), positions)

    def warm(self) -> None:
        """Read what searches need besides postings, and only once."""
        for name in (STEMS, COMPOUNDS, TITLE_STEMS, SURFACES, TITLE_WORDS):
            self.lists(name)
        _ = (self.vocabulary, self.titles, self.title_order, self.title_ranks, self.folded_order, self.suggested_ranks)

    def titled(self, title: str) -> list[int]:
        """The numbers of the documents with a title, however its letters are typed."""
        wanted = title_key(title).encode()
        first = bisect_left(self.title_order, wanted, key=self.titles.__getitem__)
        last = first
        while last < self.count and self.titles[self.title_order[last]] == wanted:
            last += 1
        numbers: list[int] = self.title_order[first:last].tolist()
        return numbers

    def beginning_with(self, folded: str) -> Documents:
        """The documents whose folded title begins so."""
        start = folded.encode("utf-8", "replace")
        first = bisect_left(self.folded_order, start, key=self._folded_title)
        last = bisect_left(self.folded_order, start + b"\xff", lo=first, key=self._folded_title)
        return self.folded_order[first:last]

    def _folded_title(self, number: int) -> bytes:
        return self.titles[number].partition(FACET_SEPARATOR.encode())[2]

    def words_beginning_with(self, start: str) -> Documents:
        """The documents with a word in their title that begins so; a document may occur several times."""
        return self.lists(TITLE_WORDS).documents_with_prefix(start)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The segment's surfaces with how many documents hold each, for spelling; read when first asked for."""
        surfaces = self.lists(SURFACES)
        return Vocabulary(zip(surfaces.terms.decoded(), np.diff(surfaces.starts).tolist(), strict=True))

    def add_to(self, builder: SegmentBuilder, deleted: Sequence[int]) -> None:
        """Add the documents that are not deleted to another segment."""
        keep = np.ones(self.count, dtype=np.bool_)
        keep[np.array(deleted, dtype=np.int64)] = False
        builder.merge(self, keep)

    def column(self, name: str) -> Array:
        """An array, by its name."""
        return self.file.whole(name)

    @cached_property
    def _stored_ends(self) -> npt.NDArray[np.int64]:
        return self.file.whole(f"{STORED}.ends")

    def stored(self, number: int) -> list[str]:
        """Title, slug and the beginning of the text of a document, read from the disk."""
        start = int(self._stored_ends[number - 1]) if number else 0
        text = self.file.part(STORED, start, int(self._stored_ends[number])).tobytes().decode()
        return text.split(FACET_SEPARATOR, 2)

    def all_stored(self) -> list[str]:
        """What is shown of documents where the database cannot be asked."""
        return Texts(self.file, STORED).decoded()

    def all_titles(self) -> list[str]:
        """What titles are sorted by."""
        return Texts(self.file, TITLES).decoded()

    def all_postings(self, name: str) -> tuple[list[str], Array, Array, Array]:
        """The terms of a kind, where the postings of each begin, documents and weights."""
        return PostingLists(self.file, name).all()


def segments_of_commit(folder: Path, commit: int) -> list[Any]:
    """Whoosh's own segment objects of a commit. Raises FileNotFoundError if it is gone, IndexUnreadable if damaged."""
    name = f"_{INDEX_NAME}_{commit}.toc"
    # Read from memory, since Whoosh leaves the file open where it is damaged.
    ram_storage = RamStorage()
    ram_storage.files[name] = (folder / name).read_bytes()
    try:
        segments: list[Any] = TOC.read(ram_storage, INDEX_NAME, gen=commit, schema=Schema()).segments
    # Whoosh raises whatever its unpickling came upon; all of it means the same to a caller.
    except Exception as error:
        raise IndexUnreadable(f"the table of contents of commit {commit} cannot be read: {error}") from error
    return segments
