"""The lexicon: weighted words and phrases by goal and target, and the finding of them in a text.

The lists are `terms/goal-NN.txt`, written for this project. A line reads `CODE WEIGHT: term; term; ...`, where CODE is
a goal (6) or one of its targets (6.1); a line that begins with white space goes on with the one above. Weights: 4, the
term by itself speaks of it; 3, it usually does; 2, it often does; 1, a hint. In a term:

    a b         the words follow each other, in singular or plural, hyphenated or not
    a/b c       "a c" or "b c"
    vaccin*     any word that begins so
    a + b       both within a sentence, at most `NEAR` words apart
    WASH        in capitals only in the text

A line `-: term; term` lists phrases in which the goal's own words mean something else ("computer virus"); such a phrase
takes its words away from all shorter terms of this goal.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import product
from typing import NamedTuple

from .words import Word, plain, spelled, words

NEAR = 10
"""How many words apart, at most, the two sides of `a + b` stand."""

_LINE = re.compile(r"(-|\d+(?:\.(?:\d+|[a-z]))?(?: [1-4])?):\s+(.*)")
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*\*?")


class LexiconError(ValueError):
    """A line of the lexicon cannot be read; the message names the file and the line."""


class Term(NamedTuple):
    """What a phrase speaks of: a goal or one of its targets (`code`), or, with weight 0, not of this goal."""

    goal: int
    code: str
    weight: int


class Hit(NamedTuple):
    """A term found: the places of its words in the list of words, each as (first, one past the last)."""

    term: Term
    key: str
    places: tuple[tuple[int, int], ...]

    @property
    def covers(self) -> frozenset[int]:
        """The words it takes, by their number in the text."""
        return frozenset(n for first, last in self.places for n in range(first, last))


@dataclass(slots=True)
class _Node:
    exact: dict[str, "_Node"] = field(default_factory=dict)
    prefixes: dict[str, "_Node"] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    phrase: int | None = None

    def step(self, word: Word) -> Iterator["_Node"]:
        if (node := self.exact.get(word.plain)) is not None:
            yield node
        if word.raw and (node := self.exact.get("^" + word.raw)) is not None:
            yield node
        for length in self.lengths:
            if (node := self.prefixes.get(word.plain[:length])) is not None:
                yield node

    def child(self, sign: str) -> "_Node":
        if not sign.endswith("*"):
            return self.exact.setdefault(sign, _Node())
        node = self.prefixes.setdefault(sign[:-1], _Node())
        self.lengths = tuple(sorted({len(prefix) for prefix in self.prefixes}))
        return node


class Lexicon:
    """Terms ready to be found. `size` counts phrases and pairs, alternatives written out."""

    def __init__(self) -> None:
        self._root = _Node()
        self._phrases: list[str] = []
        self._terms: dict[int, list[Term]] = defaultdict(list)
        self._pairs: dict[tuple[int, int], list[Term]] = defaultdict(list)
        self._partners: dict[int, list[int]] = defaultdict(list)
        self._targets: set[str] = set()

    @property
    def size(self) -> int:
        """How many different phrases and pairs there are."""
        return len(self._terms) + len(self._pairs)

    @property
    def targets(self) -> frozenset[str]:
        """The codes of the targets that have terms."""
        return frozenset(self._targets)

    @property
    def terms(self) -> Iterator[tuple[str, Term]]:
        """Every phrase or pair with what it speaks of."""
        for phrase, terms in self._terms.items():
            for term in terms:
                yield self._phrases[phrase], term
        for (left, right), terms in self._pairs.items():
            for term in terms:
                yield f"{self._phrases[left]} + {self._phrases[right]}", term

    def add(self, written: str, term: Term) -> None:
        """Add a term as it is written in the lists. Raises LexiconError where it holds no word."""
        sides = written.split(" + ")
        if len(sides) > 2:
            raise LexiconError(f"{written!r} joins more than two phrases")
        if "." in term.code:
            self._targets.add(term.code)
        for signs in product(*(_alternatives(side) for side in sides)):
            if not all(signs):
                raise LexiconError(f"{written!r} holds no word")
            phrases = [self._phrase(sign) for sign in signs]
            if len(phrases) == 1:
                _keep(self._terms[phrases[0]], term)
            else:
                left, right = phrases
                _keep(self._pairs[left, right], term)
                if right not in self._partners[left]:
                    self._partners[left].append(right)

    def _phrase(self, signs: Sequence[str]) -> int:
        node = self._root
        for sign in signs:
            node = node.child(sign)
        if node.phrase is None:
            node.phrase = len(self._phrases)
            self._phrases.append(" ".join(signs).replace("^", ""))
        return node.phrase

    def hits(self, text: Sequence[Word]) -> list[Hit]:
        """Every term in the words of a text, also those within one another, in order of their first word."""
        hits: list[Hit] = []
        places: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for first in range(len(text)):
            for phrase, last in self._from(text, first):
                places[phrase].append((first, last))
                hits += (Hit(term, self._phrases[phrase], ((first, last),)) for term in self._terms.get(phrase, ()))
        for left in list(places):
            for right in self._partners.get(left, ()):
                if right in places and (pair := _nearest(text, places[left], places[right])) is not None:
                    key = f"{self._phrases[left]} + {self._phrases[right]}"
                    hits += (Hit(term, key, pair) for term in self._pairs[left, right])
        return sorted(hits, key=lambda hit: (hit.places, hit.term, hit.key))

    def _from(self, text: Sequence[Word], first: int) -> set[tuple[int, int]]:
        """The phrases that begin at a word, as (phrase, one past its last word)."""
        phrases: set[tuple[int, int]] = set()
        nodes, last = [self._root], first
        # A phrase ends with its sentence: "at school. Children" is no school child.
        while nodes and last < len(text) and text[last].sentence == text[first].sentence:
            nodes = [after for node in nodes for after in node.step(text[last])]
            last += 1
            phrases.update((node.phrase, last) for node in nodes if node.phrase is not None)
        return phrases


def _keep(terms: list[Term], term: Term) -> None:
    """Add a term to a phrase; of two weights for one code the greater stays."""
    for n, other in enumerate(terms):
        if (other.goal, other.code) == (term.goal, term.code):
            terms[n] = max(other, term)
            return
    terms.append(term)


def _alternatives(side: str) -> Iterator[tuple[str, ...]]:
    """The word sequences that a phrase with "a/b" stands for."""
    choices = [[_signs(each) for each in piece.split("/")] for piece in side.split()]
    for chosen in product(*choices):
        yield tuple(sign for signs in chosen for sign in signs)


def _signs(piece: str) -> list[str]:
    """The signs of a written word: its plain form, "^" before one in capitals, "*" after a beginning."""
    signs = []
    for raw in _WORD.findall(piece):
        if raw.endswith("*"):
            signs.append(spelled(raw[:-1].lower()) + "*")
        elif len(raw) > 1 and raw.isupper():
            signs.append("^" + raw)
        else:
            signs.append(plain(raw))
    return signs


def _nearest(
    text: Sequence[Word], left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], ...] | None:
    """The two places that stand closest within one sentence, in the order of the text; None where none are near.

    Both lists are in the order of the text, so that for each place only its neighbours need a look.
    """
    best: tuple[int, tuple[tuple[int, int], ...]] | None = None
    for place in left:
        here = bisect_left(right, place)
        for other in right[max(here - 2, 0) : here + 2]:
            before, after = sorted((place, other))
            apart = after[0] - before[1]
            if 0 <= apart <= NEAR and text[before[0]].sentence == text[after[0]].sentence:
                candidate = (apart, (before, after))
                best = candidate if best is None else min(best, candidate)
    return None if best is None else best[1]


def read(lines: Iterable[str], goal: int, name: str, lexicon: Lexicon) -> None:
    """Read the lines of one goal's list into a lexicon. Raises LexiconError that names the line."""
    code, weight = "", 0
    for number, line in enumerate(lines, start=1):
        written = line.strip()
        if not written or line.startswith("#"):
            continue
        if not line[0].isspace():
            if (match := _LINE.fullmatch(written)) is None:
                raise LexiconError(f"{name}, line {number}: expected `CODE WEIGHT: term; term`")
            head, written = match.groups()
            code, _, level = head.partition(" ")
            code, weight = (str(goal), 0) if code == "-" else (code, int(level or 0))
            if code.partition(".")[0] != str(goal) or (head != "-" and not weight):
                raise LexiconError(f"{name}, line {number}: {head!r} is not a code of goal {goal} with a weight")
        if not code:
            raise LexiconError(f"{name}, line {number}: goes on with a line that is not there")
        try:
            for term in filter(None, (each.strip() for each in written.split(";"))):
                lexicon.add(term, Term(goal, "" if weight == 0 else code, weight))
        except LexiconError as problem:
            raise LexiconError(f"{name}, line {number}: {problem}") from None


@cache
def lexicon() -> Lexicon:
    """The lexicon of this package, read once."""
    made = Lexicon()
    folder = resources.files(__package__) / "terms"
    for goal in range(1, 18):
        name = f"goal-{goal:02}.txt"
        read((folder / name).read_text(encoding="utf-8").splitlines(), goal, name, made)
    return made


def find(text: str) -> tuple[list[Word], list[Hit]]:
    """The words of a text, and every term of the lexicon in them."""
    text_words = words(text)
    return text_words, lexicon().hits(text_words)
