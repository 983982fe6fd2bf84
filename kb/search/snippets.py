"""The piece of a text that shows best why it was found, and titles with what matched marked.

Matching goes through the same analysis as the index: stems, folded accents, phrases over their stop words, prefixes.
What comes back are pieces of the original text with whether each matched; making markup of them, and escaping, is for
whoever shows them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .analysis import Form, form, forms, is_unspaced, raw_words, stands_alone, tokens
from .parsing import Clause, Expression, Phrase, Prefix, Word

Pieces = tuple[tuple[str, bool], ...]
"""Text in pieces, each with whether it matched."""

LENGTH = 220
"""Signs of a snippet, about two lines."""

MAX_READ = 20_000
"""Signs of a text that are looked at; beyond them nothing is marked."""

_ELLIPSIS = "…"

_Span = tuple[int, int, int]
"""Start and end of a match, and the number of the clause that matched."""


def highlight(text: str, expression: Expression) -> Pieces:
    """The whole text with every match marked. Joining the pieces gives the text."""
    return _marked(text, _spans(text, expression.wanted), 0, len(text))


def snippet(text: str, expression: Expression, length: int = LENGTH) -> Pieces:
    """About `length` signs of the text, at most, where most different clauses match, and among those most matches.

    White space is joined. Cut ends are marked with an ellipsis. A text without a match is shown from its beginning.
    """
    text = " ".join(text[:MAX_READ].split())
    if len(text) <= length:
        return highlight(text, expression)
    spans = _spans(text, expression.wanted)
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


class _Wanted:
    """The clauses of an expression by what a text's words are held against; each maps to the clause's number."""

    def __init__(self, clauses: tuple[Clause, ...]) -> None:
        self.stems: dict[str, int] = {}
        self.prefixes: dict[str, int] = {}
        self.phrases: list[tuple[int, Phrase]] = []
        for number, clause in enumerate(clauses):
            match clause:
                case Word(stem, prefix):
                    self.stems.setdefault(stem, number)
                    if prefix:
                        self.prefixes.setdefault(prefix, number)
                case Prefix(start):
                    self.prefixes.setdefault(start, number)
                case Phrase(((_, stem),)):
                    self.stems.setdefault(stem, number)
                case Phrase():
                    self.phrases.append((number, clause))
        self.starts = tuple(self.prefixes)

    def among(self, words: Iterable[tuple[str, Form]]) -> dict[str, int]:
        """Those of the words, as they stand in a text, that match by themselves, with the clause's number."""
        stems, starts = self.stems, self.starts
        matching = {word: stems[each.stem] for word, each in words if each.stem in stems}
        if starts:
            for word, each in words:
                if each.surface.startswith(starts) and word not in matching:
                    matching[word] = next(at for start, at in self.prefixes.items() if each.surface.startswith(start))
        return matching


@lru_cache(maxsize=512)
def _words_of(text: str) -> tuple[tuple[str, Form], ...]:
    """The different words of a text. Remembered, about 10 kB each: the same entries are found again and again."""
    words = set(raw_words(text))
    return tuple(zip(words, map(form, words), strict=True))


def _spans(text: str, clauses: tuple[Clause, ...]) -> list[_Span]:
    """Every match, by start; of matches that overlap the first, and of those the longest, is kept."""
    if not clauses:
        return []
    text = text[:MAX_READ]
    wanted = _Wanted(clauses)
    words = _words_of(text)
    matching = wanted.among(words)
    found: list[_Span] = []
    if all(word.isalpha() and not is_unspaced(word) for word in matching):
        # A few words, looked for from place to place, are found ten times as fast as by reading the text word by word.
        for word, number in matching.items():
            found.extend((start, start + len(word), number) for start in _places(text, word))
    else:
        found.extend(
            (token.start, token.end, matching[word])
            for token in tokens(text)
            if (word := text[token.start : token.end]) in matching
        )
    if wanted.phrases:
        stems = {each.stem for _, each in words}
        for number, phrase in wanted.phrases:
            if all(stem in stems for _, stem in phrase.terms):
                found.extend((start, end, number) for start, end in _phrase_places(text, phrase))
    return _apart(found)


def _phrase_places(text: str, phrase: Phrase) -> list[tuple[int, int]]:
    """Where a phrase begins and ends, its stop words within."""
    stems = [each.stem for each in forms(text)]
    last = phrase.terms[-1][0]
    first_stem = phrase.terms[0][1]
    firsts = [place for place, stem in enumerate(stems[: max(0, len(stems) - last)]) if stem == first_stem]
    firsts = [place for place in firsts if all(stems[place + offset] == stem for offset, stem in phrase.terms)]
    if not firsts:
        return []
    read = list(tokens(text))
    return [(read[place].start, read[place + last].end) for place in firsts]


def _places(text: str, word: str) -> Iterator[int]:
    """Where a word of letters stands as a whole word."""
    start = text.find(word)
    while start >= 0:
        if stands_alone(text, start, start + len(word)):
            yield start
        start = text.find(word, start + len(word))


def _apart(found: list[_Span]) -> list[_Span]:
    found.sort(key=lambda span: (span[0], -span[1]))
    kept: list[_Span] = []
    for span in found:
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
    held: dict[int, int] = {}
    after = 0
    for first, (start, _, number) in enumerate(spans):
        while after < len(spans) and (after <= first or spans[after][1] <= start + length):
            held[spans[after][2]] = held.get(spans[after][2], 0) + 1
            after += 1
        worth = (len(held), after - first)
        if worth > best_worth:
            best, best_worth = first, worth
        held[number] -= 1
        if not held[number]:
            del held[number]
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
