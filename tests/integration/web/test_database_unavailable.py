"""A database that is down, read-only, full or locked for too long: 503 with a plain page, and one line of log."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from config import Config
from kb.accounts.actions import record_audit_event
from kb.app import create_app
from kb.core.database_errors import DatabaseUnavailable
from kb.core.db import Database, Model
from kb.web.site import health
from tests import postgresql
from tests.factories import PASSWORD, make_city, make_terms, make_user
from tests.forum_factories import make_dialogue
from tests.log_capture import captured_logs
from tests.sign_in import signed_in, token_in

pytestmark = pytest.mark.both_databases

READS = ("/", "/search?q=flood", "/cities/made-up", "/goals.csv", "/forum/made-up")
POLLS = ("/f/{code}", "/f/{code}/now", "/f/{code}/mine", "/forum/made-up/screen/now")
BY_SCRIPT = ("/suggest?q=made", "/places.json?q=made")
SIGNED_IN = ("/sign-in", "/desk", "/desk/people", "/no-such-page", "/static/no-such-file")
"""Pages that ask who is signed in, the page of an error among them."""


class Site:
    """An application, people before it, and a way to keep its database from working."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app = app
        with database.writing() as session:
            make_city(session, slug="made-up")
            forum_session = make_dialogue(session, "made-up", state="live")
            session.flush()
            self.code = forum_session.short_code
            person = make_user(session, "administrator", name="Made-up Person")
        self.email = person.email
        self.visitor, self.person = app.test_client(), signed_in(app.test_client(), person)
        self.tokens = {id(client): token_in(client.get("/sign-in").text) for client in (self.visitor,)}
        self.tokens[id(self.person)] = token_in(self.person.get("/account").text)
        self.visitor.get(f"/f/{self.code}")

    @property
    def database(self) -> Database:
        """The database of the application."""
        return self.app.extensions["kb_database"]

    def sent(self, client: FlaskClient, path: str, **fields: str) -> Any:
        """The answer to a form."""
        return client.post(path, data={"csrf_token": self.tokens[id(client)], **fields})

    def writes(self) -> list[Any]:
        """The answers to forms that write, and to a sign-in."""
        return [
            self.sent(self.person, "/account/name", name="A longer made-up name"),
            self.sent(self.visitor, "/sign-in", email=self.email, password=PASSWORD),
            self.sent(self.visitor, "/sign-in/forgotten", email=self.email),
            self.sent(self.visitor, f"/f/{self.code}/ask", text="What did it cost, and who paid?"),
        ]

    def reads(self) -> list[Any]:
        """The answers to pages and polls."""
        visited = [self.visitor.get(path.format(code=self.code)) for path in READS + POLLS + BY_SCRIPT]
        return visited + [self.person.get(path) for path in SIGNED_IN]


