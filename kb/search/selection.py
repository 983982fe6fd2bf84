"""All that a question finds, for whoever lists, samples or counts it: nothing is read of an entry but its id.

It is held as an array where the index answers, as of one commit, else as a list that the database gave.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from kb.core.errors import Busy
from kb.core.i18n import gettext_noop

from .engine_types import Query
from .facets import FIELDS
from .index import IndexUnreadable
from .index.executor import hits_of
from .index.schema import reading_files
from .index.snapshot import Snapshot
from .kind_definition import SearchedKind
from .kinds import Key, document_id, ids_by_kind, key_of

Documents = npt.NDArray[np.int64]
"""Entries as the engine numbers them."""

Unknown = tuple[tuple[str, str], ...]


class Selection(ABC):
    """What a question finds. `unknown` are chosen values that no list knows, as (field, value).

    `last_change` is the last change of the log that it rests on, None where it rests on the database itself.
    """

    unknown: Unknown
    last_change: int | None

    @property
    @abstractmethod
    def documents(self) -> Documents:
        """All that is found, in no order."""

    @abstractmethod
    def first(self, count: int) -> Documents:
        """The first so many in the order that was asked for; ties by kind and id, so they are always the same."""

    @abstractmethod
    def counts(self, field: str) -> dict[str, int]:
        """How many have each code of a field."""

    @abstractmethod
    def table(self, field: str, other: str) -> dict[tuple[str, str], int]:
        """How many have each two codes, one of either field; pairs that none has are left out."""

    @property
    def total(self) -> int:
        """How many are found."""
        return len(self.documents)

    def after(self, document: int, count: int) -> Documents:
        """What follows an entry by kind and id, as the engine numbers them, ascending; so many at most."""
        documents = self.documents
        following = documents[documents > document]
        if count < len(following):
            following = np.partition(following, count)[:count]
        return np.sort(following)

    def sample(self, count: int, seed: int) -> Documents:
        """So many at random, ascending; each is as likely as any other, and the same seed gives the same.

        Each entry has a number that follows from the seed, and those with the lowest are taken: so what was added or
        removed since changes no more of the sample than it must.
        """
        documents = self.documents
        if count < len(documents):
            documents = documents[np.argpartition(_mixed(documents, seed), count)[:count]]
        return np.sort(documents)

    def holding(self, kind: SearchedKind, ids: Collection[int]) -> set[int]:
        """The ids, of these, that are found."""
        wanted = np.array([document_id(kind, entry_id) for entry_id in ids], dtype=np.int64)
        return {entry_id for _, entry_id in keys_of(wanted[np.isin(wanted, self.documents)])}


def keys_of(documents: Documents) -> list[Key]:
    """The kinds and ids of entries, in their order."""
    return [key_of(document) for document in documents.tolist()]


@contextmanager
def _reading() -> Iterator[None]:
    """Raise Busy where a file of the index is damaged: the next search finds that out, and has another made."""
    try:
        with reading_files():
            yield
    except IndexUnreadable as problem:
        raise Busy(gettext_noop("The search index is being repaired. Please try again in a moment.")) from problem


class IndexSelection(Selection):
    """What a query finds in one commit of the index."""

    def __init__(self, snapshot: Snapshot, query: Query, unknown: Unknown) -> None:
        self._snapshot, self._sort = snapshot, query.sort
        self._rows, self._scores = hits_of(snapshot, query)
        self.unknown, self.last_change = unknown, snapshot.last_change

    @property
    def documents(self) -> Documents:
        """All that is found, in no order."""
        return self._snapshot.ids[self._rows]

    @property
    def total(self) -> int:
        """How many are found."""
        return len(self._rows)

    @_reading()
    def first(self, count: int) -> Documents:
        """The first so many in the order that was asked for."""
        orders = self._snapshot.orders
        count = min(count, len(self._rows))
        if self._sort == "relevance":
            return self._snapshot.ids[self._rows[orders.best(self._rows, self._scores, count)]]
        return self._snapshot.ids[orders.first(self._rows, self._sort, count)]

    @_reading()
    def counts(self, field: str) -> dict[str, int]:
        """How many have each code of a field."""
        return self._snapshot.facets.count(self._rows, (field,))[field]

    @_reading()
    def table(self, field: str, other: str) -> dict[tuple[str, str], int]:
        """How many have each two codes, one of either field."""
        facets = self._snapshot.facets
        return {
            (code, with_code): both
            for code in self.counts(field)
            for with_code, both in facets.count(self._rows[facets.mask(field, (code,))[self._rows]], (other,))[
                other
            ].items()
        }


class DatabaseSelection(Selection):
    """What the database finds; counting walks all entries of the kinds that are found."""

    def __init__(self, session: Session, keys: Sequence[Key], unknown: Unknown) -> None:
        self._session, self._keys = session, keys
        self.unknown, self.last_change = unknown, None

    @property
    def documents(self) -> Documents:
        """All that is found, in the order that was asked for."""
        return np.array([document_id(*key) for key in self._keys], dtype=np.int64)

    def first(self, count: int) -> Documents:
        """The first so many in the order that was asked for."""
        return self.documents[:count]

    def counts(self, field: str) -> dict[str, int]:
        """How many have each code of a field."""
        return dict(Counter(code for codes in self._codes(field).values() for code in codes))

    def table(self, field: str, other: str) -> dict[tuple[str, str], int]:
        """How many have each two codes, one of either field."""
        others = self._codes(other)
        return dict(
            Counter(
                (code, with_code)
                for key, codes in self._codes(field).items()
                for code in codes
                for with_code in others.get(key, ())
            )
        )

    def _codes(self, field: str) -> dict[Key, set[str]]:
        """The codes that each entry has of a field."""
        found: dict[Key, set[str]] = {}
        for kind, ids in ids_by_kind(self._keys).items():
            pairs = FIELDS[field].pairs(kind)
            wanted = set(ids)
            for entry_id, code in self._session.execute(pairs) if pairs is not None else ():
                if entry_id in wanted and code is not None:
                    found.setdefault((kind, entry_id), set()).add(str(code))
        return found


def _mixed(documents: Documents, seed: int) -> npt.NDArray[np.uint64]:
    """A number for each, as good as random, by SplitMix64 (Steele, Lea and Flood, 2014) of seed and id."""
    mixed = documents.astype(np.uint64) ^ _scrambled(np.array([seed], dtype=np.uint64))
    return _scrambled(mixed)


def _scrambled(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # Arrays of whole numbers wrap around without a warning.
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
