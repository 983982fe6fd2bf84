"""Finds documents to suggest by what their titles begin with, or the words of them, while somebody types."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kb.core.text import fold

from ..analysis import forms
from .segments import Segment
from .snapshot import Snapshot

MAX_WORDS = 8
"""Words of the typed text that count."""

Documents = npt.NDArray[np.int32]


class Beginning(NamedTuple):
    """A document to suggest; they sort as they are offered."""

    is_word: bool
    """Whether the title does not begin with the whole typed text, but has words that begin so."""

    worth: float
    """Its weight, negative, so that the highest comes first."""

    title: bytes
    id: int


def beginnings(snapshot: Snapshot, typed: str, limit: int) -> list[Beginning]:
    """The best documents that have, for each typed word, a word in their title that begins so.

    Accents and case do not matter. Titles that begin with the whole typed text come first, then by weight, then by
    title. Nothing typed finds nothing.
    """
    words = [form.surface for form in forms(typed) if form.surface][:MAX_WORDS]
    if not words or limit <= 0:
        return []
    found: list[Beginning] = []
    for segment, base in snapshot.placed():
        can_be = snapshot.live[base : base + segment.count] & (segment.suggested_ranks < segment.count)
        whole = _best(segment, can_be, [segment.beginning_with(fold(typed))], limit)
        can_be[whole] = False
        others = _best(segment, can_be, [segment.words_beginning_with(word) for word in words], limit - len(whole))
        for documents, is_word in ((whole, False), (others, True)):
            found += [
                Beginning(is_word, -float(segment.suggested[number]), segment.titles[number], int(segment.ids[number]))
                for number in documents.tolist()
            ]
    return sorted(found)[:limit]


def _best(segment: Segment, can_be: npt.NDArray[np.bool_], wanted: Sequence[Documents], limit: int) -> Documents:
    """The first documents by weight, and then title, that are in all of some lists."""
    matching = can_be.copy()
    for documents in wanted:
        has = np.zeros(segment.count, dtype=np.bool_)
        has[documents] = True
        matching &= has
    numbers = np.flatnonzero(matching).astype(np.int32)
    ranks = segment.suggested_ranks[numbers]
    if limit < len(numbers):
        places = np.argpartition(ranks, limit)[:limit]
        numbers, ranks = numbers[places], ranks[places]
    return numbers[np.argsort(ranks)]
