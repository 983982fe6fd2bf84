"""Cleans typed text to be stored, folds it to be compared, and makes slugs of it."""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

# Letters that Unicode does not decompose, though people type them without the stroke or as two letters.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ə": "e",
    }
)

# What no one types on purpose: control characters, soft hyphens, byte order marks and invisible spaces that come along
# with pasted text, marks that turn the direction of what follows, and halves of signs, which no database takes.
# Joiners (U+200C, U+200D) stay: Persian and the scripts of India need them.
_UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")


def clean_text(text: str) -> str:
    """Typed or pasted text in composed letters (NFC), lines ended by line feeds, no blanks at their ends.

    What cannot be seen is left out; text without anything that can be seen is empty.
    """
    lines = _UNSEEN.sub("", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))).split("\n")
    cleaned = "\n".join(line.rstrip() for line in lines).strip()
    return cleaned if any(sign.isprintable() and not sign.isspace() for sign in cleaned) else ""


def clean_line(text: str) -> str:
    """The same in one line, its white space joined."""
    return " ".join(clean_text(text).split())


def fold(text: str) -> str:
    """Lower-case text without accents: "São Tomé" gives "sao tome". White space is joined, other signs are kept."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(plain.translate(_LETTERS).split())


def romanised(text: str) -> str:
    """The text with letters of other scripts written in Latin ones: "Москва" gives "Moskva", "深圳" gives "Shen Zhen".

    It goes sign by sign, knowing no language: enough for an address and for typing a name, not for showing one.
    """
    return text if text.isascii() else "".join(map(_latin, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=8192)
def _latin(sign: str) -> str:
    kind = unicodedata.category(sign)
    if (kind[0] not in "LM" and kind != "Nd") or ((plain := fold(sign)) and plain.isascii()):
        return sign
    latin = re.sub(r"[^A-Za-z0-9]", "", anyascii(sign))
    # A sign that is a syllable of its own, as in Chinese and Korean, comes with a capital.
    return f" {latin} " if latin[:1].isupper() and not sign.isupper() else latin


def slug(text: str, limit: int = 80) -> str:
    """A piece of an address: letters, digits and hyphens, cut at a word; "entry" where nothing is left."""
    words = re.findall(r"[a-z0-9]+", fold(romanised(text)))
    made_slug = ""
    for word in words:
        if made_slug and len(made_slug) + 1 + len(word) > limit:
            break
        made_slug = f"{made_slug}-{word}" if made_slug else word[:limit]
    return made_slug or "entry"
