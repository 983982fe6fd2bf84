"""Analyses text into searchable words, in one way for indexing, searching, highlighting and evaluating.

A word is folded (case, accents, width; `kb.core.text`), English stop words are dropped but keep their place, and what
is left is brought to one spelling and stemmed with the Snowball stemmer for English (Porter 2; snowballstem.org).
Scripts that write without spaces, and Korean, whose endings stick to the words, are cut into single signs; the parser
asks for such a run as a phrase, so that any part of a run is found, exactly. Whole numbers with parts, such as target
"11.2" or "11.b", stay one word.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

from whoosh.lang.snowball.english import EnglishStemmer
from whoosh.lang.stopwords import stoplists

from kb.core.text import fold

MAX_WORD = 64
"""Signs of a word that count; nobody types more, and an index need not keep a pasted key in full."""

STOP_WORDS: frozenset[str] = frozenset(stoplists["en"])
"""English words that say nothing of their own, the list that Whoosh carries (127 words)."""

# Chinese, Japanese, Korean syllables, Thai, Lao, Burmese, Khmer: no spaces between words, or endings glued to them.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U000323af"
)
# Python's \w leaves out the marks that Devanagari vowels and decomposed accents are written with.
_MARKS = "".join(chr(code) for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code)) in {"Mn", "Mc"})
UNSEEN = frozenset("\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
"""Signs inside a word that nobody sees: soft hyphens, spaces and joiners without width, marks of direction."""

_UNSEEN = "".join(sorted(UNSEEN))
_WITHOUT_UNSEEN = dict.fromkeys(map(ord, UNSEEN))
_WORD = re.compile(
    r"\d+(?:\.(?:\d+|[^\W\d_](?![^\W_])))+"
    rf"|[{_UNSPACED}][{_MARKS}{_UNSEEN}]*+"
    rf"|(?:[^\W_{_UNSPACED}]++[{_MARKS}{_UNSEEN}]*+)++"
)
# The same for plain English text, several times as fast.
_ASCII_WORD = re.compile(r"\d+(?:\.(?:\d+|[a-zA-Z](?![a-zA-Z0-9])))+|[a-zA-Z0-9]++")
_PART = rf"(?:\d++(?:\.\d++)++|(?:[^\W_]++[{_UNSEEN}]*+)++)"
_COMPOUND = re.compile(
    r"(?<![^\W_])(?:"
    rf"(?P<hyphened>{_PART}(?:[-\u2010\u2011]{_PART})+)"
    r"|(?P<whole>[^\W\d_](?:\.[^\W\d_](?![^\W_]))+|[^\W\d_]++\d++(?:\.\d++)+)"
    r"|(?P<spaced>(?<!['’])[b-hj-ru-z]\ [^\W_]{3,}+|[^\W_]{3,}+\ (?:up|out|off|down)(?![^\W_]))"
    r"|(?P<acronym>(?-i:[A-Z]{2,})(?![^\W_]))"
    r")",
    re.IGNORECASE,
)
_PARTS = re.compile(_PART)
_JOINING = re.compile(r"[\W_]+")
# Stop words that end or begin compounds: start-up, on-line.
_IN_COMPOUNDS = frozenset(("up", "down", "in", "out", "on", "off", "over", "under"))
_UNSPACED_SIGN = re.compile(f"[{_UNSPACED}]")

_stemmer: Any = EnglishStemmer()

_ODD = {
    "program": "programme",
    "programs": "programmes",
    "women": "woman",
    "men": "man",
    "children": "child",
}
_BRITISH = {
    "center": "centre",
    "color": "colour",
    "labor": "labour",
    "neighbor": "neighbour",
    "harbor": "harbour",
    "behavior": "behaviour",
    "aging": "ageing",
    "gray": "grey",
    "defense": "defence",
    "license": "licence",
}
# With each British word the letters that it shares with the American one.
_SHARED = [
    ("".join(a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(american, british, strict=False))), british)
    for american, british in _BRITISH.items()
]
_AMERICAN = re.compile(f"({'|'.join(_BRITISH)})(?!at|ad)")
_IZE = re.compile(r"(?<=\w{4})iz(e|es|ed|ing|ation|ations|er|ers)$")


class Form(NamedTuple):
    """A word as the index knows it. `stem` is empty for a word that is not searched (a stop word, a lone letter)."""

    surface: str
    stem: str


class Token(NamedTuple):
    """A word at its place: `text[start:end]` of the original text."""

    start: int
    end: int
    surface: str
    stem: str


@lru_cache(maxsize=1 << 17)
def form(raw: str) -> Form:
    """Fold and stem one word as it stands in a text. Remembered, since texts repeat their words."""
    # A few signs unfold into several words (the Arabic ligature of four); they stay one.
    surface = sys.intern(fold(raw.translate(_WITHOUT_UNSEEN)[:MAX_WORD]).replace(" ", "")[:MAX_WORD])
    # "s" and "t" of "city's" and "don't" are no words; a lone digit is ("goal 5").
    if surface in STOP_WORDS or not surface or (len(surface) == 1 and surface.isascii() and surface.isalpha()):
        return Form(surface, "")
    if surface.isascii() and not surface.isdigit():
        stem = sys.intern(_stemmer.stem(_one_spelling(surface)))
        return Form(surface, stem or surface)
    return Form(surface, surface)


def _one_spelling(surface: str) -> str:
    """The British spelling of a word, and the singular of odd plurals: people type either, and cities write both."""
    if surface in _ODD:
        return _ODD[surface]
    if match := _AMERICAN.match(surface):
        return _BRITISH[match[1]] + surface[match.end() :]
    return _IZE.sub(r"is\1", surface) if "iz" in surface else surface


@lru_cache(maxsize=4096)
def beginning(stem: str) -> str:
    """What every word with the stem begins with, whichever way it is spelt; at least one letter.

    The stemmer changes the last two letters at most, and some "y"s to "i".
    """
    cut = stem[: max(1, len(stem) - 2)]
    for shared, british in _SHARED:
        if len(cut) > len(shared) and (british.startswith(cut) or cut.startswith(british)):
            return shared
    return cut


def _pattern(text: str) -> re.Pattern[str]:
    return _ASCII_WORD if text.isascii() else _WORD


def forms(text: str) -> list[Form]:
    """Every word of a text in order, stop words included: a word's place in the list is its position."""
    return [form(raw) for raw in _pattern(text).findall(text)]


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """Every word of a text from a place on, up to another, with its place, stop words included, lazily."""
    for match in _pattern(text).finditer(text, start, len(text) if end is None else end):
        surface, stem = form(match.group())
        yield Token(match.start(), match.end(), surface, stem)


