"""`kb migrate`: the database is brought to the next version while programs of both versions serve it."""

import itertools
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, build_opener

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from alembic import command
from config import Config
from kb.catalogue.models import Initiative
from kb.cli.context import require_usable
from kb.cli.serve import Site
from kb.core.column_types import UTCDateTime
from kb.core.db import Database
from kb.core.errors import Refused
from kb.migrations import running
from kb.migrations.models import Node
from kb.migrations.nodes import ThisNode, running_nodes
from kb.migrations.scripts import Migration, Migrations, alembic_config
from kb.migrations.state import Relation, schema_state
from tests.factories import PASSWORD, make_initiative, make_user
from tests.http_server import HttpServer, served, settings
from tests.integration.web.desk.desk_forms import fields_in
from tests.next_version import ADDITIONS, make_version
from tests.next_version import running as running_version
from tests.sign_in import token_in
from tests.terminal import kb
from tests.waiting import SECONDS, wait_until

EXPAND = ("expand", "initiatives have something made up", "\n".join(ADDITIONS))
CONTRACT = ("contract", "nobody needs the made-up notes", 'op.drop_table("made_up_notes")')
EDITOR = "editor@city.example"
HEAD = Migrations.of_program().head
NEXT, AFTER_NEXT = (f"{int(HEAD) + step:04}" for step in (1, 2))


@pytest.fixture
def database(database: Database) -> Database:
    """As migrations have left it."""
    with database.migrating() as connection:
        command.stamp(alembic_config(connection=connection), "head")
    return database


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Make this process a version of the program with further migrations, or with none."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    numbers = itertools.count()

    def become_version(*migrations: tuple[str, str, str]) -> Path:
        folder = make_version(tmp_path / f"version-{next(numbers)}", *migrations)
        monkeypatch.setattr("kb.migrations.scripts.ROOT", folder)
        return folder

    return become_version


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PAUSES", (0.01,) * 5)


def migrate(database: Database, waited: Callable[[str], object] = print, **options: object) -> list[str]:
    """Migrate, and give what was applied."""
    applied: list[Migration] = []
    running.migrate(
        database,
        applied=applied.append,
        waiting=lambda reason, _seconds: waited(reason),
        **options,  # type: ignore[arg-type] # those of the function
    )
    return [migration.revision for migration in applied]


def settings_of(database: Database, tmp_path: Path) -> dict[str, str]:
    return settings(Path(), tmp_path / "index", tmp_path / "instance") | {
        "DATABASE_URL": database.url.render_as_string(hide_password=False)
    }


@pytest.mark.one_database
def test_an_operator_brings_an_old_database_up_and_is_told_what_was_done(
    database: Database, become: Callable[..., Path], tmp_path: Path
) -> None:
    environment = settings_of(database, tmp_path)
    assert kb(environment, "migrate").stdout == f"database: version {HEAD}, nothing to do\n"
    become(EXPAND, CONTRACT)
    ended = kb(environment, "migrate")
    assert (ended.returncode, ended.stderr, ended.stdout.splitlines()) == (
        0,
        "",
        [
            f"migration {NEXT} (expand): initiatives have something made up",
            f"database: version {NEXT}, before {HEAD}",
            f"left: {AFTER_NEXT}; run `kb migrate --contract` once no older version of the program runs",
        ],
    )
    ended = kb(environment, "migrate", "--contract")
    assert (ended.returncode, ended.stdout.splitlines()) == (
        0,
        [
            f"migration {AFTER_NEXT} (contract): nobody needs the made-up notes",
            f"database: version {AFTER_NEXT}, before {NEXT}",
        ],
    )


def test_an_empty_database_gets_all_migrations_at_once(become: Callable[..., Path], tmp_path: Path) -> None:
    become(EXPAND, CONTRACT)
    empty = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert schema_state(empty).relation is Relation.BEHIND
    with pytest.raises(Refused, match="is empty: run `kb seed` first"):
        require_usable(schema_state(empty))
    assert migrate(empty)[-1] == AFTER_NEXT
    assert schema_state(empty).relation is Relation.CURRENT
    empty.dispose()


