"""Folding of text, so that accents, case and width never stand between a person and a name."""

import re
import unicodedata

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
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(plain.translate(_LETTERS).split())


def slug(text: str, limit: int = 80) -> str:
    """A piece of an address: letters, digits and hyphens, cut at a word; "entry" where nothing is left."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    made = ""
    for word in words:
        if made and len(made) + 1 + len(word) > limit:
            break
        made = f"{made}-{word}" if made else word[:limit]
    return made or "entry"
