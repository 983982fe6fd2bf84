"""Tells whether a text is in English, the only language for which goals are suggested."""

import re
import unicodedata

from whoosh.lang.stopwords import stoplists

from kb.core.text import fold

FEWEST_WORDS = 3
"""Different small words of other languages from which on a text may be in one of them."""

TIMES = 2
"""With more than so many times the different small words of English, a text is in another language.

Names of cities and bodies have some: "Ville de Dakar, Ville de Paris". Of the 1,079 texts of the seed, all in English,
none is taken for one in another language.
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
    if text.isupper():
        text = text.lower()
    words = _WORD.findall(text)
    letters = "".join(words)
    latin = sum(sign.isascii() or unicodedata.name(sign, "").startswith("LATIN") for sign in letters)
    if 2 * latin < len(letters):
        return False
    # A small word with a capital begins a name, as in "La Paz and Los Angeles", but for the first of the text.
    different = {fold(word) for word in (*words[:1], *filter(str.islower, words[1:]))}
    other = len(different & _OTHER)
    return other < FEWEST_WORDS or other <= TIMES * len(different & _ENGLISH)
