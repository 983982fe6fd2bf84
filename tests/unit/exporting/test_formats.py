"""Every format is read back by a library of others, and has what the database has."""

import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import bibtexparser
import openpyxl
import pandas
import pytest
import rdflib
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from geojson_pydantic import FeatureCollection
from rdflib.compare import isomorphic
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, Data, EntryKind, schema_of
from kb.catalogue.entries.bulk import read_many
from kb.catalogue.entries.lists import Several
from kb.catalogue.models import City, Outcome, Partner
from kb.core.db import Database
from kb.exporting.codebook import codebook
from kb.exporting.columns import SEPARATOR, main_table, tables_of
from kb.exporting.export import Export, Links
from kb.exporting.formats import FORMATS, TABLE_WRITERS
from kb.exporting.plain_tables import PlainTable
from kb.exporting.releases.tables import Field
from tests.entries import full_entry, publish
from tests.factories import make_city, make_initiative, make_source, make_user

pytestmark = pytest.mark.one_database

KINDS = pytest.mark.parametrize("kind", list(EntryKind))
LINKS = Links("https://peers.example")

BICYCLE = "\U0001f6b2"

ODD = (
    "Quotes \" and ' and commas, semicolons;",
    "first line\nsecond line\n\n@prefix third:",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \U0001f6b2 \u0dc1\u0dca\u200d\u0dbb\u0dd3",
    '=HYPERLINK("https://example.org")',
    "-1+1",
    "@SUM(A1)",
    r"100 % & {braces} $5 #1 under_score ~tilde ^caret \back\slash",
    "<b>&amp;</b> ]]> http://example.org/?a=1&b=2",
    "",
)