def test_each_version_of_the_program_knows_whether_it_may_run(database: Database, become: Callable[..., Path]) -> None:
    assert schema_state(database).relation is Relation.CURRENT
    become(EXPAND, CONTRACT)
    state = schema_state(database)
    assert (state.relation, state.can_run) == (Relation.BEHIND, False)
    with pytest.raises(Refused, match="run `kb migrate` first"):
        require_usable(state)

    assert migrate(database) == [NEXT]
    state = schema_state(database)
    assert (state.here, state.relation, state.can_run) == (NEXT, Relation.EXPANDED, True)
    become()
    state = schema_state(database)
    assert (state.here, state.relation, state.can_run) == (NEXT, Relation.AHEAD, True)
    require_usable(state)

    become(EXPAND, CONTRACT)
    assert migrate(database, contract=True) == [AFTER_NEXT]
    assert schema_state(database).relation is Relation.CURRENT
    become(EXPAND)
    state = schema_state(database)
    assert (state.relation, state.can_run) == (Relation.TOO_NEW, False)
    with pytest.raises(Refused, match=f"version {AFTER_NEXT}, which is too new"):
        require_usable(state)


def test_a_newer_database_without_word_of_who_may_run_is_too_new(database: Database) -> None:
    with database.migrating() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'made-up'"))
        connection.execute(text("DROP TABLE schema_compatibility"))
    assert schema_state(database).relation is Relation.TOO_NEW


@pytest.mark.one_database
def test_commands_of_an_older_program_refuse_in_one_line_and_change_nothing(
    database: Database, become: Callable[..., Path], tmp_path: Path
) -> None:
    environment = settings_of(database, tmp_path)
    become(EXPAND, CONTRACT)
    migrate(database, contract=True)
    become()
    for words in (("migrate",), ("migrate", "--contract"), ("seed",), ("serve",)):
        ended = kb(environment, *words)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
        assert f"The database has version {AFTER_NEXT}, which is" in ended.stderr
    assert schema_state(database).here == AFTER_NEXT


@pytest.mark.one_database
def test_an_older_program_that_is_installed_again_starts_by_the_same_steps(
    database: Database, become: Callable[..., Path], tmp_path: Path
) -> None:
    environment = settings_of(database, tmp_path)
    become(EXPAND)
    migrate(database)
    become()
    seeded = kb(environment, "seed")
    assert (seeded.returncode, seeded.stdout) == (
        0,
        f"database: version {NEXT}, newer than this program, which can still run on it; nothing was changed\n",
    )
    require_usable(schema_state(database))


def test_what_older_nodes_need_is_not_removed_while_one_runs(database: Database, become: Callable[..., Path]) -> None:
    old = ThisNode.at(8001, "0.1.0")
    old.sign_on(database)
    become(EXPAND, CONTRACT)
    new = ThisNode.at(8002, "0.2.0")
    assert (old.revision, new.revision) == (HEAD, AFTER_NEXT)
    new.sign_on(database)
    assert migrate(database) == [NEXT]
    with pytest.raises(Refused, match=r"An older version runs on \S+:8001 \(seen \d+ s ago\), which migration"):
        migrate(database, contract=True)
    assert schema_state(database).here == NEXT

    old.sign_off(database)
    assert migrate(database, contract=True) == [AFTER_NEXT]


@pytest.mark.one_database
def test_a_node_that_ends_makes_no_new_database_where_the_file_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "gone.sqlite3"
    site = Site(Config(database_url=f"sqlite:///{file}"), ThisNode.at(8001, "0.1.0"))
    site.cfg.on_exit(None)
    assert not file.exists()


def test_a_node_that_was_killed_counts_for_two_minutes(database: Database, become: Callable[..., Path]) -> None:
    old = ThisNode.at(8001, "0.1.0")
    old.sign_on(database)
    become(EXPAND, CONTRACT)
    migrate(database)
    _seen(database, seconds=100)
    with pytest.raises(Refused, match=r"seen 10\d s ago"):
        migrate(database, contract=True)
    _seen(database, seconds=121)
    assert migrate(database, contract=True) == [AFTER_NEXT]


def _seen(database: Database, seconds: int) -> None:
    """Let the only node have been seen so long ago, by the clock of the database."""
    with database.writing() as session:
        present = session.scalars(select(func.current_timestamp(type_=UTCDateTime))).one()
        session.execute(update(Node).values(seen_at=present - timedelta(seconds=seconds)))


def test_a_node_says_regularly_that_it_runs(database: Database) -> None:
    node, stop = ThisNode.at(8001, "0.1.0"), threading.Event()
    node.sign_on(database)
    _seen(database, seconds=86_000)
    signing = threading.Thread(target=node.sign_on_regularly, args=(database, stop, 0.01))
    signing.start()
    try:
        wait_until(lambda: _ages(database)[0] < 60)
    finally:
        stop.set()
        signing.join()
    _seen(database, seconds=86_500)
    other = ThisNode.at(8002, "0.1.0")
    other.sign_on(database)
    with database.engine.connect() as connection:
        assert [running_node.name for running_node in running_nodes(connection)] == [other.name]
    assert len(_ages(database)) == 1, "a node not seen for a day is forgotten"


