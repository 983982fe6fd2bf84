"""Files as people send them: each is read as it was meant, or refused in a sentence that says what to do."""

import datetime
import io
import re
import zipfile
from pathlib import PurePath

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from kb.core.errors import Refused
from kb.importing.readers import Limits, Table, read_table
from kb.importing.readers.table_types import letter


def like(cells):
    return sum(cell.lower() in {"title", "city", "country", "challenges", "summary"} for cell in cells)


def read(content: bytes | str, name: str = "projects.csv", **settings: object) -> Table:
    content = content.encode() if isinstance(content, str) else content
    return read_table(io.BytesIO(content), name, like, **settings)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def workbook(rows, sheets=(), formats=None, **options) -> bytes:
    """A workbook whose first sheet, "Projects", holds the rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, **options}) as book:
        sheet = book.add_worksheet("Projects")
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(number, place, value, book.add_format({"num_format": "dd/mm/yyyy"}))
                elif isinstance(value, tuple):
                    sheet.write_number(number, place, value[0], book.add_format({"num_format": value[1]}))
                elif value is not None:
                    sheet.write(number, place, value)
        for title, hidden, more in sheets:
            other = book.add_worksheet(title)
            for number, row in enumerate(more):
                other.write_row(number, 0, row)
            if hidden:
                other.hide()
    return file.getvalue()


def repacked(content: bytes, change) -> bytes:
    """The workbook with its parts as `change(name, bytes)` has them; None leaves a part out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
    return file.getvalue()


PLAIN = "title,city\nMade-up Flood Sirens,São Paulo\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_read_in_the_encoding_it_has(encoding: str) -> None:
    table = read(PLAIN.encode(encoding))
    assert [column.name for column in table.columns] == ["title", "city"]
    assert cells(table) == [("Made-up Flood Sirens", "São Paulo")]
    assert any("Windows-1252" in str(note) for note in table.notes) == (encoding == "cp1252")


HEADING = "Key;Title;City;Country;Summary;Stage;Challenges;Goals;Sources;Start\r\n"


@pytest.mark.parametrize(
    ("encoding", "title", "summary", "label"),
    [
        ("cp1250", "Czujniki jakości powietrza", "Zażółć gęślą jaźń w mieście.", "Central European"),
        ("cp1251", "Датчики качества воздуха", "Датчики стоят на остановках.", "Cyrillic"),
        ("big5", "智慧城市", "感測器", "Traditional Chinese"),
        ("cp1252", "Éclairage à l’école", "Überflutungswarnung für Straßen", "Western European"),
    ],
)
def test_the_code_page_of_a_file_is_guessed_and_told(encoding: str, title: str, summary: str, label: str) -> None:
    table = read(f"{HEADING}x;{title};A;B;{summary};operational;air-quality;11;;2019\r\n".encode(encoding))
    assert (table.rows[0].cells[1], table.rows[0].cells[4]) == (title, summary)
    assert [label in str(note) for note in table.notes if "not UTF-8" in str(note)] == [True]


@pytest.mark.parametrize(
    ("encoding", "title", "summary"),
    [
        ("cp1254", "Akıllı şehir sensörleri", "Işıklar İzmir’de."),
        ("cp1255", "עיר חכמה", "חיישנים ברחובות"),
        ("gb18030", "智慧城市", "传感器"),
    ],
)
def test_where_several_code_pages_would_do_it_is_asked_which_and_the_answer_is_taken(
    encoding: str, title: str, summary: str
) -> None:
    content = f"{HEADING}x;{title};Izmir;B;{summary};operational;air-quality;11;;2019\r\n".encode(encoding)
    with pytest.raises(Refused, match=f"Choose the one in which this text looks right: .*{title}"):
        read(content)
    assert read(content, encoding=encoding).rows[0].cells[1] == title


def test_an_encoding_that_is_chosen_and_is_not_the_files_is_refused() -> None:
    with pytest.raises(Refused, match="not in the encoding that was chosen"):
        read(PLAIN.encode("cp1252"), encoding="utf-8")
    with pytest.raises(Refused, match="no encoding called"):
        read(PLAIN, encoding="rot13")


