"""Writes a brief for word processors (Office Open XML), with real styles, headings and tables."""

# The elements of python-docx are private, and the only way to what it has no words for: languages, directions, links.
# ruff: noqa: SLF001

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any

from babel import Locale, UnknownLocaleError
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from kb.core.text import for_xml

from .brief import Brief, ComparedPeer, EntryPart, Item, Section, Text

MIMETYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_NOTE_LINES = 14
_FONT, _FONT_OF_OTHER_SCRIPTS = "Calibri", "Arial"
"""Word has both, LibreOffice fonts of the same widths; the second is for Arabic, Hebrew and the like."""

_INK, _QUIET, _ACCENT = RGBColor(0x18, 0x22, 0x2D), RGBColor(0x4A, 0x56, 0x63), RGBColor(0x0B, 0x55, 0x66)
_SHADE = "E9F0F0"
_LEFT_TO_RIGHT_MARK, _RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"
_LONG, _SHORT, _MARGIN, _NARROW_MARGIN = Mm(297), Mm(210), Mm(15), Mm(10)
_TABLE_WIDTHS = (23, 35, 30, 58, 22, 27, 36, 36)
"""Widths of the columns of the comparison in millimetres; they fill the width of a landscape page."""

_FACT_WIDTHS = (42, 138)


def parts(brief: Brief) -> Iterator[bytes]:
    """The file as its last part, after empty ones: between them whoever sends it may see that the client has gone."""
    writer = _Writer(brief)
    writer.write_head()
    for section in brief.sections:
        writer.write_section(section)
        yield b""
    if brief.sections:
        writer.write_notes()
    for number, entry in enumerate(brief.entries):
        writer.write_entry(entry, is_first=number == 0)
        yield b""
    yield writer.content()


