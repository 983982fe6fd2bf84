"""`kb doctor`: each check is a line that says whether all is well and what to do; none of them hangs."""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text, update

from alembic import command
from config import Config
from kb.backup.service import new_key_file
from kb.catalogue.models import Change
from kb.cli import doctor
from kb.cli.context import Context
from kb.cli.doctor import catalogue, files, services
from kb.cli.doctor.lines import Check, Line
from kb.cli.doctor.services import certificate_lines
from kb.cli.file_modes import tighten
from kb.core.column_types import now
from kb.core.db import Database
from kb.migrations.nodes import ThisNode
from kb.migrations.scripts import Migrations, alembic_config
from kb.search import indexing
from tests.factories import make_city
from tests.smtp_server import NAME, PASSWORD, free_port, guarded_mailbox
from tests.terminal import kb
from tests.tls_servers import (
    begin_as_smtp,
    certificate,
    go_on_as_smtp,
    server_tls,
    speak_as_smtp,
    tls_server,
)
from tests.waiting import wait_until

HEAD = Migrations.of_program().head


def told(lines: Iterable[Line]) -> list[str]:
    return [str(line) for line in lines]


def configured(**settings: object) -> Context:
    return Context(replace(Config(development=True), **settings))  # type: ignore[arg-type] # those of Config


