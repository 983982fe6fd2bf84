"""Sets of terms by number: what many entries have in common is stored and compared once.

A hundred thousand initiatives have a few thousand distinct sets of challenges, so an entry holds the number of its set,
and what is computed of sets is taken for entries by that number.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from .challenges import Rarity
from .geodesy import Floats

TermT = TypeVar("TermT", bound=Hashable)

Mask = npt.NDArray[np.bool_]
SetNumbers = npt.NDArray[np.int32]

EMPTY = 0
"""The number of the set without terms."""


# Without slots: a frozen, slotted generic cannot be called with its type written out.
@dataclass(frozen=True, eq=False)
class TermSets(Generic[TermT]):
    """Distinct sets by number, and `members`, shape (terms, sets): which term is in which. Never changed."""

    terms: tuple[TermT, ...] = ()
    sets: tuple[frozenset[TermT], ...] = (frozenset(),)
    numbers: Mapping[frozenset[TermT], int] = field(default_factory=lambda: {frozenset(): EMPTY})
    members: Mask = field(default_factory=lambda: np.zeros((0, 1), dtype=np.bool_))

    def including(self, sets: Collection[frozenset[TermT]]) -> "TermSets[TermT]":
        """A table of these sets and of more; every set keeps its number."""
        if all(of_set in self.numbers for of_set in sets):
            return self
        listed = tuple(dict.fromkeys([*self.sets, *sets]))
        terms = tuple(dict.fromkeys(term for of_set in listed for term in of_set))
        rows = {term: row for row, term in enumerate(terms)}
        pairs = [(rows[term], number) for number, of_set in enumerate(listed) for term in of_set]
        members = np.zeros((len(terms), len(listed)), dtype=np.bool_)
        members[tuple(zip(*pairs, strict=True))] = True
        return TermSets(terms, listed, {of_set: number for number, of_set in enumerate(listed)}, members)

    def compacted(self, *columns: SetNumbers) -> tuple["TermSets[TermT]", Sequence[SetNumbers]]:
        """The sets that are in these columns, and the columns with their new numbers; as they are, if most are used.

        Without it, each entry that is edited may leave a set behind for good.
        """
        is_used = np.zeros(len(self.sets), dtype=np.bool_)
        is_used[EMPTY] = True
        for column in columns:
            is_used[column] = True
        used = np.flatnonzero(is_used).tolist()
        if len(self.sets) <= 2 * len(used):
            return self, columns
        compact = TermSets[TermT]().including([self.sets[number] for number in used])
        numbers = np.zeros(len(self.sets), dtype=np.int32)
        numbers[used] = compact.numbers_of(self.sets[number] for number in used)
        return compact, [numbers[column] for column in columns]

    def numbers_of(self, sets: Iterable[frozenset[TermT]]) -> SetNumbers:
        """The numbers of sets that are all known."""
        return np.array([self.numbers[of_set] for of_set in sets], dtype=np.int32)

    def rarity(self, numbers: SetNumbers) -> Rarity[TermT]:
        """How many of the entries with these sets have each term, of those that have any."""
        entries = np.bincount(numbers, minlength=len(self.sets))
        counts = (self.members @ entries).tolist()
        return Rarity(
            int(entries.sum() - entries[EMPTY]),
            {term: count for term, count in zip(self.terms, counts, strict=True) if count},
        )

    def shared_with(self, terms: Collection[TermT]) -> npt.NDArray[np.int64]:
        """How many of the terms each set has, shape (sets,)."""
        rows = [row for row, term in enumerate(self.terms) if term in terms]
        shared: npt.NDArray[np.int64] = self.members[rows].sum(axis=0)
        return shared

    def overlaps(self, mine: frozenset[TermT], rarity: Rarity[TermT]) -> Floats:
        """`challenges.overlap` of one set with each, shape (sets,)."""
        weights = weights_of(self.terms, rarity)
        return overlaps(self.members, weights, weights @ self.members, [term in mine for term in self.terms])


def weights_of(terms: Iterable[TermT], rarity: Rarity[TermT]) -> Floats:
    """How rare each of the terms is."""
    return np.array([rarity.weight(term) for term in terms], dtype=np.float64)


def overlaps(members: Mask, weights: Floats, totals: Floats, mine: Sequence[bool]) -> Floats:
    """Weighted overlap of one set with each of others, which are the columns of `members`; 0 where both are empty.

    `totals` are `weights @ members`, what each of the others weighs; so only the rows of the one set are looked at.
    """
    both, whole = np.zeros(len(totals)), 0.0
    for row in np.flatnonzero(mine).tolist():
        both += weights[row] * members[row]
        whole += weights[row]
    either = np.maximum(whole + totals - both, both)
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0)
