"""Imports by page, without JavaScript: a file goes up, its columns are mapped, checked, brought in and undone."""

import csv
import io
import zipfile

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kb.accounts.models import AuditEvent
from kb.catalogue.models import Initiative
from kb.core.db import Database
from kb.importing import reading, template
from kb.importing.columns import BY_NAME, match
from kb.importing.headings import likeness_to
from kb.importing.models import Import, ImportFile
from kb.importing.readers import read_table
from kb.web.core import uploads
from kb.web.core.csrf import LARGEST
from tests.factories import make_place, make_user
from tests.integration.web.page_readers import counted_queries
from tests.sign_in import signed_in, token_in
from tests.spreadsheets import as_csv
from tests.unit.importing.importing import HEADING, line

pytestmark = pytest.mark.usefixtures("read_without_child")

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> FlaskClient:
    """An editor at the desk; two places to be found."""
    with database.writing() as session:
        make_place(session, "Made-up Alpha")
        make_place(session, "Made-up Beta", latitude=25.0)
        editor = make_user(session, role="editor")
    return signed_in(client, editor)


def upload(desk: FlaskClient, content: bytes, name: str = "network.csv", **fields: str):
    data = {"file": (io.BytesIO(content), name), "csrf_token": token_in(desk.get("/desk/imports").text), **fields}
    return desk.post("/desk/imports", data=data, content_type="multipart/form-data")


def send(desk: FlaskClient, path: str, **fields: str):
    page = path.rpartition("/")[0]
    return desk.post(path, data={"csrf_token": token_in(desk.get(page).text), **fields})


def wait(app: Flask) -> None:
    app.extensions["kb_imports"].wait()


def test_columns_that_are_left_out_are_named_beside_the_result(app: Flask, desk: FlaskClient) -> None:
    heading = (*HEADING, "Kurzbeschreibung", "Nothing here")
    path = upload(desk, as_csv([[*line("1"), "Made up.", ""]], heading=heading)).location
    mapping = dict(zip("ABCDEFGHI", ("key", *HEADING[1:]), strict=True))
    send(desk, f"{path}/columns", **{f"column-{letter}": code for letter, code in mapping.items()})
    wait(app)
    page = desk.get(path).text
    assert "1 column of your file is left out: Kurzbeschreibung." in page
    assert page.index("is left out") < page.index('id="rows"')
    send(
        desk,
        f"{path}/columns",
        **{f"column-{letter}": code for letter, code in mapping.items()},
        **{"column-J": "results"},
    )
    wait(app)
    assert "left out: " not in desk.get(path).text


def test_a_file_without_headings_is_told_that_its_first_row_is_no_initiative(desk: FlaskClient) -> None:
    path = upload(
        desk, as_csv([["Made-up Tram", "Made-up Beta", "India"]], heading=("Made-up Bus", "Alpha", "India"))
    ).location
    assert "The row with the headings is not imported." in desk.get(path).text
    path = upload(desk, as_csv([["Made-up Tram", "Made-up Beta"]], heading=("Title", "Where"))).location
    assert "The row with the headings is not imported." not in desk.get(path).text


@pytest.mark.both_databases
def test_an_editor_brings_a_spreadsheet_in_and_takes_it_back(app: Flask, desk: FlaskClient, database: Database) -> None:
    heading = ("id", "title", "Where it is", *HEADING[3:])
    content = as_csv([line("1"), line("2", "Made-up <b>Lamps</b>"), line("3", "Nowhere", "Atlantis")], heading=heading)
    answer = upload(desk, content, mode="published", collection="Made-up Network")
    assert answer.status_code == 303
    path = answer.location
    page = desk.get(path).text
    assert "Where it is" in page
    assert '<option value="title" selected>' in page

    refused = send(desk, f"{path}/columns", **{"column-A": "key", "column-B": "title"})
    assert (refused.status_code, "No column holds: City" in refused.text) == (409, True)
    chosen = dict(zip("ABCDEFGHI", ("key", *HEADING[1:]), strict=True))
    mapping = {f"column-{letter}": code for letter, code in chosen.items()}
    assert send(desk, f"{path}/columns", **mapping).status_code == 303
    wait(app)
    page = desk.get(path).text
    assert "No place over 5,000 people is called Atlantis in India." in page
    assert "C Where it is" in page
    assert "Publish now" in page
    report = list(csv.DictReader(io.StringIO(desk.get(f"{path}/report.csv").text.lstrip("\ufeff"))))
    assert [(row["row"], row["outcome"]) for row in report] == [("2", "Added"), ("3", "Added"), ("4", "Refused")]

    assert send(desk, f"{path}/run").status_code == 303
    wait(app)
    page = desk.get(path, query_string={"rows": "made"}).text
    assert "Undo the whole import" in page
    assert "Made-up &lt;b&gt;Lamps&lt;/b&gt;" in page
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Initiative)) == 2
        assert session.scalar(select(ImportFile.import_id)) is None
        verbs = session.scalars(
            select(AuditEvent.verb).where(AuditEvent.kind == "import").order_by(AuditEvent.id)
        ).all()
        assert verbs == ["upload", "import"]

    assert send(desk, f"{path}/undo").status_code == 303
    wait(app)
    assert desk.get(path, query_string={"rows": "made"}).text.count("<p>Undone</p>") == 2
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Initiative)) == 0
    assert send(desk, f"{path}/undo").status_code == 409
    listed = desk.get("/desk/imports").text
    assert "Made-up Network" in listed
    assert "2 added, 0 updated, 0 unchanged, 1 refused" in listed


