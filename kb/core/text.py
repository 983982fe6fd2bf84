"""Cleans typed text and numbers to be stored, folds text to be compared, makes sort keys and slugs of it."""

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
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")

SORT_KEY_LENGTH = 200
"""The longest sort key: what comes later in a title decides no order."""

_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:[.,']\d{3})+(?!\d)")
_APOSTROPHES = re.compile("['`\u00b4\u02b9-\u02bf\u2018\u2019\u201b]")
_NUMBER = re.compile(r"\d+")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def clean_text(text: str) -> str:
    """Typed or pasted text in composed letters (NFC), lines ended by line feeds, no blanks at their ends.

    What cannot be seen is left out; text without anything that can be seen is empty.
    """
    if text.isprintable():
        # A line of nothing but visible signs and blanks, as nearly all that is typed.
        return unicodedata.normalize("NFC", text).strip()
    lines = _UNSEEN.sub("", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))).split("\n")
    cleaned = "\n".join(line.rstrip() for line in lines).strip()
    return cleaned if any(sign.isprintable() and not sign.isspace() for sign in cleaned) else ""


def web_address(text: str) -> str:
    """The address of a page with https:// before it, where it was typed from "www." on; any other as it is."""
    return f"https://{text}" if text[:4].lower() == "www." else text


def clean_line(text: str) -> str:
    """Typed or pasted text as `clean_text` gives it, in one line, its white space joined."""
    return " ".join(clean_text(text).split())


def for_xml(text: str) -> str:
    """Text without the signs that XML 1.0 cannot hold."""
    return _NOT_IN_XML.sub("", text)


def fold(text: str) -> str:
    """Lower-case text without accents: "São Tomé" gives "sao tome". White space is joined, other signs are kept."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(plain.translate(_LETTERS).split())


@lru_cache(maxsize=8192)
def sort_key(text: str) -> str:
    """What a name or title is sorted by, code point after code point: the order that a reader looks in.

    Accents, capitals and marks do not count, so "Łódź" stands among L and a quoted title by its first word; numbers
    stand in the order of their values, before letters. Other scripts follow the Latin one, in the order of Unicode.
    A text of marks alone comes after all others.
    """
    words = _THOUSANDS.sub(lambda number: re.sub(r"\D", "", number[0]), fold(text))
    words = _NUMBER.sub(_number_key, _APOSTROPHES.sub("", words))
    key = " ".join(_BETWEEN_WORDS.sub(" " if words.isascii() else _without_marks, words).split())
    return (key or f"\U0010fffd{words}")[:SORT_KEY_LENGTH].rstrip()


def _number_key(number: re.Match[str]) -> str:
    """A number after the count of its digits, so that 10 follows 9."""
    digits = "".join(str(unicodedata.decimal(digit)) for digit in number[0]).lstrip("0") or "0"
    return f"{min(len(digits), 99):02d}{digits}"


def _without_marks(between: re.Match[str]) -> str:
    """What is no letter: blanks, but for the vowel signs that India's and other scripts write."""
    return "".join(sign if unicodedata.category(sign)[0] == "M" else " " for sign in between[0])


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


def as_whole(value: object) -> int | None:
    """A whole number, as a number or as a person types it; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = without_groups(str(value))
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None


def without_groups(text: str) -> str:
    """A number without the spaces or commas that set thousands apart: "1,200,000" is "1200000"; "1,5" stays."""
    plain = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    has_groups = re.fullmatch(r"[+-]?\d{1,3}([ ,])\d{3}(?:\1\d{3})*(?:\.\d+)?", plain)
    return re.sub(r"[ ,]", "", plain) if has_groups else plain