@pytest.fixture
def database(database: Database) -> Database:
    """As migrations have left it."""
    with database.migrating() as connection:
        command.stamp(alembic_config(connection=connection), "head")
    return database


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CONNECT_SECONDS", 0.3)


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_monitor_reads_the_lines_as_json_and_only_a_problem_ends_it_non_zero(
    migrated: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep" / "kb.sqlite3").chmod(0o600)
    newer = Database(migrated["DATABASE_URL"])
    with newer.migrating() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'next'"))
    indexing.rebuild(newer, tmp_path / "index")
    newer.dispose()
    tighten(configured(search_index=tmp_path / "index", instance=tmp_path / "instance"))
    monkeypatch.setattr(catalogue, "pango_is_there", lambda: False)
    ended = kb(migrated, "doctor")
    assert f"WARNING database version: next, newer than this program ({HEAD}); update the program" in ended.stdout
    assert [line for line in ended.stdout.splitlines() if line.startswith("PROBLEM")] == []
    assert ended.returncode == 0

    ended = kb(migrated | {"KB_LOG_LEVEL": "LOUD"}, "doctor", "--json")
    answer = json.loads(ended.stdout)
    assert (ended.returncode, answer["ok"]) == (1, False)
    lines = {line["check"]: line for line in answer["lines"]}
    assert (lines["can start"]["state"], lines["can start"]["text"][:27]) == ("problem", "KB_LOG_LEVEL must be one of")
    assert lines["database version"] == {
        "state": "warning",
        "check": "database version",
        "text": f"next, newer than this program ({HEAD})",
        "advice": "update the program",
    }


def test_a_check_that_hangs_or_fails_is_a_line_and_holds_up_no_other() -> None:
    answered = threading.Event()

    def hang() -> Iterator[Line]:
        yield Line.ok("made up", "the first half")
        answered.wait()

    def fail() -> Iterator[Line]:
        yield Line.ok("made up", "the first half")
        raise OSError("made-up\ntrouble")

    checks = [Check("made up", hang, 0.05), Check("made up", fail, 30)]
    for check in checks:
        check.start()
    try:
        assert [told(check.lines()) for check in checks] == [
            ["ok      made up: the first half", "PROBLEM made up: no answer within 0.05 seconds"],
            ["ok      made up: the first half", "PROBLEM made up: could not be checked: OSError: made-up trouble"],
        ]
    finally:
        answered.set()


def test_no_setting_shows_a_password() -> None:
    context = configured(
        secret_key="hidden-word",
        smtp_url="smtp://desk:hidden-word@hidden-word@mail.example",
        database_url="postgresql+psycopg://kb:hidden-word@db.example/kb",
        database_read_url="postgresql+psycopg://kb:hidden-word@a.example/kb,"
        "postgresql+psycopg:///kb?host=b.example&password=hidden-word,postgresql://kb:hidden-word@c.example/kb",
        rate_limit_storage="redis://:hidden-word@redis.example",
        oidc_client_secret="hidden-word",
    )
    lines = told(doctor.setting_lines(context))
    assert "hidden-word" not in "".join(lines) + repr(context)
    assert {
        "ok      DATABASE_URL: postgresql+psycopg://kb:***@db.example/kb",
        "ok      DATABASE_READ_URL: postgresql+psycopg://kb:***@a.example/kb"
        " postgresql+psycopg:///kb?host=b.example&password=*** postgresql://kb:***@c.example/kb",
        "ok      KB_RATE_LIMIT_STORAGE: redis://:***@redis.example",
        "ok      KB_SMTP_URL: smtp://desk:***@mail.example",
        "ok      KB_SECRET_KEY: set, not shown",
    } <= set(lines)


def test_servers_that_never_answer_are_given_up() -> None:
    with silent_server() as port:
        lines = told(services.mail_lines(configured(smtp_url=f"smtp://127.0.0.1:{port}", mail_from="a@b.example")))
        assert lines == ["PROBLEM mail: it does not answer in time; start the mail server, or correct KB_SMTP_URL"]
        (line,) = told(services.provider_lines(configured(oidc_issuer=f"http://127.0.0.1:{port}")))
        refused = f"http://127.0.0.1:{port} cannot be reached: it does not answer in time; people cannot sign in there"
        assert line.startswith(f"PROBLEM single sign-on: {refused}")
        (line,) = told(services.limit_lines(configured(rate_limit_storage=f"redis://127.0.0.1:{port}")))
        assert line.startswith("PROBLEM rate limits: redis at 127.0.0.1 does not answer; start it")


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs Redis")
def test_redis_that_answers_is_well(tmp_path: Path) -> None:
    port = free_port()
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
        try:
            context = configured(rate_limit_storage=f"redis://127.0.0.1:{port}")
            wait_until(
                lambda: told(services.limit_lines(context)) == ["ok      rate limits: redis at 127.0.0.1 answers"]
            )
        finally:
            server.terminate()
    assert told(services.limit_lines(configured())) == []


def test_the_mail_servers_certificate_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = certificate(tmp_path)
    with guarded_mailbox(tmp_path) as (url, _mailbox):
        address = url.replace("//", f"//{NAME}:{PASSWORD.replace('/', '%2F').replace('@', '%40')}@")
        context = configured(smtp_url=address, mail_from="a@b.example")
        (line,) = told(services.mail_lines(context))
        assert line.startswith("PROBLEM mail: its certificate is not accepted: self")
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        answers, ends = told(services.mail_lines(context))
    assert answers == "ok      mail: the server answers; mail is sent from a@b.example"
    end = now() + timedelta(days=2)
    assert ends.startswith(f"PROBLEM mail: the certificate is valid until {end:%Y-%m-%d}; renew it")


class Provider(BaseHTTPRequestHandler):
    """An OpenID Connect provider that describes itself, and says no more."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        site = f"https://127.0.0.1:{self.server.server_address[1]}"
        self.wfile.write(json.dumps({"issuer": site, "jwks_uri": f"{site}/keys"}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class TLSServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Whoever does not accept the certificate ends the connection."""


@contextmanager
def secure_server(folder: Path) -> Iterator[str]:
    """The address of a server with the certificate in a folder."""
    tls = server_tls(folder)
    with TLSServer(("127.0.0.1", 0), Provider) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()


def test_the_certificates_of_the_provider_and_of_the_public_address_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = str(certificate(tmp_path))
    with secure_server(tmp_path) as url:
        provider, site = configured(oidc_issuer=url), configured(site_url=url)
        (line,) = told(services.provider_lines(provider))
        assert line.startswith(
            f"PROBLEM single sign-on: {url} cannot be reached: its certificate is not accepted: self"
        )
        (line,) = told(services.site_lines(site))
        assert line.startswith("PROBLEM site: 127.0.0.1: its certificate is not accepted: self")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        answers, ends = told(services.provider_lines(provider))
        assert answers == f"ok      single sign-on: {url} gives its name as {url}"
        assert ends.startswith("PROBLEM single sign-on: the certificate is valid until ")
        (line,) = told(services.site_lines(site))
        assert line.startswith("PROBLEM site: the certificate is valid until ")
    (line,) = told(services.site_lines(site))
    assert line.startswith("WARNING site: 127.0.0.1 cannot be reached from this machine: ")


@contextmanager
def starttls_server(folder: Path) -> Iterator[Context]:
    with tls_server(folder, before=begin_as_smtp, secured=go_on_as_smtp) as port:
        yield configured(smtp_url=f"smtp://127.0.0.1:{port}", mail_from="a@b.example")


@contextmanager
def smtps_server(folder: Path) -> Iterator[Context]:
    with tls_server(folder, secured=speak_as_smtp) as port:
        yield configured(smtp_url=f"smtps://127.0.0.1:{port}", mail_from="a@b.example")


@contextmanager
def provider_server(folder: Path) -> Iterator[Context]:
    with secure_server(folder) as url:
        yield configured(oidc_issuer=url)


@contextmanager
def rediss_server(folder: Path) -> Iterator[Context]:
    with tls_server(folder) as port:
        authorities = folder / "certificate.pem"
        yield configured(rate_limit_storage=f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authorities}")


@pytest.mark.parametrize(
    ("server", "lines", "advice"),
    [
        (starttls_server, services.mail_lines, "certificate, or correct KB_SMTP_URL"),
        (smtps_server, services.mail_lines, "certificate, or correct KB_SMTP_URL"),
        (provider_server, services.provider_lines, "ask its operators, or correct KB_OIDC_ISSUER"),
        (rediss_server, services.limit_lines, "or correct KB_RATE_LIMIT_STORAGE"),
    ],
    ids=["STARTTLS", "implicit TLS", "OpenID Connect", "Redis"],
)
def test_a_certificate_that_has_expired_is_a_problem_and_one_about_to_expire_a_warning(
    server: Callable[[Path], AbstractContextManager[Context]],
    lines: Callable[[Context], Iterable[Line]],
    advice: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "CONNECT_SECONDS", 60)
    trusted = str(certificate(tmp_path, days_left=-1))
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
    with server(tmp_path) as context:
        (line,) = told(lines(context))
    assert line.startswith("PROBLEM ")
    assert "its certificate is not accepted: certificate has expired; " in line
    assert advice in line
    assert "\n" not in line

    certificate(tmp_path, days_left=14)
    with server(tmp_path) as context:
        *_, line = told(lines(context))
    assert line.startswith("WARNING ")
    assert line.endswith(
        f"the certificate is valid until {now() + timedelta(days=14):%Y-%m-%d};"
        " renew it, and find out why it was not renewed automatically"
    )


@pytest.mark.parametrize(("days", "state"), [(60, "ok     "), (20, "WARNING"), (6, "PROBLEM")])
def test_a_certificate_is_a_warning_three_weeks_before_it_ends_and_then_a_problem(days: int, state: str) -> None:
    (line,) = told(certificate_lines("mail", now() + timedelta(days=days)))
    assert line.startswith(f"{state} mail: the certificate is valid until ")


@pytest.mark.parametrize(("megabytes", "state"), [(2_000, "ok     "), (900, "WARNING"), (200, "PROBLEM")])
def test_little_space_on_a_disk_is_told_for_each_folder(
    megabytes: int, state: str, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=megabytes * 1_000_000))
    context = configured(search_index=tmp_path / "index", instance=tmp_path / "new" / "instance")
    lines = told(files.disk_lines(context, sqlite_database))
    assert [line[: line.index(":")] for line in lines] == [
        f"{state} disk of {folder}" for folder in ("database", "search index", "instance", "releases")
    ]
    assert f"{megabytes / 1000:.1f} GB free for {tmp_path / 'index'}" in lines[1]


