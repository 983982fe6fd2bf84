"""Two workers of a real `kb serve` are one site: they share counts, sign-ins and what is saved, and one may die."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select

from config import ROOT
from kb.catalogue.models import Initiative
from kb.core.db import Database
from tests.factories import PASSWORD, make_initiative, make_user
from tests.http_server import SECONDS, HttpServer, received, served, settings, status, until
from tests.integration.web.desk.desk_forms import fields_in
from tests.sign_in import token_in
from tests.terminal import kb

PAGES = 30


@pytest.fixture(scope="module")
def environment(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("served")
    file = folder / "kb.sqlite3"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    migrations = ScriptDirectory.from_config(AlembicConfig(ROOT / "alembic.ini"))
    with database.engine.begin() as connection:
        MigrationContext.configure(connection).stamp(migrations, "head")
    with database.writing() as session:
        make_user(session, role="editor", email="editor@city.example")
        make_initiative(session, "Made-up thing", slug="made-up-thing", challenges=("flooding",))
    database.dispose()
    changed = {"KB_WORKERS": "2", "KB_RATE_LIMIT": f"{PAGES} per 5 minutes", "KB_RATE_LIMIT_EXEMPT": "127.0.0.1"}
    return settings(file, folder / "index", folder / "instance", **changed)


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    with served(environment, tmp_path_factory.mktemp("log") / "stderr") as running:
        until(lambda: len(running.workers) == 2)
        yield running


@contextmanager
def _paused(*workers: int) -> Iterator[None]:
    """Let workers answer nothing while the block lasts, so that others do."""
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


def _page(person: requests.Session, server: HttpServer, path: str, form: Any = None) -> requests.Response:
    """A page, over a connection of its own; or what follows a form."""
    address = f"http://127.0.0.1:{server.port}{path}"
    method = "GET" if form is None else "POST"
    return person.request(method, address, data=form, headers={"Connection": "close"}, timeout=SECONDS)


def test_what_one_worker_saves_the_other_shows_and_a_sign_in_holds_for_both(server: HttpServer) -> None:
    first, second = server.workers
    form = "/desk/terms/challenge/flooding"
    with requests.Session() as editor, requests.Session() as reader:
        with _paused(second):
            token = token_in(_page(editor, server, "/sign-in").text)
            sent = {"email": "editor@city.example", "password": PASSWORD, "csrf_token": token}
            assert _page(editor, server, "/sign-in", sent).status_code == 200
        for saving, reading, label in ((first, second, "Made-up one"), (second, first, "Made-up two")):
            with _paused(reading):
                fields = fields_in(_page(editor, server, form).text, form) | {"label": [label]}
                assert _page(editor, server, form, fields).status_code == 200
            with _paused(saving):
                assert label in _page(reader, server, "/challenges/flooding").text


def test_counts_hold_for_both_together(server: HttpServer) -> None:
    first, second = server.workers
    codes = []
    for other in (first, second):
        with _paused(other):
            codes.append([status(_nowhere(server)) for _ in range(PAGES // 2)])
    assert codes == [[404] * (PAGES // 2)] * 2
    for other in (first, second):
        with _paused(other):
            assert status(_nowhere(server)) == 429


def _nowhere(server: HttpServer) -> bytes:
    """The answer to somebody whose pages are counted."""
    with server.connect("127.0.0.2") as sock:
        sock.sendall(b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return received(sock)


def test_when_a_worker_dies_the_other_answers_and_one_takes_its_place(
    server: HttpServer, environment: dict[str, str]
) -> None:
    dead, other = server.workers
    os.kill(dead, signal.SIGKILL)
    assert status(server.get("/about")) == 200
    database = Database(environment["DATABASE_URL"])
    with database.writing() as session:
        session.scalars(select(Initiative)).one().title = "Made-up newcomer"
    database.dispose()
    until(lambda: len(set(server.workers) - {dead}) == 2)
    with _paused(other):
        assert b"Made-up newcomer" in server.get("/initiatives/made-up-thing")
        until(lambda: b"Made-up newcomer" in server.get("/search?kind=initiative"))
    examined = kb(environment, "doctor").stdout
    assert "ok      workers: 2 of 2 running: " in examined
    assert all(f"{worker} with " in examined for worker in server.workers)
    assert f"{dead} ended" in examined
