"""Suggests challenges, cities and initiatives whose words begin with what is being typed."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind, TermKind
from kb.catalogue.models import Challenge, City, Initiative, Place
from kb.core.text import fold, romanised

from .analysis import tokens


class Suggestion(NamedTuple):
    """Something to suggest: what is shown, its kind (city, initiative, challenge), its page's key, and its weight.

    The weight orders those that match as well; a city's population, for one.
    """

    label: str
    kind: EntryKind | TermKind
    key: str
    weight: float = 0.0


MAX_WORDS = 8
"""Words of the typed text that count."""

# Challenges lead further than any one entry, so they come first; then cities by population, then initiatives.
_CHALLENGE_WEIGHT = 1e12
_CITY_WEIGHT = 1e3

# Sorts after every sign a folded word has.
_LAST = "\U0010ffff"


class Suggestions:
    """Suggestions by the words of their labels, for looking up prefixes. Never changed, so threads may share it.

    Building takes about 0.7 s for 40,000 entries, once for each state of the index.
    """

    def __init__(self, suggestions: Iterable[Suggestion]) -> None:
        # By weight, so that a suggestion's number is its rank.
        self._suggestions = sorted(suggestions, key=lambda suggestion: (-suggestion.weight, suggestion.label))
        self._labels = [fold(suggestion.label) for suggestion in self._suggestions]
        self._words_of = [_words_in_both(suggestion.label) for suggestion in self._suggestions]
        pairs = sorted({(word, number) for number, words in enumerate(self._words_of) for word in words})
        self._words = [word for word, _ in pairs]
        self._numbers = [number for _, number in pairs]
        by_label = sorted((label, number) for number, label in enumerate(self._labels))
        self._sorted_labels = [label for label, _ in by_label]
        self._label_numbers = [number for _, number in by_label]

    @classmethod
    def read(cls, session: Session) -> "Suggestions":
        """Everything there is to suggest, read in three queries."""
        challenges = session.execute(select(Challenge.label, Challenge.code))
        cities = session.execute(select(City.name, City.slug, Place.population).join(City.place))
        initiatives = session.execute(select(Initiative.title, Initiative.slug))
        return cls(
            [
                *(Suggestion(label, TermKind.CHALLENGE, code, _CHALLENGE_WEIGHT) for label, code in challenges),
                *(
                    Suggestion(name, EntryKind.CITY, slug, _CITY_WEIGHT + (people or 0))
                    for name, slug, people in cities
                ),
                *(Suggestion(title, EntryKind.INITIATIVE, slug) for title, slug in initiatives),
            ]
        )

    def matching(self, typed: str, limit: int = 8) -> list[Suggestion]:
        """Suggestions with, for each typed word, a word of their label that begins so; accents and case do not matter.

        Labels that begin with the whole typed text come first, then by weight. Nothing typed suggests nothing.
        """
        wanted = _words(typed)[:MAX_WORDS]
        if not wanted or limit <= 0:
            return []
        whole = fold(typed)
        first, last = _extent(self._sorted_labels, whole)
        best = sorted(self._label_numbers[first:last])[:limit]
        if len(best) < limit:
            taken = set(best)
            best += [number for number in self._candidates(wanted, limit + len(best)) if number not in taken]
        return [self._suggestions[number] for number in best[:limit]]

    def _candidates(self, wanted: list[str], limit: int) -> list[int]:
        """The first numbers that match, ascending; only the word with the fewest entries is looked up in full."""
        extents = [_extent(self._words, word) for word in wanted]
        fewest = min(range(len(wanted)), key=lambda place: extents[place][1] - extents[place][0])
        first, last = extents[fewest]
        others = wanted[:fewest] + wanted[fewest + 1 :]
        matching: list[int] = []
        previous = -1
        for number in sorted(self._numbers[first:last]):
            if number == previous:
                continue
            previous = number
            if all(any(word.startswith(start) for word in self._words_of[number]) for start in others):
                matching.append(number)
                if len(matching) == limit:
                    break
        return matching


def _words(text: str) -> list[str]:
    """Folded words, stop words too: "the hague" is typed from its beginning."""
    return [token.surface for token in tokens(text) if token.surface]


def _words_in_both(label: str) -> list[str]:
    """The words of a label, and those of it in Latin letters where it is written in others."""
    latin = romanised(label)
    return _words(label) + (_words(latin) if latin != label else [])


def _extent(words: list[str], start: str) -> tuple[int, int]:
    return bisect_left(words, start), bisect_left(words, start + _LAST)