def token_at(text: str, start: int) -> Token | None:
    """The word that begins at a place; None where none does, if nothing before the place belongs to a word."""
    match = _pattern(text).match(text, start)
    return Token(start, match.end(), *form(match.group())) if match else None


def words(text: str) -> list[str]:
    """The stems of a text in order, without stop words."""
    return [form.stem for form in forms(text) if form.stem]


def compounds(text: str) -> Iterator[Token]:
    """Compounds of a text, each with the surface and stem of its joined form.

    They are neighbours joined by a hyphen ("start-up"), letters by dots ("U.K."), letters and a number ("PM2.5"), a
    lone letter before a word ("e mail"), and a word before "up", "out", "off" or "down" ("start up"). Acronyms that
    are spelt as stop words ("WHO") are among them, where not all of the text is in capitals.
    """
    is_in_capitals = text.isupper() and len(text.split()) > 1
    for match in _COMPOUND.finditer(text):
        if match["hyphened"]:
            parts = list(_PARTS.finditer(match.group()))
            extents = [
                (match.start() + one.start(), match.start() + other.end())
                for one, other in pairwise(parts)
                if not any(fold(part.group()) in STOP_WORDS - _IN_COMPOUNDS for part in (one, other))
            ]
            extents += [
                (match.start() + part.start(), match.start() + part.end())
                for part in parts
                if not is_in_capitals and _is_acronym(part.group())
            ]
        elif match["acronym"] and (is_in_capitals or not _is_acronym(match.group())):
            continue
        else:
            extents = [match.span()]
        for start, end in extents:
            surface, stem = form(_JOINING.sub("", text[start:end]))
            # An acronym may be spelt as a word that is not searched: "I.T.".
            stem = stem or (surface if match["whole"] or _is_acronym(text[start:end]) else "")
            if stem:
                yield Token(start, end, surface, stem)


@lru_cache(maxsize=1 << 16)
def joined_stem(text: str) -> str:
    """The stem of all words of a text written as one: "newdelhi", "us" of "U.S.". Remembered, as names recur."""
    surface = "".join(word.surface for word in forms(text))
    # A code may be spelt as a word that is not searched.
    return form(surface).stem or surface


def _is_acronym(word: str) -> bool:
    """Whether a word is written in capitals, and would be a stop word if it were not."""
    return len(word) > 1 and word.isupper() and word.lower() in STOP_WORDS


def is_unspaced(sign: str) -> bool:
    """Whether a sign belongs to a script that is searched sign by sign (see the module's docstring)."""
    return _UNSPACED_SIGN.match(sign) is not None