@pytest.mark.parametrize("content", [b"title,city\nA\x81\xff,B\n", b"\xff\xfea\x00b"])
def test_text_in_no_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match=r"encoding|neither UTF-8|is not, at byte"):
        read(content)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_even_where_cells_hold_the_others(separator: str) -> None:
    lines = [
        ["title", "challenges", "cost"],
        ['"Sirens, lamps; and | wires"', "flooding", '"1,200,000"'],
        ['"A; b; c"', "heat", '"2,5"'],
    ]
    table = read("\n".join(separator.join(line) for line in lines))
    assert [column.name for column in table.columns] == ["title", "challenges", "cost"]
    assert cells(table)[0] == ("Sirens, lamps; and | wires", "flooding", "1,200,000")
    assert cells(table)[1] == ("A; b; c", "heat", "2,5")


def test_semicolons_separate_where_lists_in_cells_have_commas() -> None:
    table = read("title;challenges\nMade-up;flooding, heat, waste\nOther;heat, waste, jobs\n")
    assert cells(table) == [("Made-up", "flooding, heat, waste"), ("Other", "heat, waste, jobs")]


def test_excels_line_about_the_separator_is_no_row() -> None:
    table = read("sep=;\r\ntitle;city\r\nA, b;C\r\n")
    assert (cells(table), table.rows[0].number) == ([("A, b", "C")], 2)


def test_a_cell_of_several_lines_stays_one_and_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    table = read('title,city\r\n"One\r\n\r\ntwo ""three""",Surat\r\n\r\n,\r\nFour,Pune\r\n')
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, ('One\n\ntwo "three"', "Surat")),
        (5, ("Four", "Pune")),
    ]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing_in_silence() -> None:
    with pytest.raises(Refused, match="in row 3 is never closed"):
        read('title,city\nOne,Surat\nTwo,"Pune\nThree,Delhi\n')


def test_quotation_marks_inside_a_cell_are_letters() -> None:
    assert cells(read('title,city\nThe "smart" lamp,Surat\n')) == [('The "smart" lamp', "Surat")]


def test_signs_that_nobody_sees_are_taken_out() -> None:
    table = read("title,city\n\u200bMade\u00adup\ufeff\u00a0Sirens \u202eevil, Su\u0301rat\u2009\n")
    assert cells(table) == [("Madeup Sirens evil", "Súrat")]


def test_joiners_stay_where_a_script_needs_them() -> None:
    assert cells(read("title,city\nمی\u200cخواهم,Tehran\n"))[0][0] == "می\u200cخواهم"


def test_letters_that_were_saved_wrongly_before_are_told() -> None:
    assert any("wrong encoding" in str(note) for note in read("title,city\nSirens,SÃ£o Paulo\n").notes)
    assert not any("wrong encoding" in str(note) for note in read(PLAIN).notes)


def test_the_heading_may_stand_beneath_a_title_and_blank_rows() -> None:
    table = read("Smart projects of 2024,,\n,,\n\ntitle,city,country\nSirens,Surat,India\n,,\n,,\n")
    assert [str(column) for column in table.columns] == ["A (title)", "B (city)", "C (country)"]
    assert [(row.number, row.cells) for row in table.rows] == [(5, ("Sirens", "Surat", "India"))]
    assert "row 4" in str(table.notes[0])


def test_a_heading_of_two_rows_names_a_column_in_either() -> None:
    table = read("No.,Country,City,Project,,Remarks\n,,,Title,Summary,\n1,India,Surat,Sirens,Made up.,ok\n")
    assert [column.name for column in table.columns] == ["No.", "Country", "City", "Title", "Summary", "Remarks"]
    assert [row.cells for row in table.rows] == [("1", "India", "Surat", "Sirens", "Made up.", "ok")]
    titled = read("Ministry,of Cities,,\n,title,city,country\n1,Sirens,Surat,India\n")
    assert [column.name for column in titled.columns] == ["", "title", "city", "country"], "a title is no heading"


def test_columns_without_a_name_or_with_the_same_one_are_told_apart_by_their_letter() -> None:
    table = read("title,,title,empty,\nA,B,C,,\nD,,,,\n")
    assert [str(column) for column in table.columns] == ["A (title)", "B", "C (title)", "D (empty)"]
    assert any("More than one column is called: title" in str(note) for note in table.notes)