def test_a_contributor_proposes_and_sees_only_the_own_imports(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    others = upload(desk, as_csv([line("1")], heading=HEADING)).location
    with database.writing() as session:
        contributor = make_user(session, role="contributor")
    client = signed_in(app.test_client(), contributor)
    assert 'value="published"' not in client.get("/desk/imports").text
    assert upload(client, as_csv([line("1")], heading=HEADING), mode="published").status_code == 403
    own = upload(client, as_csv([line("1")], heading=HEADING)).location
    assert client.get(own).status_code == 200
    assert client.get(others).status_code == 404
    assert client.get(f"{others}/report.csv").status_code == 404
    token = token_in(client.get(own).text)
    for what in ("columns", "run", "resume", "undo", "discard"):
        assert client.post(f"{others}/{what}", data={"csrf_token": token}).status_code == 404
    assert desk.get(own).status_code == 200


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "projects.csv", "an image (PNG), not a table"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx",
            "protected by a password",
        ),
        (b"PK\x03\x04", "projects.xlsx", "The workbook is broken"),
        (b"", "projects.csv", "The file is empty"),
        (b"title\n", "", "Please choose a file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_on_the_form_and_nothing_is_kept(
    desk: FlaskClient, database: Database, content: bytes, name: str, said: str
) -> None:
    answer = upload(desk, content, name, collection="Made-up Network")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Made-up Network"' in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Import)) == 0


