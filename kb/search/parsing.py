"""What a person types, as a small immutable expression. Anything is understood; nothing raises.

    solar roofs          plain words; the mode of the query says whether all or any must match
    "solar roofs"        a phrase: these words in this order; stop words hold their place; always required
    solar OR wind        alternatives; OR in capitals only, binding the two things beside it
    -wind  -"wind farm"  without this
    mobil*               a prefix, from two letters on

An unbalanced quote reaches to the end. Words joined by signs ("smart-city") are separate words, except beside OR and
after a minus, where they are a phrase. A run of signs of a script without spaces is a phrase that counts as one word.
Text with nothing but stop words, lone signs or empty quotes asks for nothing: it matches as an empty text does, every
document, and `Expression.only_stop_words` tells so. Only exclusions match everything else. At most MAX_TERMS words
count; what follows is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .analysis import Token, is_unspaced, tokens

MAX_TERMS = 64
"""Words of a query that count: more than a paragraph has, and few enough to answer in milliseconds."""

MAX_TYPED = 10_000
"""Signs of a query that are read."""

MIN_PREFIX = 2
"""Letters before a star; one letter would ask for a tenth of the vocabulary."""


@dataclass(frozen=True, slots=True)
class Word:
    """A stem to look for; `prefix`, if not empty, is the surface that words may also begin with (while typing)."""

    stem: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Stems at fixed distances: (place, stem), the first at place 0. It may be a single word in quotes."""

    terms: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every word whose surface begins so."""

    start: str


Clause = Word | Phrase | Prefix


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives, of which one is enough. A required group must match in every mode (a phrase in quotes)."""

    alternatives: tuple[Clause, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Expression:
    """An understood query: groups to match by the mode, and clauses that must not match."""

    groups: tuple[Group, ...] = ()
    excluded: tuple[Clause, ...] = ()
    only_stop_words: bool = False

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


_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_PIECE = re.compile(r'(?P<minus>-+)?"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+)')


def parse(text: str, prefix_last: bool = False) -> Expression:
    """Understand what was typed. With `prefix_last` the last plain word, if no space follows it, may go on."""
    text = text[:MAX_TYPED]
    pieces = _pieces(text)
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
        if prefix_last and index + 1 == len(pieces) and not piece.quoted and not text[-1:].isspace():
            clauses = _left_open(clauses, piece)
        if joining and clauses:
            groups[-1] = Group((*groups[-1].alternatives, clauses[0]))
            clauses = clauses[1:]
        groups.extend(Group((clause,), required=piece.quoted and not beside_or) for clause in clauses)
        joining = False
    asked_for_nothing = not groups and not excluded and bool(text.strip())
    return Expression(tuple(dict.fromkeys(groups)), tuple(dict.fromkeys(excluded)), asked_for_nothing)


def _pieces(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    room = MAX_TERMS
    for match in _PIECE.finditer(text.translate(_QUOTES)):
        bare = match["bare"]
        if bare is None:
            tokens = _first_words(match["quoted"], room)
            pieces.append(_Piece(tokens, quoted=True, minus=bool(match["minus"]), starred=False, is_or=False))
        else:
            body = bare.lstrip("-")
            tokens = _first_words(body, room)
            starred = body.endswith("*") and bool(tokens) and tokens[-1].end == len(body.rstrip("*"))
            pieces.append(_Piece(tokens, False, minus=body != bare, starred=starred, is_or=bare == "OR"))
        room -= sum(1 for token in tokens if token.stem)
        if room <= 0:
            break
    return pieces


def _first_words(text: str, room: int) -> tuple[Token, ...]:
    """The words of a text until `room` of them are searched ones; a text of a million signs is not read on."""
    kept: list[Token] = []
    for token in tokens(text):
        kept.append(token)
        room -= bool(token.stem)
        if room <= 0 or len(kept) >= 8 * MAX_TERMS:
            break
    return tuple(kept)


def _phrase(run: list[Token], first_place: int = 0) -> Iterator[Phrase]:
    terms = [(first_place + place, token.stem) for place, token in enumerate(run) if token.stem]
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


def _left_open(clauses: list[Clause], piece: _Piece) -> list[Clause]:
    """Let the last word go on, whether it is a word already ("mobil") or a stop word so far ("the", of "theatre")."""
    if piece.starred or not piece.tokens or len(piece.tokens[-1].surface) < MIN_PREFIX:
        return clauses
    surface = piece.tokens[-1].surface
    if not piece.tokens[-1].stem:
        return [*clauses, Prefix(surface)]
    if clauses and isinstance(clauses[-1], Word):
        return [*clauses[:-1], replace(clauses[-1], prefix=surface)]
    return clauses