@pytest.fixture(scope="module")
def database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Entries that say everything, entries that say nothing, and entries with odd words."""
    file = tmp_path_factory.mktemp("formats") / "formats.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{file}")
    with database.writing() as session:
        editor = make_user(session, "editor")
        for kind in EntryKind:
            publish(session, editor, kind, full_entry(session, kind))
        make_initiative(session, "Says nothing").places.clear()
        town = make_city(session, "Town", place={"latitude": -1.5, "longitude": 7.0})
        village = make_city(session, "Village", place={"latitude": 2.25, "longitude": -8.5})
        for number, words in enumerate(ODD):
            initiative = make_initiative(session, words or "Empty", (town, village), (6, 11), slug=f"odd-{number}")
            initiative.summary = initiative.action = words
            initiative.cost_amount, initiative.cost_currency = 10**15, "EUR"
            initiative.outcomes = [
                Outcome(position=0, measure=words or "nothing", value=value, unit=words or None)
                for value in (0.1, 1e-7, 123456789.0, None)
            ]
            initiative.partners = [Partner(position=0, name=words or "Nobody")]
            make_source(session, f"https://example.org/{number}", title=words)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.reading() as session:
        yield session


def entries_of(session: Session, kind: EntryKind) -> list[Data]:
    model = ENTRIES[kind].model
    return read_many(session, kind, session.scalars(select(model.id).order_by(model.id)).all())


def written(session: Session, kind: EntryKind, code: str, table: str = "") -> bytes:
    """The file of all entries of a kind."""
    export = Export(
        kind=kind,
        ids=[entry["id"] for entry in entries_of(session, kind)],
        title='All "entries"',
        address=f"https://peers.example/{kind}",
        change_number=7,
        made_on=date(2026, 11, 29),
        table=table,
    )
    return b"".join(FORMATS[code].write(session, export, LINKS))


def cells_of(entry: Mapping[str, Any], kind: EntryKind) -> dict[str, Any]:
    """What the main table should have for the plain fields and the lists of codes of an entry."""
    cells = {name: entry[name] for name in ("slug", "version", "created_at", "updated_at", "confirmed_on")}
    shown = set(main_table(kind).header)
    for name, field in schema_of(kind).declared.items():
        value = entry[name]
        if not isinstance(field, Several):
            cells[name] = value
        elif name in shown:
            (key,) = getattr(field, "key", ("",))
            cells[name] = SEPARATOR.join(str(item[key] if key else item) for item in value) or None
    return cells


@KINDS
def test_pandas_reads_the_csv_files(session: Session, kind: EntryKind) -> None:
    entries = entries_of(session, kind)
    frame = pandas.read_csv(io.BytesIO(written(session, kind, "csv")), keep_default_na=False, dtype=str)
    assert list(frame.columns) == main_table(kind).header
    for entry, row in zip(entries, frame.to_dict("records"), strict=True):
        for name, value in cells_of(entry, kind).items():
            assert plain(row[name]) == as_text(value), name
        assert row["address"] == f"https://peers.example/{ENTRIES[kind].folder}/{entry['slug']}"
    for name, field in schema_of(kind).declared.items():
        if isinstance(field, Several):
            frame = pandas.read_csv(io.BytesIO(written(session, kind, "csv", name)), keep_default_na=False, dtype=str)
            items = [(entry["slug"], item) for entry in entries for item in entry[name]]
            assert list(frame[str(kind)]) == [slug for slug, _ in items]
            for (_, item), row in zip(items, frame.to_dict("records"), strict=True):
                if isinstance(item, dict):
                    assert {inner: plain(row[inner]) for inner in item} == {
                        inner: as_text(value) for inner, value in item.items()
                    }
                else:
                    assert item in row.values()


def plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in set("=+-@\t\r") else cell


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def test_no_cell_of_a_csv_file_begins_like_a_formula(session: Session) -> None:
    for table in tables_of(EntryKind.INITIATIVE):
        data = written(session, EntryKind.INITIATIVE, "csv", table)
        frame = pandas.read_csv(io.BytesIO(data), keep_default_na=False, dtype=str)
        texts = [
            cell
            for column in frame.columns
            for cell in frame[column]
            if not cell.lstrip("-").replace(".", "").isdigit()
        ]
        assert [text for text in texts if text[:1] in set("=+-@\t\r") and text] == []
    assert "'-1+1" in written(session, EntryKind.INITIATIVE, "csv").decode()


@KINDS
def test_pandas_knows_numbers_truth_and_what_is_not_known(session: Session, kind: EntryKind) -> None:
    frame = pandas.read_csv(io.BytesIO(written(session, kind, "csv")))
    for column in main_table(kind).columns:
        values = frame[column.name].dropna()
        if column.type in {"integer", "year", "number"} and column.name != "place":
            assert pandas.api.types.is_numeric_dtype(values), column.name
        if column.type == "boolean":
            assert set(values) <= {True, False}


@KINDS
def test_openpyxl_reads_a_sheet_for_each_table(session: Session, kind: EntryKind) -> None:
    entries = entries_of(session, kind)
    workbook = openpyxl.load_workbook(io.BytesIO(written(session, kind, "xlsx")))
    assert workbook.sheetnames == [*tables_of(kind), "codebook", "about"]
    header, *rows = workbook[ENTRIES[kind].folder].iter_rows(values_only=True)
    assert list(header) == main_table(kind).header
    for entry, row in zip(entries, rows, strict=True):
        found = dict(zip(header, row, strict=True))
        for name, value in cells_of(entry, kind).items():
            assert found[name] == (None if value == "" else value), name
    for name, field in schema_of(kind).declared.items():
        if isinstance(field, Several):
            assert workbook[name].max_row - 1 == sum(len(entry[name]) for entry in entries)
    assert all(cell.data_type != "f" for sheet in workbook for row in sheet.iter_rows() for cell in row)
    assert workbook["codebook"].max_row - 1 == len(list(codebook(kind)))
    assert dict(workbook["about"].iter_rows(values_only=True))["Title"] == 'All "entries"'


@KINDS
def test_json_has_whole_entries(session: Session, kind: EntryKind) -> None:
    data = json.loads(written(session, kind, "json"))
    assert (data["title"], data["change_number"], data["made_on"]) == ('All "entries"', 7, "2026-11-29")
    for entry, found in zip(entries_of(session, kind), data["entries"], strict=True):
        assert without_labels(found) == {name: value for name, value in entry.items() if name != "id"} | {
            "address": f"https://peers.example/{ENTRIES[kind].folder}/{entry['slug']}"
        }
    assert {"stage_label", "cities_label"} <= data["entries"][0].keys() or kind is not EntryKind.INITIATIVE


def without_labels(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: without_labels(value) for name, value in data.items() if not name.endswith("_label")}
    return [without_labels(item) for item in data] if isinstance(data, list) else data


@KINDS
def test_geojson_has_each_entry_where_its_cities_are(session: Session, kind: EntryKind) -> None:
    collection = FeatureCollection.model_validate_json(written(session, kind, "geojson"))
    entries = entries_of(session, kind)
    assert [feature.properties["slug"] for feature in collection.features] == [entry["slug"] for entry in entries]
    places = {city.slug: (city.place.longitude, city.place.latitude) for city in session.scalars(select(City))}
    for entry, feature in zip(entries, collection.features, strict=True):
        slugs = {
            EntryKind.INITIATIVE: lambda entry: entry["cities"],
            EntryKind.CITY: lambda entry: [entry["slug"]],
            EntryKind.LEADER: lambda entry: [term["city"] for term in entry["terms"]],
            EntryKind.VISION: lambda entry: [entry["city"]],
        }[kind](entry)
        if not slugs:
            assert feature.geometry is None
            continue
        points = feature.geometry.coordinates if len(slugs) > 1 else [feature.geometry.coordinates]
        assert [tuple(point) for point in points] == [places[slug] for slug in slugs]


@KINDS
def test_bibtexparser_reads_a_record_for_each_entry(session: Session, kind: EntryKind) -> None:
    data = written(session, kind, "bib").decode()
    library = bibtexparser.parse_string(data, append_middleware=[LatexDecodingMiddleware()])
    assert library.failed_blocks == []
    for entry, record in zip(entries_of(session, kind), library.entries, strict=True):
        assert record.key == entry["slug"]
        title = " ".join(entry[ENTRIES[kind].title].split())
        # The library reads the sign for a caret as a circumflex.
        assert record["title"].replace("\u02c6", "^").strip("{}").startswith(title)
        assert record["url"] == f"https://peers.example/{ENTRIES[kind].folder}/{entry['slug']}"
        assert record["year"] == entry["updated_at"][:4]


@KINDS
def test_rispy_reads_a_record_for_each_entry(session: Session, kind: EntryKind) -> None:
    records = rispy.loads(written(session, kind, "ris").decode())
    for entry, record in zip(entries_of(session, kind), records, strict=True):
        title = " ".join(entry[ENTRIES[kind].title].split())
        assert record["title"].startswith(title)
        assert record["urls"] == [f"https://peers.example/{ENTRIES[kind].folder}/{entry['slug']}"]
        assert record["year"] == entry["updated_at"][:4]
        assert record["authors"] == ["CityPeers"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
@KINDS
def test_rdflib_reads_the_same_triples_from_turtle_and_json_ld(session: Session, kind: EntryKind) -> None:
    turtle, json_ld = rdflib.Graph(), rdflib.Graph()
    turtle.parse(data=written(session, kind, "ttl"), format="turtle")
    json_ld.parse(data=written(session, kind, "jsonld"), format="json-ld")
    assert isomorphic(turtle, json_ld)
    schema = rdflib.Namespace("https://schema.org/")
    said = {str(value) for value in turtle.objects()}
    for entry in entries_of(session, kind):
        page = rdflib.URIRef(f"https://peers.example/{ENTRIES[kind].folder}/{entry['slug']}")
        assert [str(name) for name in turtle.objects(page, schema.name)] == [entry[ENTRIES[kind].title]]
        for name, field in schema_of(kind).declared.items():
            if not isinstance(field, Several) and isinstance(entry[name], str):
                linked = f"https://peers.example/{ENTRIES[field.refers].folder}/" if field.refers in ENTRIES else ""
                assert f"{linked}{entry[name]}" in said, name
    assert not [node for node in turtle.all_nodes() if isinstance(node, rdflib.BNode)]


@KINDS
@pytest.mark.parametrize("code", list(FORMATS))
def test_the_same_data_give_the_same_bytes(session: Session, kind: EntryKind, code: str) -> None:
    assert written(session, kind, code) == written(session, kind, code)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("<r><t>made up</t></r>", "<r><t>made up</t></r>"),
        ("<r> & _x0041_</r>", "<r> & _x005F_x0041_</r>"),
        (f"<r>{BICYCLE * 16_380}</r>", f"<r>{BICYCLE * 16_380}</r"),
        (f"<r>{BICYCLE * 20_000}</r>", f"<r>{BICYCLE * 16_382}"),
    ],
    ids=["markup", "escape", "no room", "cut"],
)
def test_a_text_that_looks_like_the_markup_of_a_workbook_stays_text(session: Session, text: str, cell: str) -> None:
    """Excel reads _x005F_ as an underscore."""
    make_initiative(session, "Made up").summary = text
    session.flush()
    rows = openpyxl.load_workbook(io.BytesIO(written(session, EntryKind.INITIATIVE, "xlsx")))["initiatives"].values
    header, *others = rows
    assert [row[header.index("summary")] for row in others].count(cell) == 1


def test_a_workbook_that_nobody_waits_for_leaves_no_file(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    export = Export(
        kind=EntryKind.INITIATIVE,
        ids=[entry["id"] for entry in entries_of(session, EntryKind.INITIATIVE)],
        title="All",
        address="https://peers.example/",
        change_number=7,
        made_on=date(2026, 11, 29),
    )
    pieces = FORMATS["xlsx"].write(session, export, LINKS)
    next(pieces)
    assert list(tmp_path.iterdir())
    pieces.close()  # type: ignore[attr-defined] # a generator
    assert list(tmp_path.iterdir()) == []


def test_the_codebook_explains_every_column_of_every_table() -> None:
    for kind in EntryKind:
        meanings = list(codebook(kind))
        for table in tables_of(kind).values():
            assert [meaning.column for meaning in meanings if meaning.table == table.name] == table.header
    (stage,) = [meaning for meaning in codebook(EntryKind.INITIATIVE) if meaning.column == "stage"]
    assert (stage.type, stage.values.split("; ")[0]) == ("code", "idea = Idea")


def test_a_table_without_entries_has_the_same_cells_in_each_format() -> None:
    rows = [[text or None, number, 0.25] for number, text in enumerate(ODD)]
    table = PlainTable(
        name="odd",
        title="Odd words",
        address="https://peers.example/odd",
        made_on=date(2026, 11, 29),
        fields=[
            Field(name="word", label="Word", explanation="As it is.", type="code", values={"a": "A", "b": "B"}),
            Field(name="number", label="Number", type="integer"),
            Field(name="share", label="Share", type="number"),
        ],
        rows=rows,
    )
    files = {code: b"".join(write(table)) for code, write in TABLE_WRITERS.items()}
    frame = pandas.read_csv(io.BytesIO(files["csv"]), keep_default_na=False)
    assert [[plain(word) or None, *numbers] for word, *numbers in frame.values.tolist()] == rows
    assert [list(row.values()) for row in json.loads(files["json"])["rows"]] == rows
    workbook = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert workbook.sheetnames == ["odd", "codebook", "about"]
    assert [list(row) for row in workbook["odd"].iter_rows(values_only=True)] == [["word", "number", "share"], *rows]
    assert [list(row) for row in workbook["codebook"].iter_rows(values_only=True)][1:] == [
        ["odd", "word", "Word", "As it is.", "code", "a = A; b = B", None],
        ["odd", "number", "Number", None, "integer", None, None],
        ["odd", "share", "Share", None, "number", None, None],
    ]
    about = dict(workbook["about"].iter_rows(values_only=True))
    assert (about["Address"], about["Made on"]) == ("https://peers.example/odd", "2026-11-29")
    assert files == {code: b"".join(write(table)) for code, write in TABLE_WRITERS.items()}
