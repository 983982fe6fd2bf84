"""Rows of an import at the desk: cells are corrected in place, rows that may exist are skipped unless wanted."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from kb.catalogue.models import City, Initiative
from kb.core.db import Database
from kb.core.errors import NotAllowed
from kb.importing import actions
from kb.importing.models import Import, ImportEdit, ImportRow
from kb.importing.queries import PAGE
from tests.factories import make_initiative, make_place, make_user
from tests.integration.web.desk.desk_forms import fields_in
from tests.sign_in import signed_in
from tests.spreadsheets import as_csv
from tests.unit.importing.importing import HEADING, line

from .page_readers import words_of
from .test_imports_pages import upload, wait

pytestmark = pytest.mark.usefixtures("read_without_child")

Rows = list[list[str]]


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> FlaskClient:
    """An editor at the desk; two places to be found, in one of which the sirens stand already."""
    with database.writing() as session:
        alpha = make_place(session, "Made-up Alpha")
        make_place(session, "Made-up Beta", latitude=25.0)
        city = City(slug="made-up-alpha", name="Made-up Alpha", country_code="IN", place_id=alpha.id)
        session.add(city)
        session.flush()
        make_initiative(session, "Made-up Sirens of the harbour", cities=(city,))
        editor = make_user(session, role="editor")
    return signed_in(client, editor)


def checked(
    app: Flask, desk: FlaskClient, rows: Rows, mode: str = "published", heading: tuple[str, ...] = HEADING
) -> str:
    """Bring a file in and have its rows checked; the page of the import."""
    path: str = upload(desk, as_csv(rows, heading=heading), mode=mode).location
    press(app, desk, path, "columns")
    return path


def press(app: Flask, desk: FlaskClient, path: str, what: str, **changed: Any) -> Any:
    """Send a form of the page as it stands, with some fields changed; None leaves a field out."""
    fields: dict[str, Any] = fields_in(desk.get(path).text, f"{path.partition('?')[0]}/{what}") | changed
    answer = desk.post(
        f"{path.partition('?')[0]}/{what}", data={name: value for name, value in fields.items() if value is not None}
    )
    wait(app)
    return answer


def counts(database: Database) -> tuple[int, int, int]:
    """How many rows would be added, stay as they are, and are refused."""
    with database.reading() as session:
        record = session.scalars(select(Import).order_by(Import.id.desc())).first()
        assert record is not None
        return record.made, record.unchanged, record.refused


def titles(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Initiative.title)))


@pytest.mark.both_databases
def test_a_cell_is_corrected_in_place_kept_and_published(app: Flask, desk: FlaskClient, database: Database) -> None:
    path = checked(app, desk, [line("1", "Lamps", "Atlantis"), line("2", "Buses", stage="soon")])
    assert counts(database) == (0, 0, 2)
    page = desk.get(path).text
    assert 'name="cell-2-C" value="Atlantis"' in page
    assert 'aria-describedby="cell-2-C-notes" aria-invalid="true"' in page
    assert press(app, desk, path, "rows", **{"cell-2-C": "Made-up Beta", "cell-3-F": "pilot"}).status_code == 303
    assert counts(database) == (2, 0, 0)
    page = words_of(desk.get(f"{path}?rows=made").text)
    assert "In the file: Atlantis" in page
    press(app, desk, path, "run")
    assert {"Lamps", "Buses"} <= titles(database)
    with database.reading() as session:
        lamps = session.scalars(select(Initiative).where(Initiative.title == "Lamps")).one()
        assert [city.name for city in lamps.cities] == ["Made-up Beta"]


def test_what_is_corrected_wrongly_is_told_beside_the_cell_with_what_the_file_says(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    path = checked(app, desk, [line("1", "Lamps", "Atlantis")])
    press(app, desk, path, "rows", **{"cell-2-C": "Lemuria"})
    page = desk.get(path).text
    assert 'name="cell-2-C" value="Lemuria"' in page
    words = words_of(page)
    assert "No place over 5,000 people is called Lemuria in India." in words
    assert "In the file: Atlantis" in words
    press(app, desk, path, "rows", **{"cell-2-C": "Atlantis"})
    assert "In the file:" not in words_of(desk.get(path).text), "as it was"
    assert counts(database) == (0, 0, 1)


def test_corrections_stay_when_the_file_is_checked_anew(app: Flask, desk: FlaskClient, database: Database) -> None:
    path = checked(app, desk, [line("1", "Lamps", "Atlantis")])
    press(app, desk, path, "rows", **{"cell-2-C": "Made-up Beta"})
    press(app, desk, path, "columns")
    assert counts(database) == (1, 0, 0)


def test_a_correction_stays_when_its_column_is_no_longer_shown_and_another_is_corrected(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    path = checked(app, desk, [line("1", "Lamps", "Atlantis", stage="soon")])
    press(app, desk, path, "rows", **{"cell-2-F": "pilot"})
    assert "cell-2-F" not in desk.get(path).text
    press(app, desk, path, "rows", **{"cell-2-C": " Made-up\u00ad Beta "})
    assert counts(database) == (1, 0, 0)
    with database.reading() as session:
        assert session.scalars(select(ImportEdit.cells)).one() == {"F": "pilot", "C": "Made-up Beta"}, (
            "as files are read"
        )


def test_nobody_else_corrects_an_import(app: Flask, desk: FlaskClient, database: Database) -> None:
    checked(app, desk, [line("1", "Lamps", "Atlantis")], mode="proposals")
    with database.writing() as session, pytest.raises(NotAllowed):
        other = make_user(session, role="contributor")
        actions.edit_rows(session, other, session.scalars(select(Import)).one(), {2: {"C": "Made-up Beta"}}, {})


def test_corrections_are_of_their_own_import_and_stay_when_words_are_chosen(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    first, second = (checked(app, desk, [line("1", title, "Atlantis")]) for title in ("Made-up Lamps", "Made-up Trams"))
    press(app, desk, first, "rows", **{"cell-2-C": "Made-up Beta"})
    press(app, desk, second, "columns")
    assert counts(database) == (0, 0, 1), "of the second"
    assert 'name="cell-2-C" value="Atlantis"' in desk.get(second).text
    press(app, desk, second, "rows", **{"cell-2-C": "Lemuria"})
    press(app, desk, first, "columns")
    with database.reading() as session:
        assert session.scalars(select(Import.made).order_by(Import.id)).all() == [1, 0]
    token = fields_in(desk.get(first).text, f"{first}/columns")["csrf_token"]
    assert desk.post(f"{first}/rows", data={"csrf_token": token}).status_code == 303
    wait(app)
    with database.reading() as session:
        assert session.scalars(select(Import.made).order_by(Import.id)).all() == [1, 0]


def test_cells_and_terms_are_corrected_by_one_form_whichever_button_is_pressed(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    path = checked(app, desk, [line("1", "Made-up Lamps", "Atlantis", challenges="Teleports")])
    page = desk.get(path).text
    (form,) = html.document_fromstring(page).xpath("//form[@action=$action]", action=f"{path}/rows")
    assert {"cell-2-C", "word:challenges:teleports"} <= set(form.xpath(".//@name"))
    fields = fields_in(page, f"{path}/rows")
    changed = fields | {"cell-2-C": ["Made-up Beta"], "word:challenges:teleports": ["flooding"]}
    assert desk.post(f"{path}/rows", data=changed).status_code == 303
    wait(app)
    assert counts(database) == (1, 0, 0)


def test_a_row_that_may_exist_is_skipped_says_which_and_can_be_wanted(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    path = checked(app, desk, [line("1", "Made-up Sirens of the Harbour"), line("2", "Made-up Trams")])
    assert counts(database) == (1, 1, 0)
    page = desk.get(path).text
    assert "Skipped: it may exist already" in page
    with database.reading() as session:
        slug = session.scalars(select(Initiative.slug)).one()
    assert f'<a href="/initiatives/{slug}">Made-up Sirens of the harbour</a>' in page
    press(app, desk, path, "rows", **{"wanted-2": "1"})
    assert counts(database) == (2, 0, 0)
    page = desk.get(path).text
    assert 'name="wanted-2" value="1" checked' in page
    press(app, desk, path, "rows", **{"similar": None, "wanted-2": None})
    assert counts(database) == (2, 0, 0), "nothing was said of it"
    press(app, desk, path, "run")
    assert "Made-up Sirens of the Harbour" in titles(database)
    with database.reading() as session:
        assert session.scalars(select(ImportRow.verdict).order_by(ImportRow.number)).all() == ["made", "made"]


def test_a_row_that_is_not_wanted_after_all_is_skipped_again(app: Flask, desk: FlaskClient, database: Database) -> None:
    path = checked(app, desk, [line("1", "Made-up Sirens of the Harbour")])
    press(app, desk, path, "rows", **{"wanted-2": "1"})
    press(app, desk, path, "rows", **{"wanted-2": None})
    assert counts(database) == (0, 1, 0)
    desk.post(f"{path}/run", data={"csrf_token": fields_in(desk.get(path).text, f"{path}/rows")["csrf_token"]})
    wait(app)
    assert titles(database) == {"Made-up Sirens of the harbour"}


@pytest.mark.both_databases
def test_rows_come_a_page_at_a_time_and_each_page_changes_its_own(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    path = checked(app, desk, [line(str(n), f"Lamps {n}", "Atlantis") for n in range(PAGE + 1)])
    assert desk.get(path).text.count('name="cell-') == 3 * PAGE
    press(app, desk, f"{path}?page=2", "rows", **{f"cell-{PAGE + 2}-C": "Made-up Beta"})
    assert counts(database) == (1, 0, PAGE)


def test_all_columns_can_be_shown(app: Flask, desk: FlaskClient) -> None:
    path = checked(app, desk, [line("1", "Lamps", "Atlantis")])
    assert 'name="cell-2-I"' not in desk.get(path).text
    assert 'name="cell-2-I" value="https://example.org/a"' in desk.get(f"{path}?columns=all").text


def test_a_file_without_a_column_for_city_or_title_is_asked_about_and_loses_nothing(
    app: Flask, desk: FlaskClient, database: Database
) -> None:
    heading = ("id", "What", "Where it is", *HEADING[3:])
    path = upload(desk, as_csv([line("1", "Made-up Lamps")], heading=heading), mode="published").location
    page = desk.get(path).text
    assert "Which column holds the title?" in page
    assert "Which column holds the city?" in page
    assert '<option value="C" >C Where it is: Made-up Alpha</option>' in page
    half = press(app, desk, path, "columns", **{"holds-title": "B", "column-E": ""})
    assert half.status_code == 409
    assert "No column holds: City." in half.text
    again = fields_in(half.text, f"{path}/columns")
    assert again["column-B"] == ["title"], "what was chosen is still chosen"
    assert again.get("column-E", [""]) == [""]
    assert desk.post(f"{path}/columns", data=again | {"holds-city": "C"}).status_code == 303
    wait(app)
    assert counts(database) == (0, 0, 1), "the summary was left out, which publishing needs"


def test_what_nobody_may_change_is_refused(app: Flask, desk: FlaskClient, database: Database) -> None:
    path = checked(app, desk, [line("1", "Lamps", "Atlantis"), line("2", "Trams")])
    fields = fields_in(desk.get(path).text, f"{path}/rows")
    assert desk.post(f"{path}/rows", data=fields | {"cell-2-C": "x" * 40_000}).status_code == 409
    assert desk.post(f"{path}/rows", data=fields | {"cell-99-C": "x", "cell-2-ZZ": "x"}).status_code == 303
    wait(app)
    assert counts(database) == (1, 0, 1)
    with database.reading() as session:
        assert not any("ZZ" in cells for cells in session.scalars(select(ImportEdit.cells)))
    press(app, desk, path, "run")
    assert desk.post(f"{path}/rows", data=fields | {"cell-2-C": "Made-up Beta"}).status_code == 409


def test_a_form_that_names_more_rows_than_a_page_has_is_refused(app: Flask, desk: FlaskClient) -> None:
    path = checked(app, desk, [line("1", "Lamps", "Atlantis")])
    token = fields_in(desk.get(path).text, f"{path}/rows")["csrf_token"]
    numbers = [str(number) for number in range(70_000)]
    answer = desk.post(f"{path}/rows", data={"csrf_token": token, "similar": numbers})
    assert answer.status_code == 409
    assert f"There are 70,000 of these; at most {PAGE} are allowed." in answer.text
