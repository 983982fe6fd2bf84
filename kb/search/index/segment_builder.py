"""Makes the arrays of a segment: of documents, of other segments that are merged into it, or of both.

Postings are gathered as they come, each as the number of its term and the number of its document; documents are added
in order, so one stable sort by term lays them out. Nothing but the analysis of documents goes word by word.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, compress
from operator import ne
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..engine_types import Document
from .schema import FACET_SEPARATOR, NO_KEY, analysed, stored_text, title_key
from .segment_file import Array

STEMS, COMPOUNDS, TITLE_STEMS = "stems", "compounds", "title_stems"
SURFACES, FACETS, TITLE_WORDS = "surfaces", "facets", "title_words"
LISTS = (STEMS, COMPOUNDS, TITLE_STEMS, SURFACES, FACETS, TITLE_WORDS)
WEIGHTED = (STEMS, COMPOUNDS, TITLE_STEMS)

IDS, NEWEST, EVIDENCE, LENGTHS, DIGESTS, SUGGESTED = "ids", "newest", "evidence", "lengths", "digests", "suggested"
COLUMNS = {IDS: "q", NEWEST: "q", EVIDENCE: "q", LENGTHS: "f", DIGESTS: "q", SUGGESTED: "d"}
"""One value a document, with the type it is gathered as."""

TITLES, PLACES, STORED = "titles", "places", "stored"

CITIES, CITY_DOCUMENTS = "cities", "city_documents"
"""Ids of cities, each with a document that belongs to it."""

Documents = npt.NDArray[np.int32]

_POSTINGS_A_PART = 500_000


class _Numbers(dict[str, int]):
    """Terms with their numbers, given as they first come."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class _Postings:
    """The postings of one kind of term so far, in the order of their documents."""

    def __init__(self) -> None:
        self.numbers = _Numbers()
        self._terms, self._sizes, self._weights = array("i"), array("i"), array("f")
        self._merged: list[tuple[Array, Array, Array]] = []
        self._first = 0

    def add(self, terms: Collection[str], weights: Iterable[float] = ()) -> None:
        """Add a document."""
        self._terms.extend(map(self.numbers.__getitem__, terms))
        self._sizes.append(len(terms))
        self._weights.extend(weights)

    def merge(self, terms: Sequence[str], numbers: Array, documents: Array, weights: Array, count: int) -> None:
        """Add `count` documents of another segment: postings by term, each with the document's number here."""
        self._flush()
        own = np.fromiter(map(self.numbers.__getitem__, terms), dtype=np.int32, count=len(terms))
        self._merged.append((own[numbers], documents, weights))
        self._first += count

    def _flush(self) -> None:
        sizes = np.array(self._sizes, dtype=np.int32)
        documents = np.repeat(np.arange(self._first, self._first + len(sizes), dtype=np.int32), sizes)
        terms, weights = np.array(self._terms, dtype=np.int32), np.array(self._weights, dtype=np.float32)
        self._merged.append((terms, documents, weights))
        self._first += len(sizes)
        del self._terms[:], self._sizes[:], self._weights[:]

    def laid_out(self) -> tuple[list[str], Array, Array, Array, Array]:
        """Terms in order, where the postings of each begin, documents, weights, and the order they were in before."""
        self._flush()
        terms, documents, weights = (np.concatenate(parts) for parts in zip(*self._merged, strict=True))
        self._merged.clear()
        names = sorted(self.numbers)
        places = np.empty(len(names), dtype=np.int32)
        places[np.fromiter(map(self.numbers.__getitem__, names), dtype=np.int64, count=len(names))] = np.arange(
            len(names), dtype=np.int32
        )
        keys = places[terms]
        order = np.argsort(keys, kind="stable")
        starts = np.zeros(len(names) + 1, dtype=np.int64)
        np.cumsum(np.bincount(keys, minlength=len(names)), out=starts[1:])
        return names, starts, documents[order], weights[order] if len(weights) else weights, order


