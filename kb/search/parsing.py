"""Parses what a person types into a small immutable query, once for all that use it. Anything is understood.

    solar roofs          plain words; the mode of the query says whether all or any must match
    "solar roofs"        a phrase: these words in this order; stop words hold their place; required, but in a sentence
    solar OR wind        alternatives; OR in capitals only, binding the two things beside it
    -wind  -"wind farm"  without this
    mobil*               a prefix, from two letters on

An unbalanced quote reaches to the end. Words joined by signs ("smart-city") are separate words, except beside OR and
after a minus, where they are a phrase. A run of signs of a script without spaces is a phrase that counts as one word.
Text with nothing but stop words, lone signs or empty quotes finds only documents whose title it is, and
`ParsedQuery.only_stop_words` tells so. Only exclusions match everything else. At most MAX_TERMS words
count; what follows is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from kb.core.text import fold

from .analysis import Token, is_unspaced, tokens

MAX_TERMS = 64
"""Words of a query that count: more than a paragraph has, and few enough to answer in milliseconds."""

MOST_WORDS_FOR_ALL = 3
"""Up to so many words must all match, unless a mode says otherwise; longer queries are sentences, where any may."""

MAX_TYPED = 10_000
"""Signs of a query that are read."""

MIN_PREFIX = 2
"""Letters before a star; one letter would ask for a tenth of the vocabulary."""


@dataclass(frozen=True, slots=True)
class Word:
    """A stem to look for."""

    stem: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Stems at fixed distances: (place, stem), the first at place 0. It may be a single word in quotes."""

    terms: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every word whose surface begins so."""

    start: str


@dataclass(frozen=True, slots=True)
class Compound:
    """Words joined by a hyphen or the like, by the stem of their joined form (`analysis.compounds`)."""

    stem: str


Clause = Word | Phrase | Prefix | Compound


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives, of which one is enough. A required group (a phrase in quotes) must match but in a sentence.

    What matches `first`, if it is given, scores more than what matches alternatives only.
    """

    alternatives: tuple[Clause, ...]
    required: bool = False
    first: Clause | None = None


class TypedWord(NamedTuple):
    """A word of the query's text, stop words included; `is_fixed` where it is excluded or a prefix: no slip then."""

    token: Token
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query: groups to match by the mode, and clauses that must not match. Equal where these are equal.

    `text` is what was typed, as far as it was read, and `words` are its words in order, with their places in it.
    """

    groups: tuple[Group, ...] = ()
    excluded: tuple[Clause, ...] = ()
    only_stop_words: bool = False
    text: str = field(default="", compare=False)
    words: tuple[TypedWord, ...] = field(default=(), compare=False, repr=False)

    @property
    def title(self) -> str:
        """The title that was typed, folded: all of the text, without quotes around it."""
        return fold(self.text.translate(_QUOTES).strip(' "'))

    @property
    def is_sentence(self) -> bool:
        """Whether there are so many plain words that entries need not have all; nor need they have its phrases then."""
        return sum(1 for group in self.groups if not group.required) > MOST_WORDS_FOR_ALL

    @property
    def wanted(self) -> tuple[Clause, ...]:
        """Every clause that may make a document match, for highlighting."""
        return tuple(clause for group in self.groups for clause in group.alternatives)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the typed text: what stands between spaces, or between quotes."""

    tokens: tuple[Token, ...]
    quoted: bool
    minus: bool
    starred: bool
    is_or: bool


