"""Regular expressions for a name in every spelling that still is that name.

Capitals anywhere, accents or none ("ZOE" is "Zoë"), composed and decomposed letters, points of Hebrew and Arabic,
ligatures, signs that nobody sees, any white space between two words, any hyphen and any apostrophe.

They use only what Python's `re` and PostgreSQL's `~` read alike, whatever the database's locale takes for a letter;
`whole`, which is for Python alone, also looks at what stands before and behind.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import chain

from kb.core.text import fold

_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
)
"""Accents, points of Hebrew and Arabic, and the line that stretches an Arabic word."""
_UNSEEN = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
_SPACES = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_HYPHENS = "-\u2010-\u2015\u2212\ufe63\uff0d"
_APOSTROPHES = "'`\u00b4\u02b9-\u02bf\u2018\u2019\u201b\u05f3\uff07"

# The same as the JSON of the database writes them, after the backslash and "u". None is in two of them: what may be
# read in two ways takes time by the square of its length.
_MARKS_IN_JSON = "03[0-6][0-9a-f]|05[9a-c][0-9a-f]|06[14-6de][0-9a-f]|0670"
_UNSEEN_IN_JSON = "00ad|200[b-f]|202[a-e]|206[0-9a-f]|fe0[0-9a-f]|feff"
_SPACES_IN_JSON = "00(?:0[9a-f]|1[c-f]|85|a0)|1680|200[0-9a]|202[89f]|205f|3000"
_LATIN_IN_JSON = "00aa|00ba|00[c-f][0-9a-f]|(?:0[12]|1[de]|2[14c]|a7|f[bf])[0-9a-f][0-9a-f]"

_WITHOUT_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts that write no spaces between words, and Korean, which joins particles to them."""
_IS_WITHOUT_SPACES = re.compile(f"[{_WITHOUT_SPACES}]")
_LETTER = r"[^\W_]"
_HYPHEN = "[-\u2010\u2011]"


def whole(name: str) -> str:
    """The name as a whole: not within other words, nor as a part of "Ali Hassan-Zadeh"."""
    # Accents belong to the last letter; an unseen sign behind it, such as a mark of direction, to the text around.
    inner = f"{_joined(name, _Text()).removesuffix(_Text.letters_may_be_followed_by)}[{_MARKS}]*"
    marks = _every_mark()
    before = f"(?<!{_LETTER})(?<![{marks}])(?<!{_LETTER}{_HYPHEN})(?<!{_LETTER}[\u200c\u200d\u00ad])"
    after = f"(?![{marks}{_UNSEEN}]*{_HYPHEN}?{_LETTER})(?![{marks}])"
    stripped = name.strip()
    return (
        ("" if _IS_WITHOUT_SPACES.match(stripped[0]) else before)
        + inner
        + ("" if _IS_WITHOUT_SPACES.match(stripped[-1]) else after)
    )


def in_text(name: str) -> str:
    """What finds every text that may hold the name; it does not look at what stands around it."""
    return _joined(name, _Text())


def in_json(name: str) -> str:
    """What finds every text of JSON, with or without escapes, that may hold the name.

    Of letters like those of A to Z it takes any escape.
    """
    return _joined(name, _Json())


class _Text:
    """Parts of an expression for text."""

    letters_may_be_followed_by = f"[{_MARKS}{_UNSEEN}]*"
    space = f"[{_SPACES}][{_SPACES}{_UNSEEN}]*"
    hyphen = f"[{_HYPHENS}][{_SPACES}{_UNSEEN}]*"
    apostrophe = f"[{_APOSTROPHES}]"

    def sign(self, sign: str) -> str:
        """One sign that has no other spelling."""
        return re.escape(sign)

    def letter(self, plain: str) -> str:
        """Every letter that is this one without its accents, of one or two letters of A to Z."""
        return f"[{_letters().get(plain, '')}{plain if len(plain) == 1 else ''}]"