class Source(Protocol):
    """What a segment gives to one that it is merged into."""

    def column(self, name: str) -> Array:
        """An array, by its name."""

    def all_titles(self) -> Sequence[str]:
        """What titles are sorted by."""

    def all_stored(self) -> Sequence[str]:
        """What is shown of documents where the database cannot be asked."""

    def all_postings(self, name: str) -> tuple[Sequence[str], Array, Array, Array]:
        """The terms of a kind, where the postings of each begin, documents and weights."""


class SegmentBuilder:
    """Gathers documents, then makes the arrays. Numbers are given to documents in the order they are added."""

    def __init__(self) -> None:
        self.count = 0
        self.postings = 0
        """How many there are of stems; the others are of their order."""
        self._columns: dict[str, Any] = {name: array(type_) for name, type_ in COLUMNS.items()}
        self._titles: list[str] = []
        self._stored: list[str] = []
        self._lists = {name: _Postings() for name in LISTS}
        self._cities, self._city_documents = array("q"), array("i")
        self._places = array("I")
        self._merged: list[tuple[Source, npt.NDArray[np.bool_], Array]] = []

    def add(self, document: Document) -> int:
        """Add a document; return its number. Raises ValueError."""
        if not 0 <= document.id < 1 << 63:
            raise ValueError(f"a document's id must be within 0 and 2**63 - 1, not {document.id}")
        made = analysed(document)
        columns = {
            IDS: document.id,
            NEWEST: NO_KEY if document.newest is None else document.newest,
            EVIDENCE: NO_KEY if document.evidence is None else document.evidence,
            LENGTHS: made.length,
            DIGESTS: document.digest,
            SUGGESTED: np.nan if document.suggested is None else document.suggested,
        }
        for name, value in columns.items():
            self._columns[name].append(value)
        self._titles.append(title_key(document.title))
        self._stored.append(stored_text(document))
        self._cities.extend(document.cities)
        self._city_documents.extend([self.count] * len(document.cities))
        self._lists[STEMS].add(made.stems, map(len, made.stems.values()))
        self._places.extend(chain.from_iterable(made.stems.values()))
        self._lists[COMPOUNDS].add(made.compounds, made.compounds.values())
        self._lists[TITLE_STEMS].add(made.title_stems, made.title_stems.values())
        self._lists[SURFACES].add(made.surfaces)
        self._lists[FACETS].add(made.facets)
        self._lists[TITLE_WORDS].add(made.title_words)
        self.postings += len(made.stems)
        self.count += 1
        return self.count - 1

    def merge(self, source: Source, keep: npt.NDArray[np.bool_]) -> None:
        """Add the documents of another segment that are to be kept; after that no single ones can be added."""
        renumbered = np.cumsum(keep, dtype=np.int32) - np.int32(1) + np.int32(self.count)
        for name, type_ in COLUMNS.items():
            self._columns[name].frombytes(source.column(name)[keep].astype(type_).tobytes())
        self._titles += compress(source.all_titles(), keep.tolist())
        self._stored += compress(source.all_stored(), keep.tolist())
        city_documents = source.column(CITY_DOCUMENTS)
        is_kept = keep[city_documents]
        self._cities.frombytes(source.column(CITIES)[is_kept].tobytes())
        self._city_documents.frombytes(renumbered[city_documents[is_kept]].tobytes())
        self._merged.append((source, keep, renumbered))
        self.count += int(keep.sum())

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """The arrays of the segment, one kind of terms after the other, so that no more than one is in memory."""
        columns = {name: np.array(self._columns[name]) for name in COLUMNS}
        yield from columns.items()
        yield CITIES, np.array(self._cities)
        yield CITY_DOCUMENTS, np.array(self._city_documents)
        yield from _texts(STORED, self._stored)
        self._stored.clear()
        yield from _texts(TITLES, self._titles)
        title_order = _order(self._titles)
        yield "title_order", title_order
        title_ranks = _ranks(self._titles, title_order)
        yield "title_ranks", title_ranks
        yield "folded_order", _order([title.partition(FACET_SEPARATOR)[2] for title in self._titles])
        yield "suggested_ranks", _suggested_ranks(columns[SUGGESTED], title_ranks)
        for name in LISTS:
            yield from self._list(name)

    def _list(self, name: str) -> Iterator[tuple[str, Array]]:
        """The arrays of one kind of terms."""
        gathered = self._lists.pop(name)
        merged_places = []
        for source, keep, renumbered in self._merged:
            terms, starts, documents, weights = source.all_postings(name)
            numbers = np.repeat(np.arange(len(terms), dtype=np.int32), np.diff(starts))
            chosen = keep[documents]
            if name == STEMS:
                merged_places.append(source.column(PLACES)[np.repeat(chosen, weights.astype(np.int64))])
            numbers = numbers[chosen]
            # Terms of deleted documents only are left out.
            occurs = np.bincount(numbers, minlength=len(terms)) > 0
            names = [terms[number] for number in np.flatnonzero(occurs).tolist()]
            among_them = np.cumsum(occurs, dtype=np.int32) - np.int32(1)
            weights = weights[chosen] if len(weights) else weights
            gathered.merge(names, among_them[numbers], renumbered[documents[chosen]], weights, int(keep.sum()))
        terms, starts, documents, weights, order = gathered.laid_out()
        yield from _texts(f"{name}.terms", terms)
        yield f"{name}.starts", starts
        yield f"{name}.documents", documents
        if name in WEIGHTED:
            yield f"{name}.weights", weights
        if name == STEMS:
            places = np.concatenate([np.array(self._places, dtype=np.uint32), *merged_places])
            merged_places.clear()
            yield from _laid_out_places(places, weights, order)
        if name == FACETS:
            yield from _by_document(starts, documents, self.count)


