"""Folding of text, so that accents, case and width never stand between a person and a name."""

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
    made = re.sub(r"[^A-Za-z0-9]", "", anyascii(sign))
    # A sign that is a syllable of its own, as in Chinese and Korean, comes with a capital.
    return f" {made} " if made[:1].isupper() and not sign.isupper() else made


def slug(text: str, limit: int = 80) -> str:
    """A piece of an address: letters, digits and hyphens, cut at a word; "entry" where nothing is left."""
    words = re.findall(r"[a-z0-9]+", fold(romanised(text)))
    made = ""
    for word in words:
        if made and len(made) + 1 + len(word) > limit:
            break
        made = f"{made}-{word}" if made else word[:limit]
    return made or "entry"
