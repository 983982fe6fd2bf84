"""What a command says when the machine or a server that it needs lets it down: one line, with what to do."""

import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from kb.__main__ import main
from kb.cli.failures import database_failure, file_failure
from kb.cli.returned_mail import LARGEST_MAIL, read_mail
from kb.core.db import Database
from tests.backups import stamp
from tests.smtp_server import free_port
from tests.terminal import kb
from tests.tls_servers import begin_as_postgresql, certificate, tls_server


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("returned-mail",), 75),
        (("alerts", "receive"), 75),
        (("questions", "receive"), 75),
        (("person", "erase", "adviser@city.example"), 1),
    ],
)
def test_a_command_whose_input_is_closed_says_so_in_one_line(
    migrated: dict[str, str], words: tuple[str, ...], code: int
) -> None:
    ended = kb(migrated, *words, typed=None)
    assert (ended.returncode, (ended.stdout + ended.stderr).count("\n")) == (code, 1)


def test_a_mail_is_read_to_its_end_but_only_its_beginning_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"a" * LARGEST_MAIL + b"b" * 3 * LARGEST_MAIL)))
    assert read_mail() == b"a" * LARGEST_MAIL
    assert sys.stdin.buffer.read() == b"", "or the mail server would write to a pipe that nobody reads"


@pytest.mark.parametrize("command", ["serve", "seed"])
def test_a_certificate_of_the_database_that_has_expired_is_named(
    environment: dict[str, str], tmp_path: Path, command: str
) -> None:
    file = certificate(tmp_path, days_left=-1)
    with tls_server(tmp_path, before=begin_as_postgresql) as port:
        url = f"postgresql+psycopg://kb:secret@127.0.0.1:{port}/kb?sslmode=verify-full&sslrootcert={file}"
        ended = kb(environment | {"DATABASE_URL": url}, command)
    assert ended.returncode == 1
    assert "its certificate is not accepted: certificate has expired. Renew it" in ended.stderr
    assert "secret" not in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_certificate_of_another_host_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    file = certificate(tmp_path)
    with tls_server(tmp_path, before=begin_as_postgresql) as port:
        url = f"postgresql+psycopg://kb@localhost:{port}/kb?sslmode=verify-full&sslrootcert={file}"
        ended = kb(environment | {"DATABASE_URL": url}, "seed")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "localhost" in ended.stderr


def test_a_certificate_that_one_of_several_hosts_refuses_is_told_in_the_drivers_words() -> None:
    problem = OperationalError(None, None, psycopg.OperationalError("SSL error: certificate verify failed"))
    words = database_failure(problem, "postgresql+psycopg:///kb?host=a.example,b.example&port=5432,5433")
    assert "certificate verify failed" in str(words.values["reason"])


def test_a_port_that_is_in_use_is_named_at_once(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = kb(environment | {"PORT": port}, "serve")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"kb: Port {port} of 127.0.0.1 is in use, perhaps by another `kb serve`: stop it, or set PORT to another.\n"
    )


def test_an_interruption_while_the_program_is_loaded_prints_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = []

    class Loaded(ModuleType):
        @property
        def main(self) -> Callable[[], None]:
            handlers.append(signal.getsignal(signal.SIGINT))
            return lambda: handlers.append(signal.getsignal(signal.SIGINT))

    monkeypatch.setitem(sys.modules, "kb.cli", Loaded("kb.cli"))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        main()
    finally:
        signal.signal(signal.SIGINT, before)
    assert handlers == [signal.SIG_DFL, signal.default_int_handler, signal.SIG_IGN, signal.SIG_IGN]


def test_a_full_disk_is_named_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "full.sqlite3"
    sqlite3.connect(file).close()
    database = Database(f"sqlite:///{file}")
    with pytest.raises(SQLAlchemyError) as problem, database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 2")
        for number in range(9):
            connection.exec_driver_sql(f"CREATE TABLE t{number} (x)")
    database.dispose()
    said = str(database_failure(problem.value, str(database.url)))
    assert said.startswith(f"No space is left on the disk of {file}, and nothing was changed.")
    with pytest.raises(OSError, match="No space left") as full:
        Path("/dev/full").write_text("x", encoding="utf-8")
    assert str(file_failure(full.value)) == (
        "No space is left on the disk. Free some space, then run the command again."
    )


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ("seed", {"DATABASE_URL": "sqlite:////proc/kb/citypeers.sqlite3"}),
        ("serve", {"KB_SEARCH_INDEX": "/proc/kb"}),
        ("serve", {"KB_INSTANCE": "/proc/kb"}),
    ],
    ids=["database", "index", "instance"],
)
def test_a_folder_that_cannot_be_made_is_named(migrated: dict[str, str], command: str, changed: dict[str, str]) -> None:
    database = Database(migrated["DATABASE_URL"])
    stamp(database)
    database.dispose()
    ended = kb(migrated | {"PORT": str(free_port())} | changed, command)
    assert ended.returncode == 1
    assert ended.stderr.startswith("kb: ")
    assert "/proc/kb" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("person", "erase", "zoe@city.example", "--yes"),
        ("user", "list"),
        ("forum", "forget-names"),
        ("alerts", "send"),
        ("release",),
    ],
    ids=" ".join,
)
def test_a_wrong_address_of_the_database_is_told_and_makes_no_file(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "nowhere.sqlite3"
    settings = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": f"sqlite:///{file}",
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_INSTANCE": str(tmp_path / "instance"),
        "KB_DEVELOPMENT": "1",
    }
    ended = kb(settings, *words)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "kb: The database cannot be opened: " in ended.stderr
    assert ended.stderr.endswith("On a new machine, run `kb seed` first.\n")
    assert not file.exists()
