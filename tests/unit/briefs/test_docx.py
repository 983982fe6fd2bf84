"""A brief for word processors has real headings, tables with header rows, languages and links."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from kb.briefs import Brief, ComparedPeer, EntryPart, Item, Section, SourceLine, Text, docx

ENTRY = EntryPart(
    kind="Initiative",
    title=Text("Made-up sirens", "en"),
    url="https://peers.example/sirens",
    place="Made-up, India",
    lead=Text("It warns.", "en"),
    facts=[Item(Text("Cost"), [Text("INR 5")]), Item(Text("Lessons"), [Text("تعلّمنا", "ar")])],
    missing="Not published: staff.",
    unpublished=["staff"],
    sources=[SourceLine("A made-up report", "https://source.example/a?b=1&c=2", "seen 1 Nov 2026")],
)
BRIEF = Brief(
    language="en",
    is_right_to_left=False,
    title=Text("How do we <warn> & whom?"),
    asker=[Item(Text("For"), [Text("Made-up Home, India")])],
    made_on=date(2026, 11, 29),
    statement="Made on 29 Nov 2026.",
    licence="CC BY 4.0",
    notes=["There is no city “nope”. It was left out."],
    columns=["City", "Context", "Challenge", "What they did", "Cost", "Evidence", "Result", "Lesson"],
    compared=[
        ComparedPeer([Text("Made-up", url="https://peers.example/made-up")], [[Text(str(n))] for n in range(7)]),
    ],
    sections=[
        Section("why", "Why these peers", [Item(Text("Made-up"), [Text("Alike."), Text("Different.")])], "Compared."),
        Section("next", "Next steps", [Item(None, [Text("Decide.")])]),
    ],
    notes_heading="Notes",
    entries_heading="The entries",
    entries=[ENTRY],
    sources_heading="Sources",
    no_source="No source is recorded.",
    empty="The saved list is empty.",
)


def _read(brief: Brief) -> Any:
    return Document(BytesIO(b"".join(docx.parts(brief))))


def _headings(document: Any) -> list[tuple[str, str]]:
    return [
        (paragraph.style.name, paragraph.text)
        for paragraph in document.paragraphs
        if paragraph.style.name.startswith(("Heading", "Title"))
    ]


def test_headings_are_headings() -> None:
    assert _headings(_read(BRIEF)) == [
        ("Title", "How do we <warn> & whom?"),
        ("Heading 1", "Why these peers"),
        ("Heading 1", "Next steps"),
        ("Heading 1", "Notes"),
        ("Heading 1", "The entries"),
        ("Heading 2", "Made-up sirens"),
        ("Heading 3", "Sources"),
    ]


def test_the_table_repeats_its_first_row_and_says_what_it_shows() -> None:
    document = _read(BRIEF)
    table = document.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == BRIEF.columns
    assert [cell.text for cell in table.rows[1].cells] == ["Made-up", *map(str, range(7))]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert table._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val")) == "How do we <warn> & whom?"
    first, rest = document.sections
    assert first.page_width > first.page_height, "the page that compares lies on its side"
    assert rest.page_width < rest.page_height


def test_facts_links_and_sources_are_there() -> None:
    document = _read(BRIEF)
    assert [[cell.text for cell in row.cells] for row in document.tables[1].rows] == [
        ["Cost", "INR 5"],
        ["Lessons", "تعلّمنا"],
    ]
    links = [link.address for paragraph in document.paragraphs for link in paragraph.hyperlinks]
    assert links == ["https://source.example/a?b=1&c=2", "https://peers.example/sirens"]
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for words in (*BRIEF.notes, "For: Made-up Home, India", "A made-up report", "Not published: staff."):
        assert words in text


def _languages(document: Any) -> tuple[str, Sequence[str]]:
    defaults = document.styles.element.find(qn("w:docDefaults")).find(".//" + qn("w:lang"))
    runs = [language.get(qn("w:val")) for language in document.element.body.iter(qn("w:lang"))]
    return defaults.get(qn("w:val")), runs


def test_the_language_of_the_brief_and_of_each_entry_is_set() -> None:
    default, runs = _languages(_read(BRIEF))
    assert default == "en"
    assert {*runs} == {"en", "ar"}
    document = _read(BRIEF)
    (paragraph,) = [p for p in document.tables[1].rows[1].cells[1].paragraphs if p.text]
    assert paragraph._p.pPr.find(qn("w:bidi")) is not None, "Arabic words in an English brief begin at the right"
    assert document.tables[0]._tbl.tblPr.find(qn("w:bidiVisual")) is None


@pytest.mark.parametrize("language", ["ar", "he", "fa", "ur"])
def test_a_brief_in_arabic_hebrew_farsi_or_urdu_runs_from_right_to_left(language: str) -> None:
    document = _read(replace(BRIEF, language=language, is_right_to_left=True))
    assert _languages(document)[0] == language
    assert document.tables[0]._tbl.tblPr.find(qn("w:bidiVisual")) is not None
    assert all(section._sectPr.find(qn("w:bidi")) is not None for section in document.sections)
    title = document.paragraphs[0]
    assert title._p.pPr.find(qn("w:bidi")) is not None
    assert title.runs[0].font.rtl


def test_an_english_question_in_an_arabic_brief_keeps_its_mark_at_its_end_and_letters_join() -> None:
    asker = [Item(Text("السؤال", "ar"), [Text("Who pays?", "en")])]
    document = _read(replace(BRIEF, language="ar", is_right_to_left=True, asker=asker))
    assert "السؤال: Who pays?\u200e" in [paragraph.text for paragraph in document.paragraphs]
    assert document.styles["Title"].element.rPr.findall(qn("w:spacing")) == []


def test_an_entry_and_what_it_is_stay_with_its_facts() -> None:
    paragraphs = {paragraph.text: paragraph for paragraph in _read(BRIEF).paragraphs}
    for text in ("Initiative · Made-up, India", "It warns."):
        assert paragraphs[text].paragraph_format.keep_with_next


def test_letters_that_a_file_cannot_hold_are_left_out() -> None:
    document = _read(replace(BRIEF, title=Text("A\x00 \x0bquestion \ud800")))
    assert document.paragraphs[0].text == "A question "


def test_between_two_parts_the_file_may_be_given_up() -> None:
    *before, last = docx.parts(BRIEF)
    assert len(before) > len(BRIEF.entries)
    assert set(before) == {b""}, "nothing is sent before the file is whole"
    assert last.startswith(b"PK")


def test_an_empty_brief_says_what_to_do() -> None:
    document = _read(replace(BRIEF, compared=[], sections=[], entries=[]))
    assert "The saved list is empty." in [paragraph.text for paragraph in document.paragraphs]
