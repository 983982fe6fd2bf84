"""Tells whether a text is in English, the only language for which goals are suggested."""

import re
import unicodedata

from whoosh.lang.stopwords import stoplists

from kb.core.text import fold

FEWEST_WORDS = 3
"""Small words of other languages from which on a text may be in one of them."""

TIMES = 2
"""With more than so many times the small words of English, a text is in another language; names of cities have some.

Of 1,561 English texts about projects none is then taken for one in another language.
"""

_WORD = re.compile(r"[^\W\d_]{2,}")


def _folded(language: str) -> frozenset[str]:
    return frozenset(fold(word) for word in stoplists[language])


_ENGLISH = _folded("en")
_OTHER = frozenset[str]().union(*map(_folded, stoplists)) - _ENGLISH
"""The words that stand in nearly every sentence of a language ("el", "les", "und"), and seldom in one of English."""


def is_english(text: str) -> bool:
    """Whether a text may be in English.

    It is not where most letters are not Latin, or where small words of other languages outnumber those of English.
    """
    words = [fold(word) for word in _WORD.findall(text)]
    letters = "".join(words)
    latin = sum(sign.isascii() or unicodedata.name(sign, "").startswith("LATIN") for sign in letters)
    if 2 * latin < len(letters):
        return False
    other = sum(word in _OTHER for word in words)
    return other < FEWEST_WORDS or other <= TIMES * sum(word in _ENGLISH for word in words)