def test_a_cell_beyond_the_heading_is_a_flaw_and_not_lost() -> None:
    (row,) = read("title,city\nSirens,Surat,India\n").rows
    assert [(cell_error.place, "India" in str(cell_error.problem)) for cell_error in row.errors] == [(2, True)]


def test_a_hundred_and_seventy_seven_columns_are_read() -> None:
    table = read(",".join(["title", *(f"c{n}" for n in range(176))]) + "\n" + ",".join(["x"] * 177) + "\n")
    assert len(table.columns) == 177
    assert (table.columns[176].letter, table.rows[0].cell(table.columns[176])) == ("FU", "x")


@given(st.integers(0, 20_000))
def test_letters_of_columns_are_those_of_a_spreadsheet(place: int) -> None:
    value = 0
    for sign in letter(place):
        value = value * 26 + ord(sign) - 64
    assert value == place + 1


@pytest.mark.parametrize("count", [0, 1])
def test_a_file_of_nothing_is_refused(count: int) -> None:
    with pytest.raises(Refused, match=r"empty|no rows"):
        read(b"\n" * count)


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    class Unread(io.BytesIO):
        def read(self, *_size):
            raise AssertionError("it was read")

    with pytest.raises(Refused, match="has 200 MB, more than the 25 MB"):
        file = Unread()
        file.seek = lambda _offset, whence=0: 200_000_000 if whence == 2 else 0
        read_table(file, "projects.csv")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(rows=2), "has 3 rows; 2 are read at most"),
        (Limits(columns=1), "has 2 cells; 1 columns"),
    ],
)
def test_more_rows_or_columns_than_are_read_are_refused(limits: Limits, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read("title,city\n" + "A,B\n" * 3, limits=limits)


def test_a_cell_that_is_too_long_is_a_flaw() -> None:
    (row,) = read("title,city\nAAAA,B\n", limits=Limits(cell_letters=3)).rows
    assert (row.cells[0], row.errors[0].place) == ("", 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"), "before 2007"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "document of Office"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xff\xd8\xff\xe0", "an image"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "an image"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<html><table><tr><td>title</td></tr></table></html>", "HTML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "XML"),
        (b'[{"title": "A"}]', "JSON"),
        (b"MZ\x90\x00", "a program"),
        (b"PK\x03\x04broken", "broken"),
        (b"title,city\n\x00\x01\x02", "not a CSV file"),
    ],
)
@pytest.mark.parametrize("name", ["projects.csv", "projects.xlsx"])
def test_what_is_no_table_is_refused_by_what_it_holds_whatever_it_is_called(
    content: bytes, said: str, name: str
) -> None:
    with pytest.raises(Refused) as refused:
        read(content, name)
    assert said in str(refused.value) or "contains plain text" in str(refused.value)


def test_a_file_whose_name_and_content_differ_is_refused() -> None:
    with pytest.raises(Refused, match=r"called \.csv but is an Excel workbook"):
        read(workbook([["title"]]), "projects.csv")
    with pytest.raises(Refused, match=r"called \.xlsx but contains plain text"):
        read(PLAIN, "projects.xlsx")


ROWS = [
    ["title", "city", "started", "cost", "share", "done"],
    ["Made-up Sirens", "Surat", datetime.date(2021, 5, 3), 1_200_000, (0.155, "0.0%"), True],
    [None, None],
    ["  Lamps\n", "Pune", 44319, 2.5, "=1+1", False],
]


def test_a_workbook_is_read_as_a_person_would_type_it() -> None:
    table = read(workbook(ROWS), "projects.xlsx")
    assert table.sheet == "Projects"
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, ("Made-up Sirens", "Surat", "2021-05-03", "1200000", "15.5%", "yes")),
        (4, ("Lamps", "Pune", "44319", "2.5", "=1+1", "no")),
    ]