class _Json:
    """Parts of an expression for the text of JSON."""

    letters_may_be_followed_by = rf"(?:[{_MARKS}{_UNSEEN}]|\\u(?:{_MARKS_IN_JSON}|{_UNSEEN_IN_JSON}))*"
    _more = rf"(?:[{_SPACES}{_UNSEEN}]|\\[bfnrt]|\\u(?:{_SPACES_IN_JSON}|{_UNSEEN_IN_JSON}))*"
    space = rf"(?:[{_SPACES}]|\\[bfnrt]|\\u(?:{_SPACES_IN_JSON})){_more}"
    hyphen = rf"(?:[{_HYPHENS}]|\\u(?:201[0-5]|2212|fe63|ff0d)){_more}"
    apostrophe = rf"(?:[{_APOSTROPHES}]|\\u(?:00b4|02b[9a-f]|20[0-3][0-9a-f]|05f3|ff07))"

    def sign(self, sign: str) -> str:
        """One sign that has no other spelling, which may be escaped."""
        escaped = json.dumps(sign)[1:-1]
        return re.escape(sign) if escaped == sign else f"(?:{re.escape(sign)}|{re.escape(escaped)})"

    def letter(self, plain: str) -> str:
        """Every letter that is this one without its accents, which may be escaped."""
        letters = _letters().get(plain, "") + (plain if len(plain) == 1 else "")
        escapes = _LATIN_IN_JSON if plain.isascii() else "|".join(json.dumps(one)[3:-1] for one in letters)
        # In this form, and not as one of two, since `re` finds the first letter of it five times as fast.
        return rf"[{letters}\\](?:u(?:{escapes}))?"


def _joined(name: str, parts: _Text | _Json) -> str:
    """The expression for a name: its signs in turn, each with what may follow it unseen."""
    found: list[str] = []
    words = name.split()
    for number, word in enumerate(words):
        if number:
            is_optional = _IS_WITHOUT_SPACES.match(words[number - 1][-1]) and _IS_WITHOUT_SPACES.match(word[0])
            found.append(f"(?:{parts.space})?" if is_optional else parts.space)
        found.extend(_signs(word, parts))
    return "".join(found)


def _signs(word: str, parts: _Text | _Json) -> Iterable[str]:
    plain = list(_plain(word))
    followed = parts.letters_may_be_followed_by
    place = 0
    while place < len(plain):
        sign, pair = plain[place], "".join(plain[place : place + 2])
        place += 1
        if re.match(f"[{_HYPHENS}]", sign):
            yield parts.hyphen
        elif re.match(f"[{_APOSTROPHES}]", sign):
            yield parts.apostrophe + followed
        elif pair in _letters() and len(pair) > 1:
            place += 1
            first, second = map(parts.letter, pair)
            yield f"(?:{first}{followed}{second}|{parts.letter(pair)}){followed}"
        elif "\uac00" <= sign <= "\ud7a3":
            apart = "".join(map(parts.sign, unicodedata.normalize("NFD", sign)))
            yield f"(?:{parts.sign(sign)}|{apart}){followed}"
        elif sign.isalpha() and (sign.isascii() or sign in _letters()):
            yield parts.letter(sign) + followed
        else:
            yield parts.sign(sign) + followed


def _plain(word: str) -> Iterable[str]:
    """The signs of a word without accents and without what nobody sees; marks that are part of a script stay."""
    for sign in unicodedata.normalize("NFC", word):
        if re.match(f"[{_MARKS}{_UNSEEN}]", sign):
            continue
        if unicodedata.category(sign)[0] == "M" or "\uac00" <= sign <= "\ud7a3":
            yield sign
        else:
            yield from fold(sign)


@cache
def _letters() -> dict[str, str]:
    """All letters that are the same without accents and capitals, by what they then are: one letter, or two."""
    found: dict[str, str] = {}
    for number in chain(range(0x41, 0x2E80), range(0xA640, 0xA800), range(0xFB00, 0xFE00), range(0xFE70, 0xFFF0)):
        sign = chr(number)
        if sign.isalpha() and not re.match(f"[{_MARKS}{_APOSTROPHES}]", sign) and 0 < len(plain := fold(sign)) < 3:
            found[plain] = found.get(plain, "") + ("" if sign == plain else sign)
    return found


@cache
def _every_mark() -> str:
    """All marks that belong to the letter before them, for within the brackets of an expression."""
    return "".join(sign for sign in map(chr, range(0x300, 0xD800)) if unicodedata.category(sign)[0] == "M")