def _ages(database: Database) -> list[float]:
    with database.reading() as session:
        present = session.scalars(select(func.current_timestamp(type_=UTCDateTime))).one()
        return [(present - seen_at).total_seconds() for seen_at in session.scalars(select(Node.seen_at))]


def test_a_migration_that_fails_leaves_nothing_half_done(database: Database, become: Callable[..., Path]) -> None:
    become(EXPAND, ("expand", "fails", f'{ADDITIONS[1].replace("made_up_text", "half")}\nop.execute("made up")'))
    with pytest.raises(SQLAlchemyError, match="syntax error"):
        migrate(database)
    with database.reading() as session:
        columns = {column["name"] for column in inspect(session.connection()).get_columns("initiatives")}
    assert schema_state(database).here == NEXT
    assert "made_up_text" in columns
    assert "half" not in columns


@pytest.mark.one_database
def test_rows_that_point_to_nothing_are_one_line_and_change_nothing(
    database: Database, become: Callable[..., Path], tmp_path: Path
) -> None:
    with sqlite3.connect(str(database.file)) as connection:
        connection.execute("INSERT INTO challenge_categories (challenge_code, label) VALUES ('made-up', 'Made-up')")
    connection.close()
    become(EXPAND)
    ended = kb(settings_of(database, tmp_path), "migrate")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "would point to nothing" in ended.stderr
    assert schema_state(database).here == HEAD


@pytest.mark.one_database
def test_a_database_that_is_not_there_or_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    environment = settings(tmp_path / "folder", tmp_path / "index", tmp_path / "instance")
    (tmp_path / "folder").mkdir()
    gone = {"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/none"}
    for changed, reason in (({}, "unable to open database file"), (gone, "connection")):
        ended = kb(environment | changed, "migrate")
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
        assert reason in ended.stderr