def test_the_sheet_that_looks_like_a_table_is_read_and_the_others_are_named() -> None:
    content = workbook(
        [["Read me first"]], [("Data", False, [["title", "city"], ["A", "B"]]), ("Old", True, [["title"]])]
    )
    table = read(content, "projects.xlsx")
    assert (table.sheet, cells(table)) == ("Data", [("A", "B")])
    assert "Data was read. These were not: Projects" in str(table.notes[0])
    assert (
        read(
            content,
            "projects.xlsx",
            sheet="Projects",
        )
        .columns[0]
        .name
        == "Read me first"
    )
    for name in ("Old", "None"):
        with pytest.raises(Refused, match="no sheet called"):
            read(content, "projects.xlsx", sheet=name)
    with pytest.raises(Refused, match="no sheets"):
        read(PLAIN, sheet="Data")


def _with_formulas(value: str | None) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Projects")
        sheet.write_row(0, 0, ["title", "city"])
        sheet.write_formula(1, 0, '=CONCAT("a","b")', None, value or "")
        sheet.write(1, 1, "Surat")
    if value is not None:
        return file.getvalue()
    return repacked(
        file.getvalue(),
        lambda name, part: re.sub(rb"</f><v>.*?</v>", b"</f>", part) if name.endswith("sheet1.xml") else part,
    )


def test_a_formula_gives_the_value_that_was_saved_with_it() -> None:
    (row,) = read(_with_formulas("Made-up Sirens"), "projects.xlsx").rows
    assert (row.cells, row.errors) == (("Made-up Sirens", "Surat"), ())


def test_a_formula_without_its_value_is_a_flaw_of_its_cell() -> None:
    (row,) = read(_with_formulas(None), "projects.xlsx").rows
    assert (row.number, row.cells) == (2, ("", "Surat"))
    assert [(cell_error.place, "formula" in str(cell_error.problem)) for cell_error in row.errors] == [(0, True)]


def test_an_error_in_a_cell_is_a_flaw() -> None:
    (row,) = read(_with_formulas("#REF!"), "projects.xlsx").rows
    assert (row.cells[0], "#REF!" in str(row.errors[0].problem)) == ("", True)


def _with_merged_and_linked_cells() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Projects")
        sheet.write_row(0, 0, ["title", "city", "country", "sources"])
        sheet.write_column(1, 0, ["One", "Two", "Three"])
        sheet.write_column(5, 0, ["Four"])
        sheet.merge_range("B2:B4", "Surat")
        sheet.merge_range("C2:C5", "India")
        sheet.write_url("D2", "https://example.org/one#part", string="Project page")
        sheet.write_formula("D3", '=HYPERLINK("https://example.org/two","The ""second"" page")', None, "")
        sheet.write_url("D4", "mailto:a@example.org", string="Write to us")
        sheet.write_formula("D6", '=HYPERLINK("https://example.org/four","Page")', None, "Saved words")
    return file.getvalue()


def test_a_merged_cell_gives_its_value_to_each_of_its_rows_and_says_so() -> None:
    table = read(_with_merged_and_linked_cells(), "projects.xlsx")
    assert [(row.number, row.cells[:3]) for row in table.rows] == [
        (2, ("One", "Surat", "India")),
        (3, ("Two", "Surat", "India")),
        (4, ("Three", "Surat", "India")),
        (6, ("Four", "", "")),
    ]
    assert [str(note) for note in table.notes] == [
        "Cells are merged: the value was used for each of their rows (B2:B4, C2:C5)."
    ]


def test_a_linked_cell_keeps_its_words_and_the_address_of_the_page() -> None:
    table = read(_with_merged_and_linked_cells(), "projects.xlsx")
    assert [(row.cell(table.columns[3]), row.link(table.columns[3])) for row in table.rows] == [
        ("Project page", "https://example.org/one#part"),
        ('The "second" page', "https://example.org/two"),
        ("Write to us", None),
        ("Saved words", "https://example.org/four"),
    ]


@pytest.mark.parametrize("blank", [0, 300_000])
def test_merged_cells_are_found_wherever_the_file_is_cut_into_blocks(blank: int) -> None:
    content = repacked(
        _with_merged_and_linked_cells(),
        lambda name, part: (
            part.replace(b"<sheetData>", b" " * blank + b"<sheetData>").replace(
                b"</sheetData>", b" " * blank + b"</sheetData>"
            )
            if name.endswith("sheet1.xml")
            else part
        ),
    )
    assert [row.cells[1] for row in read(content, "projects.xlsx", limits=Limits(ratio=100_000)).rows] == [
        "Surat", "Surat", "Surat", "",
    ]  # fmt: skip


