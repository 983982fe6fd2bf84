"""One commit of the index in memory: every segment laid end to end, so that a document is a row of every array.

A snapshot never changes. Rows of deleted documents stay in the arrays and are left out of every answer and every
statistic: matches are filtered when postings are read, facets when the snapshot is built.

The ranking formula is BM25 (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework", with k1 = 1.2 and
b = 0.75), with Whoosh's inverse document frequency, ln(N / (n + 1)) + 1, which is positive for any n up to N. N counts
live documents, n those of them that hold the word.

Sentences (`ParsedQuery.is_sentence`) are ranked otherwise, since most of their words say little: by the inverse
document frequency of Robertson and Sparck Jones, ln(1 + (N - n + .5) / (n + .5)), which is next to nothing for words
that most documents hold; and title and text are fields of their own, each with its length, whose BM25 is added (the
text has the title's words, too). On the Cranfield collection nDCG@10, with graded gain, is .394 so, and .371 else.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kb.core.cache import BoundedCache

from ..engine_types import StoredText
from ..spelling import Spelling
from .ordering import Orders, joined
from .schema import reading_files
from .segment_builder import COMPOUNDS, STEMS, SURFACES, TITLE_STEMS
from .segment_facets import Counts, Mask, Rows, extents
from .segments import Segment

K1 = 1.2
B = 0.75

IMPACT_BYTES = 32 << 20
"""Scores kept by word, those asked for of late. A word that half of 100,000 entries hold takes 0.4 MB."""

KEY_BYTES = 16 << 20
"""Occurrences kept by word, for phrases."""

Scores = npt.NDArray[np.float32]


class FacetRows:
    """The facets of a snapshot: what its segments count, added up, so that a commit lays out only its own segment.

    `bases` are the rows that the segments begin at; dead rows count nowhere.
    """

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


class Matches(NamedTuple):
    """Live rows that match, ascending, with their scores, all above 0."""

    rows: Rows
    scores: Scores

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self.rows.nbytes + self.scores.nbytes


class CityLinks(NamedTuple):
    """Rows, dead ones included, and the ids of the cities they belong to, a pair for each city of a row."""

    rows: Rows
    cities: npt.NDArray[np.int64]


NOTHING = Matches(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
_NO_KEYS: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)

# A row and a position in one number, so that phrases are set operations on sorted arrays.
_POSITION_BITS = 20


class Snapshot:
    """The index as of one commit. `deleted` maps a segment's name to the numbers deleted in it."""

    def __init__(
        self, commit: int, last_change: int, segments: Sequence[Segment], deleted: Mapping[str, Sequence[int]]
    ) -> None:
        self.commit = commit
        self.last_change = last_change
        self.segments = tuple(segments)
        self._matches: BoundedCache[Matches] = BoundedCache(IMPACT_BYTES)
        self._keys: BoundedCache[npt.NDArray[np.int64]] = BoundedCache(KEY_BYTES)
        counts = [segment.count for segment in segments]
        self._bases = np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype(np.int64).tolist()
        self.rows: int = self._bases[-1]
        self.live = np.ones(self.rows, dtype=np.bool_)
        for segment, base in self.placed():
            self.live[base + np.array(deleted.get(segment.name, ()), dtype=np.int64)] = False
        self.live_rows: Rows = np.flatnonzero(self.live).astype(np.int32)
        self.live_count = len(self.live_rows)
        self._all_live = self.live_count == self.rows
        self.ids: npt.NDArray[np.int64] = joined([segment.ids for segment in segments], np.int64)
        self.orders = Orders(self.segments, self._bases, self.ids)
        self.facets = FacetRows(self.segments, self._bases, self.live)
        lengths = joined([segment.lengths for segment in segments], np.float32)
        self._norm = self._norm_of(lengths)

    def placed(self) -> Iterator[tuple[Segment, int]]:
        """The segments, each with the row that it begins at."""
        return zip(self.segments, self._bases, strict=False)

    @cached_property
    @reading_files()
    def cities(self) -> CityLinks:
        """Which rows belong to which cities; joined when first asked for. Raises IndexUnreadable."""
        return CityLinks(
            joined([segment.cities[0] + np.int32(base) for segment, base in self.placed()], np.int32),
            joined([segment.cities[1] for segment in self.segments], np.int64),
        )

    def mask(self, field: str, values: Sequence[str]) -> Mask:
        """Which rows pass a filter: live ones with any of the values of a field, or of any of the cities by id."""
        if field != "city":
            return self.facets.mask(field, values)
        wanted = np.isin(self.cities.cities, np.array([int(value) for value in values], dtype=np.int64))
        chosen = np.zeros(self.rows, dtype=np.bool_)
        chosen[self.cities.rows[wanted]] = True
        return chosen & self.live

    def word(self, stem: str, in_sentence: bool = False) -> Matches:
        """Documents with a stem."""
        return self._term(STEMS, stem, in_sentence)

    def compound(self, stem: str, in_sentence: bool = False) -> Matches:
        """Documents with words whose joined form has the stem."""
        return self._term(COMPOUNDS, stem, in_sentence)

    def _term(self, field: str, stem: str, in_sentence: bool) -> Matches:
        key = (field, stem, in_sentence)
        matches = self._matches.get(key)
        if matches is None:
            rows, weights = self._postings(field, stem)
            matches = self._scored(rows, weights, in_sentence)
            if in_sentence and field == STEMS and len(rows):
                titled, in_title = self._postings(TITLE_STEMS, stem)
                added = self._saturated(in_title, self._title_norm[titled])
                matches.scores[np.searchsorted(rows, titled)] += np.float32(self.rarity(len(rows), in_sentence)) * added
            self._matches.put(key, matches, matches.nbytes)
        return matches

    def prefix(self, start: str, in_sentence: bool = False) -> Matches:
        """Documents with a surface that begins so, scored as one word that occurs once for each such surface."""
        key = ("prefix", start, in_sentence)
        matches = self._matches.get(key)
        if matches is None:
            documents = [
                segment.lists(SURFACES).documents_with_prefix(start) + np.int32(base) for segment, base in self.placed()
            ]
            if documents:
                counts = np.bincount(np.concatenate(documents), minlength=self.rows)
                counts[~self.live] = 0
                rows = np.flatnonzero(counts).astype(np.int32)
                matches = self._scored(rows, counts[rows].astype(np.float32), in_sentence)
            else:
                matches = NOTHING
            self._matches.put(key, matches, matches.nbytes)
        return matches

    def phrase(self, terms: tuple[tuple[int, str], ...], in_sentence: bool = False) -> Matches:
        """Documents with stems at the given distances, scored as the sum of their words."""
        words = [self.word(stem, in_sentence) for _, stem in terms]
        if len(terms) == 1:
            return words[0]
        key = ("phrase", terms, in_sentence)
        matches = self._matches.get(key)
        if matches is None:
            rows = self._rows_of_phrase(terms) if all(len(each.rows) for each in words) else NOTHING.rows
            scores = np.zeros(len(rows), dtype=np.float32)
            for each in words:
                scores += each.scores[np.searchsorted(each.rows, rows)] if len(rows) else scores
            matches = Matches(rows, scores)
            self._matches.put(key, matches, matches.nbytes)
        return matches

    def titled(self, title: str) -> Rows:
        """Live rows with a title, ascending."""
        found = [base + number for segment, base in self.placed() for number in segment.titled(title)]
        rows = np.array(sorted(found), dtype=np.int32)
        return rows[self.live[rows]]

    @reading_files()
    def holds(self, stem: str) -> bool:
        """Whether a live document has the stem. Raises IndexUnreadable."""
        return bool(len(self.word(stem).rows))

    def stored_texts(self, ids: Sequence[int]) -> dict[int, StoredText]:
        """What is stored of live documents by their ids; ids without one are left out."""
        texts = {}
        for row in self.live_rows_of(ids).tolist():
            number = bisect_right(self._bases, row) - 1
            texts[int(self.ids[row])] = StoredText(*self.segments[number].stored(row - self._bases[number]))
        return texts

    def live_rows_of(self, ids: Sequence[int]) -> Rows:
        """The live rows of documents, ascending; ids without one are left out."""
        rows = np.flatnonzero(np.isin(self.ids, np.array(ids, dtype=np.int64))).astype(np.int32)
        return rows[self.live[rows]]

    def warm(self) -> None:
        """Read what searches need besides postings."""
        for segment in self.segments:
            segment.warm()
        _ = self._title_norm

    def spelling(self) -> Spelling:
        """Nearer words by what this commit holds."""
        return Spelling([segment.vocabulary for segment in self.segments], self.holds)

    def _scored(self, rows: Rows, weights: npt.NDArray[np.float32], in_sentence: bool) -> Matches:
        scores = np.float32(self.rarity(len(rows), in_sentence)) * self._saturated(weights, self._norm[rows])
        return Matches(rows, scores.astype(np.float32, copy=False))

    def rarity(self, count: int, in_sentence: bool) -> float:
        """The inverse document frequency of what so many documents hold."""
        if in_sentence:
            return math.log(1 + (self.live_count - count + 0.5) / (count + 0.5))
        return math.log(max(self.live_count, 1) / (count + 1)) + 1

    @staticmethod
    def _saturated(weights: Scores, norm: Scores) -> Scores:
        return np.float32(K1 + 1) * weights / (weights + norm)

    def _norm_of(self, lengths: Scores) -> Scores:
        """What a document's length adds to the weights of its words, compared with the average of live ones."""
        average = float(lengths[self.live].mean()) if self.live_count else 1.0
        return (K1 * ((1 - B) + B * lengths / max(average, 1e-9))).astype(np.float32)

    @cached_property
    def _title_norm(self) -> Scores:
        return self._norm_of(joined([segment.title_lengths for segment in self.segments], np.float32))

    def _postings(self, field: str, term: str) -> tuple[Rows, npt.NDArray[np.float32]]:
        """Live rows and weights over all segments."""
        found_rows: list[Rows] = []
        found_weights: list[npt.NDArray[np.float32]] = []
        for segment, base in self.placed():
            postings = segment.lists(field).postings(term)
            if postings is not None:
                found_rows.append(postings.documents + np.int32(base) if base else postings.documents)
                found_weights.append(postings.weights)
        if not found_rows:
            return NOTHING
        rows = found_rows[0] if len(found_rows) == 1 else np.concatenate(found_rows)
        weights = found_weights[0] if len(found_weights) == 1 else np.concatenate(found_weights)
        if self._all_live:
            return rows, weights
        keep = self.live[rows]
        return rows[keep], weights[keep]

    def _rows_of_phrase(self, terms: tuple[tuple[int, str], ...]) -> Rows:
        shifted = sorted(((self._keys_of(stem), place) for place, stem in terms), key=lambda each: len(each[0]))
        keys = shifted[0][0] - shifted[0][1]
        for other, place in shifted[1:]:
            at = np.searchsorted(other, keys + place)
            at[at == len(other)] = 0
            keys = keys[other[at] == keys + place]
            if not len(keys):
                return NOTHING.rows
        rows = np.unique(keys >> _POSITION_BITS).astype(np.int32)
        return rows[self.live[rows]]

    def _keys_of(self, stem: str) -> npt.NDArray[np.int64]:
        """Row and position of every occurrence, ascending."""
        keys = self._keys.get(stem)
        if keys is None:
            parts = []
            for segment, base in self.placed():
                places = segment.places(stem)
                if places is not None:
                    parts.append((places.documents.astype(np.int64) + base) << _POSITION_BITS | places.positions)
            keys = np.concatenate(parts) if parts else _NO_KEYS
            self._keys.put(stem, keys, keys.nbytes)
        return keys