def test_who_sends_a_file_while_others_are_read_is_asked_to_send_it_again(
    desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_PATIENCE_SECONDS", 0.01)
    with reading._SLOTS.take(None), reading._SLOTS.take(None):
        answer = upload(desk, as_csv([line("1")], heading=HEADING), collection="Made-up Network")
    assert answer.status_code == 503
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Other files are being read at the moment" in answer.text
    assert 'value="Made-up Network"' in answer.text


def test_a_file_that_is_too_large_is_told_before_it_is_read(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert large(desk, token_in(desk.get("/desk/imports").text)) == 303
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 1_000)
    answer = upload(desk, b"title,city\n" + b"x" * 5_000)
    assert answer.status_code == 413
    assert "files up to 25 MB are read" in answer.text


def test_only_uploads_of_people_who_may_send_one_may_be_large(app: Flask, database: Database) -> None:
    client = app.test_client()
    assert large(client, token_in(client.get("/sign-in").text)) == 413


def large(client: FlaskClient, token: str) -> int:
    """Send a file of two megabytes; by hand, since the tests' client leaves large files open behind it."""
    parts = [
        b'Content-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode(),
        b'Content-Disposition: form-data; name="file"; filename="network.csv"\r\n\r\ntitle,city\n'
        + (b"Made-up," + b"x" * 20_000 + b"\n") * 100,
    ]
    body = b"".join(b"--made-up\r\n" + part + b"\r\n" for part in parts) + b"--made-up--\r\n"
    return client.post("/desk/imports", data=body, content_type="multipart/form-data; boundary=made-up").status_code


def test_the_template_is_matched_by_name_and_its_example_is_never_taken(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    book = desk.get("/desk/imports/template.xlsx").data
    assert zipfile.is_zipfile(io.BytesIO(book))
    assert openpyxl.load_workbook(io.BytesIO(book)).sheetnames == ["Initiatives", "Columns", "Allowed codes"]
    for content, name in ((book, "t.xlsx"), (desk.get("/desk/imports/template.csv").data, "t.csv")):
        table = read_table(io.BytesIO(content), name, likeness_to(BY_NAME))
        found = match(table.columns)
        assert [found.taken[column.place] for column in table.columns] == [column.name for column in table.columns]
        path = upload(desk, content, name).location
        mapping = {f"column-{column.letter}": found.taken[column.place] for column in table.columns}
        assert send(desk, f"{path}/columns", **mapping).status_code == 303
        wait(app)
        assert "0 rows in total." in desk.get(path).text
    assert template.as_csv().decode("utf-8-sig").splitlines()[1].startswith("EXAMPLE,")


def test_a_page_of_rows_makes_as_many_queries_for_one_row_as_for_three(
    app: Flask, desk: FlaskClient, database: Database
) -> None:

    counted = []
    for rows in ([line("1", "A", "Atlantis")], [line(str(n), f"A {n}", "Atlantis") for n in range(3)]):
        path = upload(desk, as_csv(rows, heading=HEADING)).location
        mapping = dict(zip("ABCDEFGHI", ("key", *HEADING[1:]), strict=True))
        send(desk, f"{path}/columns", **{f"column-{letter}": code for letter, code in mapping.items()})
        wait(app)
        with counted_queries(app) as queries:
            assert desk.get(path).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_an_editor_says_once_what_an_unknown_word_means(app: Flask, desk: FlaskClient, database: Database) -> None:
    heading = (*HEADING, "technologies")
    rows = [
        [*line("1"), '<b>"Beacons'],
        [*line("2", "Made-up Lamps"), 'drones; <B>"beacons'],
        [*line("3"), "Teleports"],
    ]
    path = upload(desk, as_csv(rows, heading=heading)).location
    codes = dict(zip("ABCDEFGHIJ", ("key", *heading[1:]), strict=True))
    send(desk, f"{path}/columns", **{f"column-{letter}": code for letter, code in codes.items()})
    wait(app)
    page = desk.get(path).text
    assert "2 terms are not in our lists." in page
    assert page.count("&lt;b&gt;&#34;Beacons</label>") == 1
    assert "Technologies · in 2 rows" in page
    assert 'name="word:technologies:b beacons"' in page
    data = {"word:technologies:b beacons": "sensors-iot", "word:technologies:teleports": "-"}
    assert send(desk, f"{path}/rows", **data).status_code == 303
    wait(app)
    page = desk.get(path).text
    assert "You have said what each of them means" in page
    assert "Refused rows are not imported" not in page
    with database.reading() as session:
        import_record = session.scalars(select(Import)).one()
        assert (import_record.made, import_record.refused) == (3, 0)
    wrong = send(desk, f"{path}/rows", **{"word:technologies:teleports": "wizardry"})
    assert (wrong.status_code, "There is no choice called wizardry." in wrong.text) == (409, True)


def test_the_server_keeps_a_large_body_only_of_a_file_from_somebody_signed_in(app: Flask, desk: FlaskClient) -> None:
    largest = app.extensions["kb_largest_body"]
    cookie = desk.get_cookie("session")
    assert cookie is not None
    signed = f"session={cookie.value}"
    assert largest("POST", "/desk/imports", signed) == uploads.LARGEST_UPLOAD
    others = [
        ("POST", "/desk/imports", ""),
        ("POST", "/desk/imports", "session=forged"),
        ("POST", "/goals/suggest", signed),
        ("POST", "/nowhere", signed),
    ]
    assert {largest(*other) for other in others} == {LARGEST}


def test_where_the_encoding_of_a_file_is_uncertain_the_desk_asks_and_takes_the_answer(
    desk: FlaskClient, database: Database
) -> None:
    content = as_csv([line("1", "Akıllı şehir sensörleri")], heading=HEADING).decode().encode("cp1254")
    path = upload(desk, content).location
    asked = desk.get(path).text
    assert "<li><bdi>Akıllı şehir sensörleri in Windows-1254 (Turkish)</bdi></li>" in asked
    assert "Encoding to choose" in asked
    assert "Columns of your file" not in asked
    assert "Encoding to choose" in desk.get("/desk/imports").text
    wrong = send(desk, f"{path}/encoding", encoding="ascii")
    assert wrong.status_code == 422
    assert send(desk, f"{path}/encoding", encoding="cp1254").status_code == 303
    read = desk.get(path).text
    assert "Akıllı şehir sensörleri" in read
    assert "In which encoding" not in read
    assert send(desk, f"{path}/encoding", encoding="cp1252").status_code == 422, "it is read once"
    assert upload(desk, content, encoding="cp1254").status_code == 303