def test_blank_tails_of_a_workbook_cost_nothing_and_are_no_rows() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write_row(0, 0, ["title", "city"])
        sheet.write_row(1, 0, ["A", "B"])
        for number in range(2, 5_000):
            sheet.write_blank(number, 0, None, bold)
    assert len(read(file.getvalue(), "projects.xlsx").rows) == 1


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ({"xl/vbaProject.bin": b"x"}, "contains macros"),
        ({"xl/workbook.bin": b"x"}, "binary workbook"),
        ({"xl/media/x.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "defines entities"),
        ({"xl/media/x.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".encode("utf-16")}, "defines entities"),
        ({"xl/media/bomb.xml": b"\0" * 30_000_000}, "unpacks to more than 200 times its size"),
        ({f"xl/media/{n}.xml": b"x" for n in range(3_000)}, "3,0.. parts"),
    ],
)
def test_a_workbook_that_holds_more_than_cells_is_refused(added: dict[str, bytes], said: str) -> None:
    content = io.BytesIO(workbook([["title"], ["A"]]))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as package:
        for name, part in added.items():
            package.writestr(name, part)
    with pytest.raises(Refused, match=said):
        read(content.getvalue(), "projects.xlsx")


def test_a_heading_without_rows_is_told() -> None:
    table = read_table(io.BytesIO(b"title,city\n"), "made-up.csv")
    assert (table.rows, [str(note) for note in table.notes]) == ([], ["The file has a heading, but no rows below it."])


def test_a_zip_bomb_that_lies_about_its_size_is_refused_as_broken_or_too_large() -> None:
    content = io.BytesIO(workbook([["title"], ["A"]]))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/bomb.xml", b"\0" * 30_000_000)
    content_with_less = content.getvalue().replace((30_000_000).to_bytes(4, "little"), (300).to_bytes(4, "little"))
    with pytest.raises(Refused, match=r"broken|unpacks"):
        read(content_with_less, "projects.xlsx")


def test_many_parts_that_are_large_together_are_refused_before_they_are_unpacked() -> None:
    with pytest.raises(Refused, match="unpacks to more than 0 MB"):
        read(workbook([["title"], ["A"]]), "projects.xlsx", limits=Limits(unpacked_bytes=1_000))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"word/document.xml": b"<a/>", "[Content_Types].xml": b"<a/>"}, "Word document"),
        ({"content.xml": b"<a/>", "mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "OpenDocument"),
        ({"a.csv": b"title"}, "ZIP archive"),
        ({"[Content_Types].xml": b"<a/>", "xl/workbook.xml": b"<a/>"}, "broken"),
        ({"[Content_Types].xml": b"not xml", "xl/workbook.xml": b"<workbook>"}, "broken"),
    ],
)
def test_a_package_without_a_sound_workbook_is_refused(files: dict[str, bytes], said: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name, part in files.items():
            package.writestr(name, part)
    with pytest.raises(Refused, match=said):
        read(content.getvalue(), "projects.xlsx")


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
@pytest.mark.parametrize("cut", [0.3, 0.7])
def test_a_workbook_with_a_broken_part_is_refused_in_one_sentence(part: str, cut: float) -> None:
    content = repacked(workbook(ROWS), lambda name, old: old[: int(len(old) * cut)] if name == part else old)
    with pytest.raises(Refused, match="broken"):
        read(content, "projects.xlsx")


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a"]))
def test_whatever_bytes_come_a_table_or_a_refusal_comes_out(content: bytes, name: str) -> None:
    try:
        table = read(content, name)
    except Refused:
        pass
    else:
        assert PurePath(name).suffix != ".xlsx"
        assert table.columns or not table.rows


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_was_written_is_read_whatever_signs_it_holds(rows: list[list[str]], separator: str) -> None:
    import csv
    import unicodedata

    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows([["title", "city", "country"], *rows])
    read_rows = cells(read(text.getvalue()))
    assert read_rows == [tuple(unicodedata.normalize("NFC", cell) for cell in row) for row in rows]