def _laid_out_places(places: Array, weights: Array, order: Array) -> Iterator[tuple[str, Array]]:
    """Every position by term and document: as many of each posting as its weight says."""
    sizes = weights.astype(np.int64)
    before = np.empty(len(order), dtype=np.int64)
    before[order] = sizes
    begins = (np.cumsum(before) - before)[order]
    del before
    ends = np.cumsum(sizes)
    yield f"{PLACES}.starts", np.concatenate(([0], ends)).astype(np.int64)
    moved = np.empty_like(places)
    # By parts, since where each position comes from takes more room than all else.
    for first in range(0, len(sizes), _POSTINGS_A_PART):
        part = slice(first, first + _POSTINGS_A_PART)
        start, end = int(ends[first] - sizes[first]), int(ends[part][-1])
        shift = np.repeat(begins[part] - (ends[part] - sizes[part]), sizes[part])
        moved[start:end] = places[np.arange(start, end) + shift]
    yield PLACES, moved


def _by_document(starts: Array, documents: Array, count: int) -> Iterator[tuple[str, Array]]:
    """The numbers of each document's terms: compressed sparse rows."""
    numbers = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    row_starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(documents, minlength=count), out=row_starts[1:])
    yield f"{FACETS}.row_starts", row_starts
    yield f"{FACETS}.row_values", numbers[np.argsort(documents, kind="stable")]


def _texts(name: str, texts: Sequence[str]) -> Iterator[tuple[str, Array]]:
    """Texts as bytes one after the other, and where each ends."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))
    yield name, np.frombuffer(b"".join(encoded), dtype=np.uint8)
    yield f"{name}.ends", ends


def _order(texts: Sequence[str]) -> npt.NDArray[np.int32]:
    return np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int32)


def _ranks(texts: Sequence[str], order: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The place of each text in order, equal ones having the same."""
    in_order = [texts[number] for number in order.tolist()]
    differs = np.fromiter(map(ne, in_order[1:], in_order), dtype=np.bool_, count=max(len(in_order) - 1, 0))
    ranks = np.zeros(len(texts), dtype=np.int32)
    ranks[order[1:]] = np.cumsum(differs, dtype=np.int32)
    return ranks


def _suggested_ranks(suggested: Array, title_ranks: Array) -> npt.NDArray[np.int32]:
    """The place of each document by weight, then title; the count of documents for those without a weight."""
    ranks = np.full(len(suggested), len(suggested), dtype=np.int32)
    numbers = np.flatnonzero(~np.isnan(suggested))
    order = numbers[np.lexsort((title_ranks[numbers], -suggested[numbers]))]
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return ranks
