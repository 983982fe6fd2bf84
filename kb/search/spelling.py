"""Corrects words of a query that the index does not have, to the nearest that it has.

Candidates are the surfaces of the index (folded, not stemmed), near by optimal string alignment distance: insertions,
deletions, replacements and swaps of neighbours (Damerau 1964; the restricted form). Only words of about the right
length and with nearly the same set of letters are compared, so that 100,000 words take a few milliseconds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from .analysis import MAX_WORD, form
from .parsing import EVERYTHING, MAX_TERMS, ParsedQuery, Word

MIN_LENGTH = 3
MAX_LENGTH = 24
"""Letters of a word that may be corrected: shorter ones are near to everything, longer ones are keys or chains."""

_ONE_ERROR_UP_TO = 4
"""Up to so many letters one slip is looked for, two beyond."""

_COMMON = 2
"""Entries that have a word, from which on it is a likely correction."""

_WORDS_A_PART = 5_000

_MAX_CORRECTIONS = 4
"""Words of a query that are corrected; the time a query may take is bounded by it."""

_MOST_WORDS = 8
_MOST_NEAR_WORDS = 6


class Vocabulary:
    """Words to correct by, with how many documents hold each: those of one segment of an index. Never changes."""

    def __init__(self, counts: Iterable[tuple[str, int]]) -> None:
        kept = [(word, count) for word, count in counts if MIN_LENGTH <= len(word) <= MAX_LENGTH and word.isalpha()]
        kept.sort(key=lambda pair: len(pair[0]))
        self._words = [word for word, _ in kept]
        self._counts = [count for _, count in kept]
        # Where the words of each length begin.
        self._begin = np.searchsorted([len(word) for word in self._words], np.arange(MAX_LENGTH + 2))
        self._letter_sets = _letter_sets(self._words)

    def near(self, surface: str, allowed: int) -> Iterator[tuple[str, int, int]]:
        """Other words within the allowed distance, as (word, distance, documents), in no order."""
        first = self._begin[max(len(surface) - allowed, 0)]
        last = self._begin[min(len(surface) + allowed, MAX_LENGTH) + 1]
        # A slip changes at most two of a word's set of letters, so that most words need no closer look.
        differing = np.bitwise_count(self._letter_sets[first:last] ^ _letter_sets([surface])[0])
        candidates = (first + np.flatnonzero(differing <= 2 * allowed)).tolist()
        words = [self._words[number] for number in candidates]
        for word, distance, place in process.extract(
            surface, words, scorer=OSA.distance, score_cutoff=allowed, limit=None
        ):
            if distance:
                yield word, int(distance), self._counts[candidates[place]]


class Spelling:
    """Nearer words over one state of an index, whose words are the vocabularies together. Threads may share it.

    `has_stem` says whether a live document has a stem: words it knows are never corrected, and words it does not know
    never offered.
    """

    def __init__(self, vocabularies: Sequence[Vocabulary], has_stem: Callable[[str], bool]) -> None:
        self._vocabularies = vocabularies
        self._has_stem = has_stem

    def correct(
        self,
        parsed: ParsedQuery,
        widened: ParsedQuery = EVERYTHING,
        is_name: Callable[[str], bool] = lambda _surface: False,
    ) -> str | None:
        """The query with words the index lacks replaced by nearer ones, all else as typed; None if there are none.

        Prefixes, exclusions and words the index has in any form are left alone, and those that `widened`, the query
        with other spellings of compounds, found one for, and names of places.
        """
        spelt = {clause for group in widened.groups if group.first for clause in group.alternatives}
        made: list[str] = []
        at, corrected = 0, 0
        for token, is_fixed in parsed.words[:MAX_TERMS]:
            if corrected >= _MAX_CORRECTIONS:
                break
            if is_fixed or not _correctable(token.surface) or self._known(token.stem) or Word(token.stem) in spelt:
                continue
            near = self._near(token.surface, 1)
            if near and not is_name(token.surface):
                made += [parsed.text[at : token.start], near[0]]
                at = token.end
                corrected += 1
        return "".join([*made, parsed.text[at:]]) if made else None

    def _known(self, stem: str) -> bool:
        """Whether the index has a word in some form. A stem of two letters says little: "erly" shares that of names."""
        return len(stem) >= MIN_LENGTH and self._has_stem(stem)

    def near_words_of(self, parsed: ParsedQuery) -> tuple[str, ...]:
        """A few words that are near to those of a query, whether or not the index has these."""
        typed = [token.surface for token, _ in parsed.words if token.stem][:_MOST_WORDS]
        near = [word for surface in typed for word in self.near_words(surface, limit=3)]
        return tuple(dict.fromkeys(near))[:_MOST_NEAR_WORDS]

    def near_words(self, word: str, limit: int = 5) -> list[str]:
        """Words of the index near to this one, nearest first, then the most frequent; never the word itself."""
        surface = form(word[:MAX_WORD]).surface
        return self._near(surface, limit) if _correctable(surface) else []

    def _near(self, surface: str, limit: int) -> list[str]:
        if not MIN_LENGTH <= len(surface) <= MAX_LENGTH:
            return []
        allowed = 1 if len(surface) <= _ONE_ERROR_UP_TO else 2
        distance: dict[str, int] = {}
        documents: dict[str, int] = {}
        for vocabulary in self._vocabularies:
            for word, slips, count in vocabulary.near(surface, allowed):
                distance[word] = slips
                documents[word] = documents.get(word, 0) + count
        plain = _undoubled(surface)

        def worth(word: str) -> tuple[bool, int, bool, bool, int, str]:
            # A word of one entry only is often a name in another language, or a slip itself. People most often double
            # a letter or forget to, and seldom mistake the first.
            doubled = _undoubled(word) == plain
            return documents[word] < _COMMON, distance[word], not doubled, word[0] != surface[0], -documents[word], word

        ranked = sorted(distance, key=worth)
        return list(islice((word for word in ranked if self._has_stem(form(word).stem)), limit))


def _undoubled(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))


def _correctable(surface: str) -> bool:
    """Words of letters only: a number is not misspelt for another."""
    return surface.isalpha() and bool(form(surface).stem)


def _letter_sets(words: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The set of letters of each word, as bits, shape (words,); code points that are equal modulo 64 share a bit."""
    letter_sets = np.zeros(len(words), dtype=np.uint64)
    # By parts, since all letters side by side take a hundred times the room.
    for first in range(0, len(words), _WORDS_A_PART):
        part = words[first : first + _WORDS_A_PART]
        letters = np.array(part, dtype=f"U{MAX_LENGTH}").view(np.uint32).reshape(len(part), MAX_LENGTH)
        # A word's end is filled with 0.
        bits = np.where(letters > 0, np.uint64(1) << (letters.astype(np.uint64) & np.uint64(63)), np.uint64(0))
        letter_sets[first : first + len(part)] = np.bitwise_or.reduce(bits, axis=1)
    return letter_sets
