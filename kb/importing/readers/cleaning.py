"""Cells as people meant them: without signs that nobody sees, with spaces that are spaces."""

import re
import unicodedata

# Byte order marks, zero-width spaces, word joiners, soft hyphens, and marks that turn the direction of text. Joiners
# (U+200C, U+200D) stay between letters, where Persian and Indian scripts need them.
_UNSEEN = dict.fromkeys([0xFEFF, 0x200B, 0x2060, 0x00AD, 0x180E, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
_TABLE = _UNSEEN | _SPACES | _CONTROLS
_LINES = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n"})
_EXCELS = re.compile(r"_x([0-9A-Fa-f]{4})_")
_GARBLED = re.compile("Ã[\u0080-\u00bf©¡³±ª´¼¶¤«ƒ]|â€[™œ“\u009d˜¢]|Â[°º»«]")


def tidy(text: str) -> str:
    """The text in composed letters, lines ended alike, without unseen signs or space around it."""
    if text.isascii() and text.isprintable():
        return _excels(text).strip()
    text = _excels(text).replace("\r\n", "\n").translate(_LINES)
    text = unicodedata.normalize("NFC", text.translate(_TABLE))
    return "\n".join(line.strip() for line in text.split("\n")).strip().strip("\u200c\u200d\u200e\u200f").strip()


def _excels(text: str) -> str:
    """Control characters as Excel writes them into XML: a return is _x000D_."""
    if "_x" not in text:
        return text
    return _EXCELS.sub(lambda match: "\n" if match[1].upper() in {"000D", "000A"} else match[0], text)


def is_garbled(text: str) -> bool:
    """Whether UTF-8 was read as another encoding before: "SÃ£o" for "São"."""
    return not text.isascii() and _GARBLED.search(text) is not None
