"""Writes XML from plain trees: no sign that XML 1.0 cannot hold gets in."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

from kb.core.text import for_xml

_blanks = str.maketrans({"\r": "&#13;", "\n": "&#10;", "\t": "&#09;"})


def add(parent: ET.Element, name: str, text: str | None = None, /, **attributes: str | None) -> ET.Element:
    """Add an element with a text and attributes; those that are None are left out. `xml_lang` is `xml:lang`."""
    element = ET.SubElement(
        parent,
        name,
        {"xml:lang" if key == "xml_lang" else key: value for key, value in attributes.items() if value is not None},
    )
    element.text = text
    return element


def document(root: ET.Element) -> bytes:
    """A whole document in UTF-8, without the signs that XML 1.0 does not allow, escaped or not.

    As `ElementTree.tostring` writes it, in a third of the time: prefixes stand in the names, so none are looked for.
    """
    parts: list[str] = []
    _write(root, parts.append)
    written = for_xml("".join(parts))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'.encode()


def _write(element: ET.Element, write: Callable[[str], None]) -> None:
    name, text = element.tag, element.text
    attributes = "".join([f' {key}="{_in_attribute(value)}"' for key, value in element.items()])
    if not (text or len(element)):
        write(f"<{name}{attributes} />")
        return
    write(f"<{name}{attributes}>")
    if text:
        write(_in_text(text))
    for child in element:
        _write(child, write)
    write(f"</{name}>")


def _in_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _in_attribute(text: str) -> str:
    escaped = _in_text(text).replace('"', "&quot;")
    return escaped if escaped.isprintable() else escaped.translate(_blanks)
