"""Cuts the piece of a text that shows best why it was found, and marks what matched.

Matching goes through the same analysis as the index: stems, folded accents, phrases over their stop words, prefixes.
What comes back are pieces of the original text with whether each matched; making markup of them, and escaping, is for
whoever shows them.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from kb.core.text import fold

from .analysis import UNSEEN, Token, beginning, compounds, is_unspaced, token_at, tokens
from .parsing import Clause, Compound, ParsedQuery, Phrase, Prefix, Word

Pieces = tuple[tuple[str, bool], ...]
"""Text in pieces, each with whether it matched; joining the pieces gives the text."""

LENGTH = 220
"""Signs of a snippet, about two lines."""

MAX_READ = 20_000
"""Signs of a text that are looked at; beyond them nothing is marked."""

_ELLIPSIS = "…"
_FOREIGN = re.compile(r"[^\x00-\x7f]")

_Span = tuple[int, int, int]
"""Start and end of a match, and the number of the clause that matched."""


def highlight(text: str, parsed: ParsedQuery) -> Pieces:
    """The whole text with every match marked. Joining the pieces gives the text."""
    return _marked(text, _spans(text, parsed.wanted), 0, len(text))


def snippet(text: str, parsed: ParsedQuery, length: int = LENGTH) -> Pieces:
    """About `length` signs of the text, at most, where most different clauses match, and among those most matches.

    White space is joined. Cut ends are marked with an ellipsis. A text without a match is shown from its beginning.
    """
    text = " ".join(text[:MAX_READ].split())
    if len(text) <= length:
        return highlight(text, parsed)
    spans = _spans(text, parsed.wanted)
    first = _best_window(spans, length)
    lead = 0
    if spans:
        reach = _last_within(spans, first, length)
        # What is left of the room goes around the matches, a third of it before them.
        lead = max(0, spans[first][0] - max(0, length - (spans[reach][1] - spans[first][0])) // 3)
    start = _word_start(text, min(lead, len(text) - length)) if lead else 0
    end = _word_end(text, start, min(len(text), start + length))
    pieces = _marked(text, spans, start, end)
    before = ((_ELLIPSIS, False),) if start else ()
    after = ((_ELLIPSIS, False),) if end < len(text) else ()
    return (*before, *pieces, *after)


def _spans(text: str, clauses: tuple[Clause, ...]) -> list[_Span]:
    """Every match, by start; of matches that overlap the first, and of those the longest, is kept."""
    if not clauses:
        return []
    text = text[:MAX_READ]
    flat = _flat(text)
    if flat is None or any(_needs_reading(clause) for clause in clauses):
        return _apart(_spans_by_reading(text, clauses))
    spans: list[_Span] = []
    for number, clause in enumerate(clauses):
        spans.extend((start, end, number) for start, end in _places(text, flat, clause))
    spans += _spans_of_compounds(text, clauses)
    return _apart(spans)


def _flat(text: str) -> str | None:
    """The text folded sign by sign, of the same length; None where a letter does not fold into just one."""
    lowered = text.lower()
    if len(lowered) != len(text):
        return None
    if lowered.isascii():
        return lowered
    flat = _FOREIGN.sub(lambda match: _folded(match[0]), lowered)
    return flat if len(flat) == len(text) else None


@lru_cache(maxsize=4096)
def _folded(sign: str) -> str:
    """One sign for one that folds into one or is no letter; none for others, which makes the text shorter.

    A sign of a script without spaces is a word of its own, and no part of one in Latin letters.
    """
    if sign in UNSEEN:
        return ""
    if is_unspaced(sign):
        return "\0"
    if unicodedata.category(sign)[0] in "ZPSCN":
        return sign
    folded = fold(sign)
    return folded if len(folded) == 1 else ""


def _needs_reading(clause: Clause) -> bool:
    """Numbers with parts ("11.2") are one word, so where one begins is seen only by reading; so are other scripts."""
    first = (
        clause.terms[0][1]
        if isinstance(clause, Phrase)
        else clause.start
        if isinstance(clause, Prefix)
        else clause.stem
    )
    return not (first.isascii() and first[0].isalpha())


def _places(text: str, flat: str, clause: Clause) -> Iterator[tuple[int, int]]:
    """Where a clause matches. Leaping from one possible beginning to the next is many times as fast as reading."""
    match clause:
        case Prefix(start):
            yield from ((token.start, token.end) for token in _words_from(text, flat, start))
        case Word(stem):
            for token in _words_from(text, flat, beginning(stem)):
                if token.stem == stem:
                    yield token.start, token.end
        case Phrase(terms):
            for token in _words_from(text, flat, beginning(terms[0][1])):
                if token.stem == terms[0][1] and (end := _end_of_phrase(text, token, terms)):
                    yield token.start, end
        case Compound():
            pass


def _words_from(text: str, flat: str, beginning: str) -> Iterator[Token]:
    """The words that begin so, folded."""
    start = flat.find(beginning)
    while start >= 0:
        if start and flat[start - 1].isalnum():
            start = flat.find(beginning, start + 1)
            continue
        if token := token_at(text, start):
            yield token
        start = flat.find(beginning, start + 1)


def _end_of_phrase(text: str, first: Token, terms: tuple[tuple[int, str], ...]) -> int | None:
    last = terms[-1][0]
    read = [first, *islice(tokens(text, first.end), last)]
    if len(read) <= last or any(read[place].stem != stem for place, stem in terms):
        return None
    return read[last].end


def _spans_by_reading(text: str, clauses: tuple[Clause, ...]) -> list[_Span]:
    """Every match, by going through the text word by word."""
    read = list(tokens(text))
    return _spans_of_compounds(text, clauses) + [
        (read[place].start, read[end].end, number)
        for place in range(len(read))
        for number, clause in enumerate(clauses)
        if (end := _matches_until(read, place, clause)) is not None
    ]


def _spans_of_compounds(text: str, clauses: tuple[Clause, ...]) -> list[_Span]:
    wanted = {clause.stem: number for number, clause in enumerate(clauses) if isinstance(clause, Compound)}
    if not wanted:
        return []
    return [(token.start, token.end, wanted[token.stem]) for token in compounds(text) if token.stem in wanted]


def _matches_until(read: list[Token], place: int, clause: Clause) -> int | None:
    """The last word of a match that begins at a place; None where none begins."""
    token = read[place]
    match clause:
        case Prefix(start):
            return place if token.surface.startswith(start) else None
        case Word(stem):
            return place if token.stem == stem else None
        case Phrase(terms):
            last = place + terms[-1][0]
            if last < len(read) and all(read[place + offset].stem == stem for offset, stem in terms):
                return last
            return None
        case Compound():
            return None


def _apart(spans: list[_Span]) -> list[_Span]:
    spans.sort(key=lambda span: (span[0], -span[1]))
    kept: list[_Span] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _last_within(spans: list[_Span], first: int, length: int) -> int:
    """The last match that ends within `length` of the start of the first."""
    last = first
    while last + 1 < len(spans) and spans[last + 1][1] <= spans[first][0] + length:
        last += 1
    return last


def _best_window(spans: list[_Span], length: int) -> int:
    """The match a window best begins with: most different clauses, then most matches, then the earliest."""
    best, best_worth = 0, (0, 0)
    counts: dict[int, int] = {}
    after = 0
    for first, (start, _, number) in enumerate(spans):
        while after < len(spans) and (after <= first or spans[after][1] <= start + length):
            counts[spans[after][2]] = counts.get(spans[after][2], 0) + 1
            after += 1
        worth = (len(counts), after - first)
        if worth > best_worth:
            best, best_worth = first, worth
        counts[number] -= 1
        if not counts[number]:
            del counts[number]
    return best


def _word_start(text: str, at: int) -> int:
    """The start of the next word from here on, or here, in a script without spaces."""
    if at <= 0 or text[at - 1] == " " or is_unspaced(text[at]):
        return max(at, 0)
    space = text.find(" ", at, at + 40)
    return at if space < 0 else space + 1


def _word_end(text: str, start: int, at: int) -> int:
    """The end of the last whole word before here."""
    if at >= len(text) or text[at] == " " or is_unspaced(text[at - 1]):
        return at
    space = text.rfind(" ", max(start + 1, at - 40), at)
    return at if space < 0 else space


def _marked(text: str, spans: list[_Span], start: int, end: int) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    at = start
    first = bisect_left(spans, start, key=lambda span: span[0])
    beyond = bisect_right(spans, end, key=lambda span: span[1])
    for span_start, span_end, _ in spans[first:beyond]:
        if span_start > at:
            pieces.append((text[at:span_start], False))
        pieces.append((text[span_start:span_end], True))
        at = span_end
    if at < end:
        pieces.append((text[at:end], False))
    return tuple(pieces)