EVERYTHING = ParsedQuery()
"""The query that asks for nothing, and so matches every document."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_OPERATORS = re.compile(r'["*]|(?:^|\s)-+[^\s-]|\bOR\b')
_PIECE = re.compile(r'(?P<minus>-+)?"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+)')


def parse(text: str) -> ParsedQuery:
    """Understand what was typed."""
    text = text[:MAX_TYPED]
    words: list[TypedWord] = []
    pieces = _pieces(text, words)
    groups: list[Group] = []
    excluded: list[Clause] = []
    joining = False
    for index, piece in enumerate(pieces):
        if piece.is_or:
            joining = bool(groups)
            continue
        if piece.minus:
            excluded.extend(_one_clause(piece))
            joining = False
            continue
        beside_or = joining or (index + 1 < len(pieces) and pieces[index + 1].is_or)
        clauses = _one_clause(piece) if piece.quoted or beside_or else list(_clauses(piece))
        if joining and clauses:
            groups[-1] = Group((*groups[-1].alternatives, clauses[0]))
            clauses = clauses[1:]
        groups.extend(Group((clause,), required=piece.quoted and not beside_or) for clause in clauses)
        joining = False
    asked_for_nothing = not groups and not excluded and bool(text.strip())
    return ParsedQuery(
        tuple(dict.fromkeys(groups)), tuple(dict.fromkeys(excluded)), asked_for_nothing, text, tuple(words)
    )


def has_operators(text: str) -> bool:
    """Whether a text has more than words: quotes, a star, OR, or a minus before a word."""
    return _OPERATORS.search(text.translate(_QUOTES)) is not None


def any_word_of(text: str) -> str | None:
    """The query for entries with any of the words; None where these are not several, or they are more than words."""
    typed = text.split()
    by_stems: dict[tuple[str, ...], str] = {}
    for word in typed:
        by_stems.setdefault(tuple(token.stem for token in tokens(word) if token.stem), word)
    words = [word for stems, word in by_stems.items() if stems]
    is_plain = len(typed) <= 2 * MOST_WORDS_FOR_ALL and not has_operators(text)
    return " OR ".join(words) if is_plain and len(words) > 1 else None


def _pieces(text: str, words: list[TypedWord]) -> list[_Piece]:
    """The pieces of a text in order; their words are added to `words`."""
    pieces: list[_Piece] = []
    room = MAX_TERMS
    for match in _PIECE.finditer(text.translate(_QUOTES)):
        bare = match["bare"]
        quoted = bare is None
        start, end = match.span("quoted")
        minus = bool(match["minus"])
        if not quoted:
            end = match.end()
            start = end - len(bare.lstrip("-"))
            minus = start != match.start()
        tokens = _first_words(text, start, end, room)
        rest = text[tokens[-1].end : end] if tokens and not quoted else ""
        is_starred = bool(rest) and not rest.strip("*")
        pieces.append(_Piece(tokens, quoted, minus, is_starred, is_or=bare == "OR"))
        words += (
            TypedWord(token, (minus and token.start == start) or text[token.end : token.end + 1] == "*")
            for token in tokens
        )
        room -= sum(1 for token in tokens if token.stem)
        if room <= 0:
            break
    return pieces


def _first_words(text: str, start: int, end: int, room: int) -> tuple[Token, ...]:
    """The words of a stretch of text until `room` of them are searched ones; a text of a million signs is not read."""
    kept: list[Token] = []
    for token in tokens(text, start, end):
        kept.append(token)
        room -= bool(token.stem)
        if room <= 0 or len(kept) >= 8 * MAX_TERMS:
            break
    return tuple(kept)


def _phrase(run: list[Token]) -> Iterator[Phrase]:
    terms = [(place, token.stem) for place, token in enumerate(run) if token.stem]
    if terms:
        yield Phrase(tuple((place - terms[0][0], stem) for place, stem in terms))


def _one_clause(piece: _Piece) -> list[Clause]:
    """A piece as a single clause: one word, a prefix, or a phrase of all its words; nothing if it has none."""
    if not piece.quoted and len(piece.tokens) == 1:
        return list(_clauses(piece))
    return list(_phrase(list(piece.tokens)))


def _clauses(piece: _Piece) -> Iterator[Clause]:
    """A piece's words one by one; neighbouring signs of a script without spaces as one phrase."""
    run: list[Token] = []
    last = len(piece.tokens) - 1
    for index, token in enumerate(piece.tokens):
        if is_unspaced(token.surface) or _is_korean(token.surface):
            if run and run[-1].end != token.start:
                yield from _phrase(run)
                run = []
            run.append(token)
            continue
        yield from _phrase(run)
        run = []
        if piece.starred and index == last and len(token.surface) >= MIN_PREFIX:
            yield Prefix(token.surface)
        elif token.stem:
            yield Word(token.stem)
    yield from _phrase(run)


def _is_korean(surface: str) -> bool:
    """Folding takes a Korean syllable apart into the letters of U+1100 to U+11FF."""
    return "\u1100" <= surface[:1] <= "\u11ff"