class _Writer:
    """A document that grows from the top."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._document: Any = Document()
        self._prepare_styles()
        self._style_ids = {style.name: style.style_id for style in self._document.styles}
        self._prepare_properties()
        self._page(self._document.sections[0], is_landscape=bool(brief.compared))

    def write_head(self) -> None:
        """The title, whose brief it is, notes on what was left out, and the table that compares."""
        brief = self._brief
        self._paragraph([brief.title], "Title")
        for item in brief.asker:
            self._labelled(self._document.add_paragraph(), item)
        self._paragraph([Text(brief.statement), Text(brief.licence)], "Quiet", separator=" ")
        for note in brief.notes:
            self._paragraph([Text(note)], "Intense Quote")
        if not brief.entries:
            self._paragraph([Text(brief.empty)])
        if brief.compared:
            self._compare()
            self._page(self._document.add_section(), is_landscape=False)

    def write_section(self, section: Section) -> None:
        """A heading, and its items: paragraphs that begin with a label, or a list."""
        self._paragraph([Text(section.heading)], "Heading 1")
        if section.lead:
            self._paragraph([Text(section.lead)])
        for item in section.items:
            if item.label is None:
                self._paragraph(item.lines, "List Bullet")
            else:
                self._labelled(self._document.add_paragraph(), item)

    def write_notes(self) -> None:
        """Space to write by hand: ruled lines."""
        self._paragraph([Text(self._brief.notes_heading)], "Heading 1")
        for _ in range(_NOTE_LINES):
            self._document.add_paragraph(style="Ruled")

    def write_entry(self, entry: EntryPart, *, is_first: bool) -> None:
        """An entry: its heading, its facts as a table, and its sources."""
        if is_first and self._brief.sections:
            heading = self._paragraph([Text(self._brief.entries_heading)], "Heading 1")
            heading.paragraph_format.page_break_before = True
        level = "Heading 2" if self._brief.sections else "Heading 1"
        self._paragraph([entry.title], level)
        about = [self._paragraph([Text(f"{entry.kind} · {entry.place}")], "Quiet")]
        if entry.lead:
            about.append(self._paragraph([entry.lead]))
        for paragraph in about:
            paragraph.paragraph_format.keep_with_next = True
        self._facts(entry)
        if entry.missing:
            self._paragraph([Text(entry.missing)], "Quiet")
        self._paragraph([Text(self._brief.sources_heading)], "Heading 3")
        if not entry.sources:
            self._paragraph([Text(self._brief.no_source)], "Quiet")
        for source in entry.sources:
            words = [Text(source.title)] if source.title else []
            self._paragraph([*words, Text(source.url, url=source.url), Text(source.seen)], "List Bullet", separator=" ")
        self._paragraph([Text(entry.url, url=entry.url)], "Quiet")

    def content(self) -> bytes:
        """The document as a file."""
        file = BytesIO()
        self._document.save(file)
        return file.getvalue()

    def _compare(self) -> None:
        brief = self._brief
        table = self._table(len(brief.compared) + 1, _TABLE_WIDTHS, brief.title.words)
        rows = list(table.rows)
        _mark(rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
        for cell, column in zip(_cells(rows[0]), brief.columns, strict=True):
            self._fill(cell, [Text(column)], "Table Head")
            _shade(cell)
        for row, peer in zip(rows[1:], brief.compared, strict=True):
            _mark(row._tr.get_or_add_trPr(), "w:cantSplit")
            self._compared_row(_cells(row), peer)

    def _compared_row(self, cells: Sequence[Any], peer: ComparedPeer) -> None:
        self._fill(cells[0], peer.heading, "Table Text", is_first_bold=True)
        for cell, lines in zip(cells[1:], peer.cells, strict=True):
            self._fill(cell, lines, "Table Text")

    def _facts(self, entry: EntryPart) -> None:
        table = self._table(len(entry.facts), _FACT_WIDTHS, entry.title.words)
        for row, fact in zip(table.rows, entry.facts, strict=True):
            label, value = _cells(row)
            self._fill(label, [fact.label] if fact.label else [], "Fact Head")
            self._fill(value, fact.lines, "Fact")

    def _table(self, rows: int, widths: Sequence[int], described: str) -> Any:
        """A table with widths in millimetres, and words for whoever does not see it."""
        table = self._document.add_table(rows=rows, cols=len(widths), style="Table Grid")
        table.autofit = False
        properties = table._tbl.tblPr
        properties.find(qn("w:tblLook")).addprevious(_cell_margins())
        for name in ("w:tblCaption", "w:tblDescription"):
            words = OxmlElement(name)
            words.set(qn("w:val"), for_xml(described))
            properties.append(words)
        if self._brief.is_right_to_left:
            # Its place among the properties is fixed: after the style.
            properties.insert(1, OxmlElement("w:bidiVisual"))
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        for row in table.rows:
            for cell, width in zip(_cells(row), widths, strict=True):
                cell.width = Mm(width)
        return table

    def _fill(self, cell: Any, lines: Iterable[Text], style: str, *, is_first_bold: bool = False) -> None:
        """Each text as a paragraph of a cell, which has an empty one already."""
        for number, line in enumerate(lines):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            self._write(paragraph, [line], style, is_bold=is_first_bold and number == 0)

    def _labelled(self, paragraph: Any, item: Item) -> None:
        """A paragraph that begins with a label in bold, and the lines after it."""
        if item.label:
            self._run(paragraph, item.label, is_bold=True)
            paragraph.add_run(": " if item.lines else "")
        for number, line in enumerate(item.lines):
            if number:
                paragraph.add_run().add_break()
            self._run(paragraph, line)
            if self._is_right_to_left(line) != self._brief.is_right_to_left:
                # So that its last full stop or question mark stays at its end.
                paragraph.add_run(_RIGHT_TO_LEFT_MARK if self._is_right_to_left(line) else _LEFT_TO_RIGHT_MARK)
        self._direct(paragraph, self._brief.is_right_to_left)

    def _paragraph(self, texts: Sequence[Text], style: str = "Normal", separator: str = "") -> Any:
        paragraph = self._document.add_paragraph()
        self._write(paragraph, texts, style, separator)
        return paragraph

    def _write(
        self, paragraph: Any, texts: Sequence[Text], style: str, separator: str = "", *, is_bold: bool = False
    ) -> None:
        # Not `paragraph.style`, which looks every style up anew and takes half of the time of a document.
        paragraph._p.style = self._style_ids[style]
        for number, text in enumerate(texts):
            if number and separator:
                paragraph.add_run(separator)
            self._run(paragraph, text, is_bold=is_bold)
        self._direct(paragraph, self._is_right_to_left(texts[0]) if texts else self._brief.is_right_to_left)

    def _direct(self, paragraph: Any, is_right_to_left: bool) -> None:
        if is_right_to_left:
            _mark(paragraph._p.get_or_add_pPr(), "w:bidi")

    def _run(self, paragraph: Any, text: Text, *, is_bold: bool = False) -> None:
        """The text with its language and direction; as a link where it has an address."""
        run = paragraph.add_run(for_xml(text.words))
        if is_bold:
            run.font.bold = run.font.cs_bold = True
        if text.is_unknown:
            run.font.color.rgb = _QUIET
        properties = run._r.get_or_add_rPr()
        is_right_to_left = self._is_right_to_left(text)
        if is_right_to_left:
            _mark(properties, "w:rtl")
        if text.language:
            properties.append(_language(text.language, is_right_to_left))
        if text.url:
            run.font.color.rgb = _ACCENT
            run.font.underline = True
            relation = self._document.part.relate_to(for_xml(text.url), RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), relation)
            paragraph._p.append(link)
            link.append(run._r)

    def _is_right_to_left(self, text: Text) -> bool:
        return _is_right_to_left(text.language) if text.language else self._brief.is_right_to_left

    def _page(self, section: Any, *, is_landscape: bool) -> None:
        section.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (_LONG, _SHORT) if is_landscape else (_SHORT, _LONG)
        section.left_margin = section.right_margin = _MARGIN
        # Eight peers and the heading fill the wide page.
        section.top_margin = section.bottom_margin = _NARROW_MARGIN if is_landscape else _MARGIN
        if self._brief.is_right_to_left:
            # Its place is fixed: before the grid, which is the last of the template's.
            section._sectPr.find(qn("w:docGrid")).addprevious(OxmlElement("w:bidi"))

    def _prepare_properties(self) -> None:
        brief = self._brief
        properties = self._document.core_properties
        properties.title = for_xml(brief.title.words)[:255]
        properties.author = properties.last_modified_by = "CityPeers"
        properties.language = brief.language
        properties.comments = ""
        properties.created = properties.modified = datetime.combine(brief.made_on, time(), UTC)

    def _prepare_styles(self) -> None:
        """Styles that whoever edits the document changes at one place each."""
        styles = self._document.styles
        defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        for language in defaults.findall(qn("w:lang")):
            defaults.remove(language)
        defaults.append(_language(self._brief.language, self._brief.is_right_to_left))
        normal = styles["Normal"]
        _letters(normal, 10.5)
        normal.paragraph_format.space_after = Pt(5)
        letters = (("Title", 20), ("Heading 1", 15), ("Heading 2", 13), ("Heading 3", 10), ("Intense Quote", 10.5))
        for name, size in letters:
            _letters(styles[name], size)
        # Spaced letters of Arabic would not join.
        for spacing in styles["Title"].element.rPr.findall(qn("w:spacing")):
            styles["Title"].element.rPr.remove(spacing)
        sizes = (("Quiet", 9.0), ("Table Text", 7.5), ("Table Head", 7.5), ("Fact", 9.0), ("Fact Head", 9.0))
        for name, points in sizes:
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = normal
            _letters(style, points)
            style.paragraph_format.space_after = Pt(0)
            style.paragraph_format.line_spacing = 1.0
        styles["Quiet"].font.color.rgb = _QUIET
        for name in ("Table Head", "Fact Head"):
            styles[name].font.bold = styles[name].font.cs_bold = True
        styles["Quiet"].paragraph_format.space_before = Pt(2)
        styles["Quiet"].paragraph_format.space_after = Pt(4)
        ruled = styles.add_style("Ruled", WD_STYLE_TYPE.PARAGRAPH)
        ruled.base_style = normal
        ruled.element.get_or_add_pPr().append(_rule())
        ruled.paragraph_format.space_after = Pt(16)


def _letters(style: Any, size: float) -> None:
    """The font, size and colour of a style's letters; those of Arabic and the like have a size of their own."""
    style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(size), _INK
    properties = style.element.rPr
    # What the theme of the template says would go before these.
    for element in (properties.find(qn("w:rFonts")), properties.find(qn("w:color"))):
        for name in [name for name in element.attrib if "heme" in name]:
            del element.attrib[name]
    properties.find(qn("w:rFonts")).set(qn("w:cs"), _FONT_OF_OTHER_SCRIPTS)
    for same in properties.findall(qn("w:szCs")):
        properties.remove(same)
    letters = OxmlElement("w:szCs")
    letters.set(qn("w:val"), str(round(2 * size)))
    properties.find(qn("w:sz")).addnext(letters)


def _is_right_to_left(language: str) -> bool:
    try:
        return Locale.parse(language, sep="-").text_direction == "rtl"
    except (ValueError, UnknownLocaleError):
        return False


def _language(tag: str, is_right_to_left: bool) -> Any:
    """The language of a run; `bidi` is where word processors look for that of Arabic and the like."""
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), tag)
    if is_right_to_left:
        language.set(qn("w:bidi"), tag)
    return language


def _mark(properties: Any, name: str) -> None:
    properties.append(OxmlElement(name))


def _cells(row: Any) -> list[Any]:
    """The cells of a row, read once: python-docx looks them up anew each time."""
    return list(row.cells)


def _cell_margins() -> Any:
    """Room within each cell, in twentieths of a point: above, at both sides and below."""
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 30), ("left", 90), ("bottom", 30), ("right", 90)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(width))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    return margins


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _SHADE)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _rule() -> Any:
    """A line below a paragraph."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "9AA3AB")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    between = OxmlElement("w:between")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "9AA3AB")):
        between.set(qn(f"w:{name}"), value)
    borders.append(between)
    return borders