def test_two_operators_at_once_apply_each_migration_once(
    database: Database, become: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAUSES", (0.05,) * 500)
    become(EXPAND, ("expand", "one more column", ADDITIONS[1].replace("made_up_text", "one_more")))
    applied: list[list[str]] = [[], []]
    threads = [
        threading.Thread(target=lambda mine=mine: mine.extend(migrate(database, lambda _reason: None)))  # type: ignore[misc] # bound now
        for mine in applied
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied[0] + applied[1]) == [NEXT, AFTER_NEXT]


def test_a_migration_waits_while_another_is_at_work(postgresql: Database, become: Callable[..., Path]) -> None:
    become(EXPAND)
    with postgresql.engine.connect() as other:
        other.execute(text(f"SELECT pg_advisory_xact_lock({running._LOCK_KEY})"))

        def waited(reason: str) -> None:
            assert reason == "another `kb migrate` is at work"
            other.rollback()

        assert migrate(postgresql, waited) == [NEXT]


def test_a_table_in_use_is_waited_for_in_turns_and_given_up_in_one_line(
    postgresql: Database, become: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LOCK_SECONDS", 0.05)
    become(EXPAND)
    with postgresql.engine.connect() as reader:
        reader.execute(select(Initiative.id))
        reasons: list[str] = []
        with pytest.raises(Refused, match=f"has version {HEAD}, and nothing is half done") as refused:
            migrate(postgresql, reasons.append)
        assert reasons == ["canceling statement due to lock timeout"] * len(running.PAUSES)
        assert str(refused.value).count("\n") == 0

        def waited(_reason: str) -> None:
            # Whoever reads is not held up between two tries.
            with postgresql.reading() as session:
                session.execute(text("SET LOCAL statement_timeout = '10s'"))
                session.execute(select(Initiative.id))
            reader.rollback()

        assert migrate(postgresql, waited) == [NEXT]


def test_a_statement_that_takes_too_long_is_given_up(postgresql: Database, become: Callable[..., Path]) -> None:
    become(("expand", "takes long", f'{ADDITIONS[1]}\nop.execute("SELECT pg_sleep(60)")'))
    with pytest.raises(Refused, match=f"{NEXT} was stopped: a statement took longer than 1 seconds"):
        migrate(postgresql, statement_seconds=1)
    assert schema_state(postgresql).here == HEAD


@pytest.fixture
def postgresql(postgresql_database: Database) -> Database:
    """A PostgreSQL database as migrations have left it."""
    with postgresql_database.migrating() as connection:
        command.stamp(alembic_config(connection=connection), "head")
    return postgresql_database


_PAUSE = 0.05
"""Seconds between two things that somebody does, so that the server is not all that the machine does."""


class Visitor(Protocol):
    """Somebody whose browser keeps its cookie."""

    def ask(self, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
        """The status and the text of a page, or of the answer to a form."""


class VisitorOfApp:
    """A visitor of an application in this process."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def ask(self, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
        answer = self._client.get(path) if form is None else self._client.post(path, data=form)
        return answer.status_code, answer.text


class VisitorOfServer:
    """A visitor of a server."""

    def __init__(self, server: HttpServer) -> None:
        self._site = f"http://127.0.0.1:{server.port}"
        self._opener = build_opener(HTTPCookieProcessor(), NoRedirect())

    def ask(self, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
        body = None if form is None else urlencode(form, doseq=True).encode()
        try:
            with self._opener.open(self._site + path, body, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Let the answer be what it is."""


class Load:
    """Somebody who reads at a server and somebody who writes, while the block lasts, and what failed for them."""

    def __init__(self, visitors: Sequence[Visitor], term: str = "flooding") -> None:
        self._form = f"/desk/terms/challenge/{term}"
        self.failed: list[str] = []
        self.read = self.written = 0
        self._stop = threading.Event()
        acts = (self._read, self._write)
        self._threads = [threading.Thread(target=self._repeat, args=pair) for pair in zip(acts, visitors, strict=True)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def go_on(self) -> None:
        """Wait until more was read and written."""
        read, written = self.read + 6, self.written + 2
        wait_until(lambda: self.failed or (self.read > read and self.written > written))

    def _repeat(self, act: Callable[[Visitor], None], visitor: Visitor) -> None:
        sent = {"email": EDITOR, "password": PASSWORD, "csrf_token": token_in(visitor.ask("/sign-in")[1])}
        self._expect(303, "/sign-in", visitor.ask("/sign-in", sent))
        while not self._stop.wait(_PAUSE) and not self.failed:
            act(visitor)

    def _read(self, visitor: Visitor) -> None:
        for path in ("/initiatives/made-up", "/challenges/flooding"):
            self._expect(200, path, visitor.ask(path))
            self.read += 1

    def _write(self, visitor: Visitor) -> None:
        fields = fields_in(visitor.ask(self._form)[1], self._form) | {"gist": [f"Made-up {self.written}"]}
        self._expect(303, self._form, visitor.ask(self._form, fields))
        self.written += 1

    def _expect(self, status: int, path: str, answer: tuple[int, str]) -> None:
        if answer[0] != status:
            self.failed.append(f"{path}: {answer[0]}")


def test_nobody_who_reads_or_writes_by_an_older_program_notices_the_migration(
    database: Database, app: Flask, become: Callable[..., Path]
) -> None:
    prepare(database)
    with Load([VisitorOfApp(app) for _ in range(2)]) as load:
        load.go_on()
        become(EXPAND)
        assert migrate(database) == [NEXT]
        load.go_on()
    assert load.failed == []


@pytest.mark.skipif("KB_TEST_TWO_VERSIONS" not in os.environ, reason="takes long: CONTRIBUTING.md")
@pytest.mark.slow
def test_servers_of_both_versions_serve_a_database_while_it_is_migrated(
    postgresql: Database, become: Callable[..., Path], tmp_path: Path
) -> None:
    prepare(postgresql)
    with ExitStack() as of_old:
        old = of_old.enter_context(served(settings_of(postgresql, tmp_path / "old"), tmp_path / "old.log"))
        older = of_old.enter_context(Load([VisitorOfServer(old) for _ in range(2)]))
        older.go_on()
        next_version = become(EXPAND, CONTRACT)
        assert migrate(postgresql) == [NEXT]
        older.go_on()
        with postgresql.writing() as session:
            make_initiative(session)

        environment = running_version(settings_of(postgresql, tmp_path / "new"), next_version)
        with (
            served(environment, tmp_path / "new.log") as new,
            Load([VisitorOfServer(new) for _ in range(2)], term="heat") as newer,
        ):
            newer.go_on()
            older.go_on()
            with pytest.raises(Refused, match=rf"An older version runs on \S+:{old.port} "):
                migrate(postgresql, contract=True)
            of_old.close()
            assert migrate(postgresql, contract=True) == [AFTER_NEXT]
            newer.go_on()
    assert older.failed + newer.failed == []
    with postgresql.reading() as session:
        assert session.scalars(text("SELECT made_up_number FROM initiatives ORDER BY id")).all() == [8, 7]


def prepare(database: Database) -> None:
    with database.writing() as session:
        make_user(session, role="editor", email=EDITOR)
        make_initiative(session, slug="made-up", challenges=("flooding",))
