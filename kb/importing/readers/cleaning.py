"""Cells as people meant them: without signs that nobody sees, with spaces that are spaces."""

import re

from kb.core.text import clean_text

_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_EXCEL_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_GARBLED = re.compile("Ã[\u0080-\u00bf©¡³±ª´¼¶¤«ƒ]|â€[™œ“\u009d˜¢]|Â[°º»«]")


def clean_cell(text: str) -> str:
    """The text as `kb.core.text.clean_text` has it, with plain spaces and none around its lines."""
    if text.isascii() and text.isprintable():
        return _without_escapes(text).strip()
    text = clean_text(_without_escapes(text).translate(_SPACES))
    return "\n".join(line.strip() for line in text.split("\n")).strip("\u200c\u200d\u200e\u200f").strip()


def _without_escapes(text: str) -> str:
    """Control characters as Excel writes them into XML: a return is _x000D_."""
    if "_x" not in text:
        return text
    return _EXCEL_ESCAPE.sub(lambda match: "\n" if match[1].upper() in {"000D", "000A"} else match[0], text)


def is_garbled(text: str) -> bool:
    """Whether UTF-8 was read as another encoding before: "SÃ£o" for "São"."""
    return not text.isascii() and _GARBLED.search(text) is not None