@pytest.fixture
def site(app: Flask, sqlite_database: Database) -> Site:
    """A site over SQLite, which can be broken in more ways than PostgreSQL."""
    return Site(app, sqlite_database)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The kind that these tests break."""
    return sqlite_database


@contextmanager
def on_connect(database: Database, *pragmas: str) -> Iterator[None]:
    """Give every connection that the application uses meanwhile these pragmas."""

    def prepare(raw: sqlite3.Connection, *_: object) -> None:
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}").close()

    database.dispose()
    event.listen(database.engine, "connect", prepare)
    try:
        yield
    finally:
        event.remove(database.engine, "connect", prepare)
        database.dispose()


@contextmanager
def gone(database: Database) -> Iterator[None]:
    """Take the folder of the database away."""
    folder = Path(database.url.database or "").parent
    database.dispose()
    away = folder.rename(folder.with_name("away"))
    try:
        yield
    finally:
        away.rename(folder)


def assert_unavailable(answer: Any) -> None:
    """A page for people, or words for a script, that says what to do; and when to come back."""
    assert answer.status_code == 503, answer.request.path
    assert int(answer.headers["Retry-After"]) > 0
    assert "SELECT" not in answer.text
    if answer.mimetype == "application/json":
        assert answer.json["error"]
    else:
        assert "Please try again" in answer.text
        assert "Made-up Person" not in answer.text


def assert_one_line_each(lines: list[str], answers: list[Any]) -> None:
    """One line for each answer, without statements and values."""
    assert len(lines) == len(answers), "\n".join(lines)
    for line in lines:
        assert "[warning" in line
        for secret in (" FROM ", " INTO ", "parameters", "made-up-name", "longer", "@city.example", "What did it cost"):
            assert secret not in line


def test_every_kind_of_page_says_so_while_the_database_is_gone(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with captured_logs(capsys) as lines, gone(site.database):
        answers = site.reads() + site.writes()
        assert site.visitor.get("/readyz").status_code == 503
        written = [line for line in lines() if "not ready" not in line]
    for answer in answers:
        assert_unavailable(answer)
    assert_one_line_each(written, answers)
    assert {answer.status_code for answer in site.reads()} == {200, 302, 404}
    assert site.sent(site.person, "/account/name", name="Made-up Name").status_code == 303


def test_pages_are_read_and_forms_come_back_while_nothing_can_be_written(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with captured_logs(capsys) as lines, on_connect(site.database, "query_only=ON"):
        assert {answer.status_code for answer in site.reads()} == {200, 302, 404}
        assert site.visitor.get("/readyz").status_code == 503
        assert [line for line in lines() if "not ready" not in line] == []
        answers = site.writes()
        written = lines()
    for answer in answers:
        assert_unavailable(answer)
    assert "A longer made-up name" in answers[0].text
    assert_one_line_each(written, answers)


def test_a_full_disk_is_told_and_keeps_nothing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    # It cannot be less than it is, so the next page that is needed is the first too many.
    with captured_logs(capsys) as lines, on_connect(site.database, "max_page_count=1"):
        with pytest.raises(DatabaseUnavailable, match="full"):
            for _ in range(1_000):
                with site.database.writing() as session:
                    record_audit_event(session, None, "made-up")
        assert {answer.status_code for answer in site.reads()} == {200, 302, 404}
        assert site.visitor.get("/readyz").status_code == 503
        lines()
        answer = site.sent(site.person, "/account/name", name="A longer made-up name")
        assert_one_line_each(lines(), [answer])
    assert_unavailable(answer)
    assert "A longer made-up name" in answer.text
    assert site.sent(site.person, "/account/name", name="A longer made-up name").status_code == 303


@pytest.mark.parametrize("is_gone", [False, True], ids=["read-only", "gone"])
def test_this_browser_forgets_whoever_signs_out_also_while_nothing_can_be_written(site: Site, is_gone: bool) -> None:
    with gone(site.database) if is_gone else on_connect(site.database, "query_only=ON"):
        answer = site.sent(site.person, "/sign-out")
    assert_unavailable(answer)
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert site.person.get("/account").status_code == 302


def test_a_file_that_was_taken_away_while_it_is_open_makes_the_site_unready(site: Site, tmp_path: Path) -> None:
    file = Path(site.database.url.database or "")
    site.visitor.get("/")
    file.rename(tmp_path / "elsewhere")
    assert site.visitor.get("/readyz").status_code == 503
    (tmp_path / "elsewhere").rename(file)


@pytest.mark.parametrize("is_empty", [False, True])
def test_a_file_that_was_deleted_is_told_like_any_other_outage_and_is_not_made_anew(
    site: Site, capsys: pytest.CaptureFixture[str], is_empty: bool
) -> None:
    file = Path(site.database.url.database or "")
    for part in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        part.unlink(missing_ok=True)
    if is_empty:
        file.touch()
    with captured_logs(capsys) as lines:
        answers = site.reads() + site.writes()
        written = lines()
        assert site.visitor.get("/readyz").status_code == 503
    for answer in answers:
        assert_unavailable(answer)
    assert_one_line_each(written, answers)
    assert file.exists() is is_empty


def test_what_is_written_goes_into_the_file_that_is_there_now(site: Site, tmp_path: Path) -> None:
    file = Path(site.database.url.database or "")
    site.database.checkpoint()
    file.rename(tmp_path / "before")
    shutil.copy(tmp_path / "before", file)
    for suffix in ("-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    assert site.sent(site.person, "/account/name", name="A longer made-up name").status_code == 303
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("SELECT 1 FROM users WHERE name = 'A longer made-up name'").fetchone()


def test_a_disk_with_little_space_left_makes_the_site_unready(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.visitor.get("/readyz").status_code == 200
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr("kb.core.sqlite.LEAST_FREE_BYTES", 2**63)
    assert site.visitor.get("/readyz").status_code == 503


def test_a_lock_that_others_hold_for_too_long_is_told_and_ends(
    site: Site, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with captured_logs(capsys) as lines, on_connect(site.database, "busy_timeout=10"):
        with database.writing() as others:
            others.connection()
            assert {answer.status_code for answer in site.reads()} == {200, 302, 404}
            assert site.visitor.get("/readyz").status_code == 503
            lines()
            answers = site.writes()
            written = lines()
        for answer in answers:
            assert answer.status_code == 503
            assert "Other people were using the site at the same time" in answer.text
            assert int(answer.headers["Retry-After"]) > 0
        assert_one_line_each(written, answers)
        assert site.sent(site.person, "/account/name", name="A longer made-up name").status_code == 303


def test_asking_whether_it_is_ready_is_no_load(site: Site) -> None:
    asked: list[str] = []
    event.listen(site.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert [site.visitor.get("/readyz").status_code for _ in range(20)] == [200] * 20
    assert len(asked) < 15


def test_a_database_that_never_answers_is_told_to_those_who_ask_meanwhile(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    assert site.visitor.get("/readyz").status_code == 200
    looks, goes_on = threading.Event(), threading.Event()

    def hang(_database: Database) -> None:
        looks.set()
        goes_on.wait(30)

    monkeypatch.setattr(Database, "why_unwritable", hang)
    asking = threading.Thread(target=lambda: site.app.test_client().get("/readyz"))
    asking.start()
    try:
        assert looks.wait(30)
        assert site.visitor.get("/readyz").status_code == 200, "it may still answer"
        monkeypatch.setattr(health, "ANSWER_SECONDS", 0.0)
        assert site.visitor.get("/readyz").status_code == 503
    finally:
        goes_on.set()
        asking.join()


def test_no_lock_is_left_behind_by_asking_whether_it_is_ready(site: Site, database: Database) -> None:
    assert site.visitor.get("/readyz").status_code == 200
    with database.writing() as session:
        session.execute(text("PRAGMA busy_timeout=0"))
        make_user(session)


@pytest.fixture
def site_over(tmp_path: Path) -> Iterator[Callable[[Database], Site]]:
    """Make a site over a database; its connections are closed when the test ends, however it ends."""
    made: list[Site] = []

    def make(database: Database) -> Site:
        url = database.url.render_as_string(hide_password=False)
        made.append(Site(create_app(Config(database_url=url, search_index=tmp_path, development=True)), database))
        return made[-1]

    yield make
    for site in made:
        site.database.dispose()


@pytest.fixture
def own_cluster() -> Iterator[tuple[str, Callable[[], None]]]:
    """A PostgreSQL of this test's own, as a URL, and what stops it at once."""
    with postgresql.cluster() as pattern:
        yield pattern.format(name="postgres"), lambda: postgresql.stop(pattern)