@pytest.mark.parametrize(("hours", "state"), [(2, "ok     "), (40, "WARNING"), (200, "PROBLEM")])
def test_the_age_of_the_newest_backup_is_told(
    hours: int, state: str, migrated: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    context = configured(backups=str(folder))
    assert told(files.backup_lines(context)) == [
        f"PROBLEM backups: none in {folder}; run `kb backup` daily (docs/backups.md)"
    ]
    assert kb(migrated, "backup", str(folder)).returncode == 0
    (made,) = folder.glob("*.tar")
    later = now() + timedelta(hours=hours)
    monkeypatch.setattr(files, "now", lambda: later)
    (line,) = told(files.backup_lines(context))
    assert line.startswith(f"{state} backups: the newest is {made}, {hours} hours old")


def test_a_key_of_backups_that_nobody_or_everybody_can_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "key"
    context = configured(backup_key_file=str(file))
    (line,) = told(files.backup_key_lines(context))
    assert line.startswith(
        f"PROBLEM backup key: The key file {file} cannot be read: No such file or directory; correct"
    )
    new_key_file(file)
    assert told(files.backup_key_lines(context)) == [f"ok      backup key: {file} can be read"]
    file.chmod(0o604)
    assert told(files.backup_key_lines(context)) == [
        f"WARNING backup key: other users can read {file}; run: chmod 600 {file}"
    ]
    assert told(files.backup_key_lines(configured())) == []


def test_without_a_folder_of_backups_only_a_site_in_use_is_warned() -> None:
    words = "backups: age unknown: KB_BACKUPS is not set"
    assert told(files.backup_lines(configured())) == [f"ok      {words}"]
    (line,) = told(files.backup_lines(configured(development=False)))
    assert line.startswith(f"WARNING {words}; run `kb backup` daily")


def test_a_full_disk_is_a_problem_of_the_database(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ok      database: can be written to" in told(catalogue.database_lines(sqlite_database))
    monkeypatch.setattr("kb.core.sqlite.LEAST_FREE_BYTES", sys.maxsize)
    assert any(
        line.startswith("PROBLEM database: cannot be written to: the disk of the database has ")
        for line in told(catalogue.database_lines(sqlite_database))
    )


@pytest.mark.one_database
def test_an_index_that_is_behind_is_told_in_changes_and_seconds(database: Database, tmp_path: Path) -> None:
    indexing.rebuild(database, tmp_path)
    context = configured(search_index=tmp_path)
    assert told(catalogue.index_lines(context, database)) == ["ok      index: 0 documents, 0 differences"]
    with database.writing() as session:
        make_city(session)
    behind, agrees = told(catalogue.index_lines(context, database))
    assert re.match(r"WARNING index: 1 change behind, the first \d s old; `kb serve` catches up", behind)
    assert agrees == "ok      index: 0 documents, 0 differences"
    with database.writing() as session:
        session.execute(update(Change).values(at=now() - timedelta(minutes=5)))
    assert told(catalogue.index_lines(context, database))[0].startswith("PROBLEM index: 1 change behind, the first 30")


def test_a_database_that_is_not_there_is_one_line_and_none_is_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing.sqlite3"
    database = Database(f"sqlite:///{missing}", must_exist=True)
    assert told(catalogue.database_lines(database)) == [
        "PROBLEM database: cannot be opened: unable to open database file: it is not there;"
        " run `kb seed` on a new machine"
    ]
    assert told(catalogue.index_lines(configured(), database)) == []
    database.dispose()
    assert not missing.exists()


@pytest.mark.parametrize(
    ("revision", "oldest", "line"),
    [
        ("0001", "0001", f"PROBLEM database version: 0001, newest is {HEAD}; run `kb migrate`"),
        ("next", "0001", f"WARNING database version: next, newer than this program ({HEAD}); update the program"),
        ("next", "next", f"PROBLEM database version: next, too new for this program ({HEAD}); update the program"),
    ],
)
@pytest.mark.one_database
def test_the_version_of_the_database_is_told_with_what_to_do(
    database: Database, revision: str, oldest: str, line: str
) -> None:
    with database.migrating() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        connection.execute(text(f"UPDATE schema_compatibility SET oldest_revision = '{oldest}'"))
    assert line in told(catalogue.database_lines(database))


def test_the_nodes_that_run_are_listed_and_several_versions_are_a_warning(database: Database) -> None:
    assert "ok      nodes: none running" in told(catalogue.database_lines(database))
    first, second = ThisNode.at(8001, "0.1.0"), ThisNode.at(8002, "0.2.0")
    first.sign_on(database)
    named = f"{first.name} (0.1.0, database {HEAD})"
    assert f"ok      nodes: {named}" in told(catalogue.database_lines(database))
    second.sign_on(database)
    running = f"{named}, {second.name} (0.2.0, database {HEAD})"
    several = f"WARNING nodes: several versions are running: {running}; update the older ones"
    assert several in told(catalogue.database_lines(database))


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (0, "ok      clock: as the database's"),
        (-20, "WARNING clock: 20 s behind the database's; set both by NTP"),
        (90, "PROBLEM clock: 90 s ahead of the database's; set both by NTP"),
    ],
)
def test_a_clock_that_is_wrong_is_told(
    postgresql_database: Database, seconds: int, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    assert any(found.startswith(line) for found in told(catalogue.database_lines(postgresql_database)))


def test_a_standby_that_is_gone_is_a_warning(postgresql_database: Database) -> None:
    url = postgresql_database.url.render_as_string(hide_password=False)
    database = Database(url, read_urls=["postgresql+psycopg://kb:hidden-word@127.0.0.1:9/kb"])
    lines = [line for line in told(catalogue.database_lines(database)) if "standby" in line]
    assert lines == ["WARNING standby 127.0.0.1:9/kb: cannot be reached; start it, or correct DATABASE_READ_URL"]
    database.dispose()
