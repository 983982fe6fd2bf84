"""Two workers of a real `kb serve` are one site: they share counts, sign-ins and what is saved, and one may die."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select

from kb.alerts import actions
from kb.alerts.models import Alert
from kb.catalogue.models import Initiative
from kb.core.column_types import now
from kb.core.db import Database
from tests.factories import PASSWORD, make_initiative, make_user
from tests.http_server import HttpServer, served, settings, status
from tests.integration.conftest import copy_of
from tests.integration.web.desk.desk_forms import fields_in
from tests.sign_in import token_in
from tests.smtp_server import Mailbox, mailbox
from tests.terminal import kb
from tests.waiting import SECONDS, wait_until

PAGES = 10


@pytest.fixture(scope="module")
def arrived() -> Iterator[Mailbox]:
    with mailbox() as (_url, box):
        yield box


@pytest.fixture(scope="module")
def environment(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, arrived: Mailbox) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("served")
    file = folder / "kb.sqlite3"
    copy_of(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    with database.writing() as session:
        make_user(session, role="editor", email="editor@city.example")
        asked = {"question": "challenge=flooding", "words": "Made-up floods", "language": "en", "frequency": "daily"}
        alert = actions.ask(session, "adviser@city.example", **asked)
        actions.confirm(session, alert)
        alert.due_at = now()
        make_initiative(session, "Made-up thing", slug="made-up-thing", challenges=("flooding",))
    database.dispose()
    changed = {
        "KB_SMTP_URL": arrived.url,
        "KB_MAIL_FROM": "CityPeers <desk@city.example>",
        "KB_WORKERS": "2",
        "KB_RATE_LIMIT": f"{PAGES} per 5 minutes",
        "KB_RATE_LIMIT_EXEMPT": "127.0.0.1",
    }
    return settings(file, folder / "index", folder / "instance", **changed)


@pytest.fixture(scope="module")
def server(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory, arrived: Mailbox
) -> Iterator[HttpServer]:
    with served(environment, tmp_path_factory.mktemp("log") / "stderr") as running:
        wait_until(lambda: len(running.workers) == 2)
        wait_until(lambda: bool(arrived.messages))
        database = Database(environment["DATABASE_URL"])
        # A worker that a test kills while it has claimed the alert would keep it for the length of a claim.
        wait_until(lambda: _told(database) == "waiting")
        database.dispose()
        yield running


def _connected(server: HttpServer, worker: int, source: str = "127.0.0.1") -> socket.socket:
    """A connection that a worker has accepted: the others are stopped for that moment, and hold no lock for long."""
    others = [other for other in server.workers if other != worker]
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        sock = server.connect(source)
        wait_until(lambda: _is_accepted(sock))
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)
    return sock


def _is_accepted(sock: socket.socket) -> bool:
    """Whether a process has the other end, which is a socket without an inode until then."""
    ends = [f"{port:04X}" for _, port in (sock.getpeername(), sock.getsockname())]
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return any([line[1][-4:], line[2][-4:]] == ends and line[9] != "0" for line in lines)


class Browser:
    """Somebody whose cookie goes to whichever worker they ask."""

    def __init__(self, server: HttpServer, source: str = "127.0.0.1") -> None:
        self._server, self._source = server, source
        self._cookie: SimpleCookie = SimpleCookie()

    def ask(self, worker: int, path: str, form: Any = None, **headers: str) -> tuple[int, Message, str]:
        """Status, headers and text of a page, or of the answer to a form, as a worker gives them."""
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=SECONDS)
        with closing(connection):
            connection.sock = _connected(self._server, worker, self._source)
            if self._cookie:
                headers["Cookie"] = self._cookie.output(attrs=[], header="", sep=";").strip()
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = None if form is None else urlencode(form, doseq=True)
            connection.request("GET" if form is None else "POST", path, body, headers)
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", []):
                self._cookie.load(cookie)
            return response.status, response.headers, response.read().decode()


def test_one_of_them_sends_a_mail_that_is_due(server: HttpServer, arrived: Mailbox) -> None:
    (letter,) = arrived.messages
    assert letter["Subject"] == "New in CityPeers: Made-up floods"
    assert "/initiatives/made-up-thing" in letter.get_content()
    end = letter["List-Unsubscribe"].strip("<>")
    assert status(server.get(urlsplit(end).path)) == 200


def _told(database: Database) -> str:
    """The state of the only alert, once it has told what was new."""
    with database.reading() as session:
        alert = session.scalars(select(Alert)).one()
        return alert.state if alert.told_until else ""


def test_what_one_worker_saves_the_other_shows_and_a_sign_in_holds_for_both(server: HttpServer) -> None:
    first, second = server.workers
    form = "/desk/terms/challenge/flooding"
    editor, reader = Browser(server), Browser(server)
    token = token_in(editor.ask(first, "/sign-in")[2])
    sent = {"email": "editor@city.example", "password": PASSWORD, "csrf_token": token}
    assert editor.ask(first, "/sign-in", sent)[0] == 303
    for saving, reading, label in ((first, second, "Made-up one"), (second, first, "Made-up two")):
        fields = fields_in(editor.ask(saving, form)[2], form) | {"label": [label]}
        assert editor.ask(saving, form, fields)[0] == 303
        assert label in reader.ask(reading, "/challenges/flooding")[2]


def test_a_page_of_one_worker_is_unchanged_for_the_other(server: HttpServer) -> None:
    first, second = server.workers
    reader = Browser(server)

    def is_unchanged() -> bool:
        # Asked anew each time: while the index follows what an earlier test saved, the page's ETag changes.
        etag = reader.ask(first, "/about")[1]["ETag"]
        return etag is not None and reader.ask(second, "/about", None, **{"If-None-Match": etag})[0] == 304

    wait_until(is_unchanged)


def test_counts_hold_for_both_together(server: HttpServer) -> None:
    first, second = server.workers
    counted = Browser(server, "127.0.0.2")
    codes = [counted.ask(worker, "/nowhere")[0] for worker in (first, second) for _ in range(PAGES // 2)]
    assert codes == [404] * PAGES
    assert [counted.ask(worker, "/nowhere")[0] for worker in (first, second)] == [429, 429]


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
    wait_until(lambda: len(set(server.workers) - {dead}) == 2)
    (new,) = set(server.workers) - {other}
    reader = Browser(server)
    assert "Made-up newcomer" in reader.ask(new, "/initiatives/made-up-thing")[2]
    wait_until(lambda: "Made-up newcomer" in reader.ask(new, "/search?kind=initiative")[2])
    examined = kb(environment, "doctor").stdout
    assert f"{dead} ended" in examined
    assert "ok      workers: 2 of 2 running: " in examined
    assert all(f"process {worker} uses " in examined for worker in server.workers)