@pytest.mark.postgresql
def test_every_kind_of_page_says_so_while_postgresql_is_down(
    own_cluster: tuple[str, Callable[[], None]],
    site_over: Callable[[Database], Site],
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, stop = own_cluster
    database = Database(url)
    Model.metadata.create_all(database.engine)
    with database.writing() as session:
        make_terms(session)
    site = site_over(database)
    database.dispose()
    assert site.visitor.get("/readyz").status_code == 200
    with captured_logs(capsys) as lines:
        stop()
        answers = site.reads() + site.writes()
        written = lines()
    for answer in answers:
        assert_unavailable(answer)
    assert_one_line_each(written, answers)


@pytest.mark.postgresql
def test_pages_are_read_and_forms_come_back_while_postgresql_only_reads(
    postgresql_database: Database, site_over: Callable[[Database], Site], capsys: pytest.CaptureFixture[str]
) -> None:
    site = site_over(postgresql_database)
    with postgresql_database.writing() as session:
        name = postgresql_database.url.database
        session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    site.database.dispose()
    with captured_logs(capsys) as lines:
        assert {answer.status_code for answer in site.reads()} == {200, 302, 404}
        assert site.visitor.get("/readyz").status_code == 503
        assert [line for line in lines() if "not ready" not in line] == []
        answers = site.writes()
        written = lines()
    for answer in answers:
        assert_unavailable(answer)
    assert_one_line_each(written, answers)
