"""Words of a text as the lexicon compares them: folded, in one spelling, in the singular, each with its place.

The singular is found by the three rules of Harman's S stemmer (D. Harman, "How effective is suffixing?", JASIS 42(1),
1991), widened for "-xes", "-shes", "-ches" and "-oes". A full stemmer would join words that speak of different
goals ("organ", "organic"; "generation", "general"); where every ending is wanted, the lexicon says so with `*`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from kb.core.text import fold

MAX_WORD = 64
"""Signs of a word that count."""

# A number with its parts, such as "0.7", and a word with one, such as "pm2.5", stay whole; "city's" counts as "city".
_WORD = re.compile(r"([^\W_]+(?:[.,]\d+)*)(?:['’]s\b)?")
_ENDS_SENTENCE = re.compile(r"[.!?;]|\n\s*\n|\n[-*•]")

# British and American spelling are one word. Only these words, since "-our" and "-re" end many others.
_BRITISH = (
    ("labour", "labor"),
    ("neighbour", "neighbor"),
    ("behaviour", "behavior"),
    ("harbour", "harbor"),
    ("favour", "favor"),
    ("colour", "color"),
    ("honour", "honor"),
    ("vapour", "vapor"),
    ("programme", "program"),
    ("centre", "center"),
    ("fibre", "fiber"),
    ("metre", "meter"),
    ("kilometre", "kilometer"),
    ("defence", "defense"),
    ("offence", "offense"),
    ("licence", "license"),
    ("ageing", "aging"),
    ("sulphur", "sulfur"),
    ("aluminium", "aluminum"),
    ("paediatric", "pediatric"),
    ("anaemia", "anemia"),
    ("diarrhoea", "diarrhea"),
    ("faecal", "fecal"),
    ("enrolment", "enrollment"),
    ("fulfil", "fulfill"),
    ("modelling", "modeling"),
    ("travell", "travel"),
    ("marginalis", "marginaliz"),
    ("tyre", "tire"),
    ("plough", "plow"),
    ("aeroplane", "airplane"),
    ("liveab", "livab"),
    ("foetal", "fetal"),
)
# "Exercise" is caught too, which does no harm: the lexicon's words go the same way.
_IS = re.compile(r"(?<=[a-z]{3})is(?=(?:e|es|ed|er|ers|ing|ation|ations|ational)$)")


class Word(NamedTuple):
    """A word at its place: `text[start:end]`. `plain` is what is compared; `raw` is set for words all in capitals."""

    start: int
    end: int
    plain: str
    raw: str
    sentence: int


def words(text: str) -> list[Word]:
    """Every word of a text in order, with the number of its sentence, counted from 0."""
    # Where capitals are the rule they tell nothing: "WHO PAYS" does not speak of the World Health Organization.
    shouted = text.isupper()
    words: list[Word] = []
    sentence = end = 0
    for match in _WORD.finditer(text):
        start = match.start()
        if words and _ENDS_SENTENCE.search(text, end, start):
            sentence += 1
        raw = match.group(1)
        end = match.end()
        capitals = raw if len(raw) > 1 and raw.isupper() and not shouted else ""
        words.append(Word(start, end, plain(raw), capitals, sentence))
    return words


@lru_cache(maxsize=1 << 16)
def plain(raw: str) -> str:
    """One word folded, in American spelling, in the singular. Remembered, since texts repeat their words."""
    return singular(spelled(fold(raw[:MAX_WORD]).replace(" ", "")))


def spelled(folded: str) -> str:
    """A folded word in American spelling, which is what the lexicon compares."""
    for british, american in _BRITISH:
        if folded.startswith(british):
            folded = american + folded[len(british) :]
            break
    return _IS.sub("iz", folded)


def singular(word: str) -> str:
    """A word without the ending of an English plural."""
    if len(word) <= 3 or not word.endswith("s"):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith(("xes", "shes", "ches", "sses", "oes")):
        return word[:-2]
    if word.endswith(("us", "ss")):
        return word
    return word[:-1]
