"""Writes XML from plain trees: no sign that XML 1.0 cannot hold gets in."""

import re
from xml.etree import ElementTree as ET

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text without the control characters and halves of signs that XML 1.0 does not allow, escaped or not."""
    return _NOT_IN_XML.sub("", text)


def add(parent: ET.Element, name: str, text: str | None = None, /, **attributes: str | None) -> ET.Element:
    """Add an element with a text and attributes; those that are None are left out. `xml_lang` is `xml:lang`."""
    element = ET.SubElement(
        parent,
        name,
        {
            key.replace("xml_lang", "xml:lang"): xml_text(value)
            for key, value in attributes.items()
            if value is not None
        },
    )
    if text is not None:
        element.text = xml_text(text)
    return element


def document(root: ET.Element) -> bytes:
    """A whole document in UTF-8."""
    written: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'.encode()
