"""What is refused is told in the reader's language, on page and terminal, with its values in the sentence."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from kb.alerts.models import Alert
from kb.alerts.sending import News
from kb.catalogue.entries import EntryKind
from kb.cli import context as terminal
from kb.core.db import Database
from kb.core.errors import Refused
from kb.importing.readers import read_table
from kb.web.alerts.emails import written_outside_requests
from kb.web.core import language
from tests.factories import make_initiative, make_user
from tests.sign_in import signed_in, token_in

SPANISH = {
    "The file is %(what)s, not a table: save it as an Excel workbook (.xlsx) or as CSV.": "El archivo es %(what)s.",
    "a PDF": "un PDF",
    "Initiative": "Iniciativa",
    "New in CityPeers: %(words)s": "Nuevo en CityPeers: %(words)s",
    "There is no column %(letter)s.": "Falta la columna %(letter)s.",
}


@pytest.fixture
def spanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A translation into Spanish is there, of three sentences; whatever was remembered without it is forgotten."""
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    messages = Catalog("es")
    for english, said in SPANISH.items():
        messages.add(english, said)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, messages)
    remembered = (language.languages, language._in_language, language._as_markup, terminal._messages)
    for module in (language, terminal):
        monkeypatch.setattr(module, "TRANSLATIONS", tmp_path)
    monkeypatch.setenv("LANGUAGE", "es")
    for one in remembered:
        one.cache_clear()
    yield
    for one in remembered:
        one.cache_clear()


def test_a_file_that_is_no_table_is_refused_in_spanish(spanish: None, app_with, database: Database) -> None:
    with database.writing() as session:
        editor = make_user(session, role="editor")
    desk = signed_in(app_with().test_client(), editor)
    page = "/desk/imports"
    sent = {"file": (io.BytesIO(b"%PDF-1.7"), "made-up.csv"), "csrf_token": token_in(desk.get(page).text)}
    answer = desk.post(page, data=sent, headers={"Accept-Language": "es"})
    assert (answer.status_code, "El archivo es un PDF." in answer.text) == (422, True)
    sent = {"file": (io.BytesIO(b"title,city\nA,B\n"), "made-up.csv"), "csrf_token": token_in(desk.get(page).text)}
    path = desk.post(page, data=sent).location
    chosen = {"column-Z": "title", "csrf_token": token_in(desk.get(path).text)}
    answer = desk.post(f"{path}/columns", data=chosen, headers={"Accept-Language": "es"})
    assert (answer.status_code, "Falta la columna Z." in answer.text) == (409, True)


def test_the_terminal_says_it_in_the_language_of_its_environment(spanish: None) -> None:
    with pytest.raises(Refused) as refused:
        read_table(io.BytesIO(b"%PDF-1.7"), "made-up.csv")
    assert terminal.message_text(refused.value.message) == "El archivo es un PDF."
    assert str(refused.value).startswith("The file is a PDF, not a table")


def test_a_mail_about_new_entries_is_in_the_language_of_whoever_asked_for_it(
    spanish: None, app_with, database: Database
) -> None:
    alert = Alert(id=1, stamp="made-up", email="a@city.example", question="q=dyke", words="“dyke”", language="es")
    with database.writing() as session:
        dyke = make_initiative(session, "Made-up dyke")
        told = News([((EntryKind.INITIATIVE, dyke.id), dyke)], 0, is_repeated=False)
        message = written_outside_requests(app_with(site_url="https://peers.example"), alert, told)
    assert message.subject == "Nuevo en CityPeers: “dyke”"
    assert "\nIniciativa · " in message.text
    assert f"\nhttps://peers.example/initiatives/{dyke.slug}\n" in message.text
