"""XML is written as the standard library writes it, without what XML 1.0 cannot hold."""

from xml.etree import ElementTree as ET

import pytest

from kb.exporting.harvesting.xml import add, document

ODD = ("", "plain", "<&>\"'", "two\nlines\r\nand\ta tab", "\U0001f6b2 \u05e9\u05dc", "a ]]> b", "&amp;")


def tree(words: str) -> ET.Element:
    root = ET.Element("root", {"xmlns": "urn:made-up", "xmlns:dc": "urn:other", "odd": words})
    item = add(root, "dc:item", words, xml_lang="en", given=words, left_out=None)
    add(item, "inner", words)
    add(root, "empty")
    add(add(root, "outer"), "child", None, name=words)
    return root


@pytest.mark.parametrize("words", ODD)
def test_a_document_is_written_as_by_the_standard_library(words: str) -> None:
    root = tree(words)
    written = ET.tostring(root, encoding="unicode")
    assert document(root).decode() == f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'


def test_signs_that_xml_does_not_know_are_left_out() -> None:
    written = document(tree("a\0b\x1fc\ud800d\uffffe"))
    assert b">abcde</inner>" in written
    assert b'given="abcde"' in written
