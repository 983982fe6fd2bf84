"""A site is backed up while people write, lost, and restored: encrypted, verified, with its files, and dated."""

import shutil
import sqlite3
import stat
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kb.backup import postgresql, sqlite
from kb.backup.archive import Manifest, TableSum, open_archive
from kb.backup.encryption import read_keys
from kb.backup.retention import backups_in, newest
from kb.catalogue.models import CatalogueIdentity
from kb.catalogue.queries import restoration
from kb.core.db import Database
from kb.search import indexing
from kb.search.index_versions import IndexVersions
from tests.backups import changed, pairs, settings, stamp, wait_for_pairs, writers
from tests.factories import make_initiative
from tests.http_server import KB
from tests.terminal import kb
from tests.waiting import wait_until


@pytest.fixture
def here(database: Database, tmp_path: Path) -> dict[str, str]:
    """The settings of a machine with a folder for backups, a key, a release and a file of a download."""
    stamp(database)
    environment = settings(database, tmp_path)
    assert kb(environment, "backup", "key", str(tmp_path / "key")).returncode == 0
    for folder, name in (("releases", "citypeers-made-up.zip"), ("downloads", "0123abcd")):
        (tmp_path / "instance" / folder).mkdir(parents=True)
        (tmp_path / "instance" / folder / name).write_bytes(name.encode() * 1000)
    (tmp_path / "instance" / "downloads" / "unfinished.new").write_text("a part")
    return environment | {"KB_BACKUPS": str(tmp_path / "backups"), "KB_BACKUP_KEY_FILE": str(tmp_path / "key")}


def manifest_of(file: Path, key: Path | None) -> Manifest:
    with open_archive(file, read_keys(key) if key else None) as archive:
        return archive.manifest


def sums(database: Database) -> dict[str, TableSum]:
    if database.file is not None:
        return sqlite.table_sums(database.file)
    with database.snapshot() as session:
        return postgresql.table_sums(session)


def lose(database: Database, tmp_path: Path) -> None:
    """Lose the database, the files and the index."""
    if database.file is not None:
        database.dispose()
        for file in tmp_path.glob(f"{database.file.name}*"):
            file.unlink()
    else:
        with database.migrating() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        database.dispose()
    shutil.rmtree(tmp_path / "instance")
    shutil.rmtree(tmp_path / "index", ignore_errors=True)


def test_a_site_that_was_lost_comes_back_as_it_was(database: Database, here: dict[str, str], tmp_path: Path) -> None:
    with writers(database) as problems:
        wait_for_pairs(database, 3)
        ended = kb(here, "backup", "--verify")
        assert ended.returncode == 0, ended.stderr
        wait_for_pairs(database, len(pairs(database)[0]))
    assert problems == []
    assert "encrypted" in ended.stdout
    assert "verified: restored as a test" in ended.stdout
    if not database.is_sqlite:
        with database.reading() as session:
            left = "SELECT datname FROM pg_database WHERE datname LIKE 'citypeers_verify_%'"
            assert session.scalars(text(left)).all() == []
    [file] = (tmp_path / "backups").iterdir()
    assert file.name.endswith(".tar.age")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"Made-up" not in file.read_bytes()
    manifest = manifest_of(file, tmp_path / "key")
    assert manifest.tables.keys() == sums(database).keys()

    lose(database, tmp_path)
    ended = kb(here, "restore", str(file))
    assert ended.returncode == 0, ended.stderr
    restored = sums(database)
    assert {name for name in restored if restored[name] != manifest.tables[name]} == {
        name for name in restored if name.endswith("catalogue_identity")
    }, "all tables but the one with the database's name are those that were saved"
    initiatives, people = pairs(database)
    assert initiatives == people
    assert len(initiatives) > 3
    for folder, name in (("releases", "citypeers-made-up.zip"), ("downloads", "0123abcd")):
        assert [path.name for path in (tmp_path / "instance" / folder).iterdir()] == [name]
        assert (tmp_path / "instance" / folder / name).read_bytes() == name.encode() * 1000
    assert indexing.check(database, tmp_path / "index") == []
    assert indexing.status(database, tmp_path / "index").documents >= len(initiatives)
    assert IndexVersions(tmp_path / "index").live() is not None

    with database.reading() as session:
        found = restoration(session)
    assert found is not None
    assert found.backup_made_at.isoformat() == manifest.created
    assert found.restored_at > found.backup_made_at


@pytest.mark.one_database
def test_an_encrypted_backup_needs_its_key_and_says_so(
    here: dict[str, str], database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        make_initiative(session, "Made-up Rain Gauges")
    database.dispose()
    assert kb(here, "backup").returncode == 0
    [file] = (tmp_path / "backups").iterdir()
    cut_off = tmp_path / "cut-off.tar.age"
    cut_off.write_bytes(file.read_bytes()[:-100])
    kb(here, "backup", "key", str(tmp_path / "other"))
    before = sums(database)
    for path, key, said in (
        (file, "", "is encrypted: set KB_BACKUP_KEY_FILE"),
        (file, str(tmp_path / "other"), "was encrypted with another key"),
        (file, str(tmp_path / "nowhere"), "cannot be read: No such file"),
        (file, str(file), "is not a key file"),
        (cut_off, str(tmp_path / "key"), "is damaged or not complete"),
    ):
        ended = kb(here | {"KB_BACKUP_KEY_FILE": key}, "restore", str(path), "--replace")
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
        assert said in ended.stderr
    assert sums(database) == before
    assert newest(tmp_path / "backups") == backups_in(tmp_path / "backups")[0], "which needs no key"


@pytest.mark.one_database
def test_a_backup_that_differs_from_what_was_saved_is_no_good(here: dict[str, str], tmp_path: Path) -> None:
    plain = here | {"KB_BACKUP_KEY_FILE": ""}
    assert kb(plain, "backup").returncode == 0
    [file] = (tmp_path / "backups").iterdir()
    ended = kb(plain, "backup", "verify", str(file))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "verified: restored as a test" in ended.stdout
    changed(file, tables={"users": {"rows": 7, "checksum": "0"}} | tables(file, but="users"))
    ended = kb(plain, "backup", "verify", str(file))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert ended.stderr.endswith("these tables differ from what was saved: users.\n")
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [file.name], "something was left behind"


def tables(file: Path, but: str) -> dict[str, dict[str, object]]:
    found = manifest_of(file, None).tables
    return {name: {"rows": table.rows, "checksum": table.checksum} for name, table in found.items() if name != but}


def test_what_killed_verifications_left_is_dropped_and_no_database_that_is_used_or_of_others(
    postgresql_database: Database, tmp_path: Path
) -> None:
    stamp(postgresql_database)
    server = postgresql_database.engine.execution_options(isolation_level="AUTOCOMMIT")
    long_ago = "citypeers_verify_1000000000"
    left, used, of_another = (f"{long_ago}_{number}123abcd" for number in range(3))
    just_made, notes = f"citypeers_verify_{int(time.time())}_0123abcd", "citypeers_verify_notes"
    user = Database(postgresql_database.url.set(database=used).render_as_string(hide_password=False))
    with server.connect() as connection:
        connection.execute(text("CREATE ROLE made_up_owner"))
        for name in (left, used, of_another, just_made, notes):
            connection.execute(text(f"CREATE DATABASE {name}"))
        connection.execute(text(f"ALTER DATABASE {of_another} OWNER TO made_up_owner"))
        try:
            with user.engine.connect():
                ended = kb(settings(postgresql_database, tmp_path), "backup", str(tmp_path / "made-up.tar"))
            query = "SELECT datname FROM pg_database WHERE datname LIKE 'citypeers_verify_%'"
            kept = set(connection.scalars(text(query)).all())
        finally:
            user.dispose()
            for name in (left, used, of_another, just_made, notes):
                connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text("DROP ROLE made_up_owner"))
    assert ended.returncode == 0, ended.stderr
    assert left in ended.stderr
    assert kept == {used, of_another, just_made, notes}


def test_a_restoration_that_is_killed_ends_the_program_that_would_go_on_with_it(
    postgresql_database: Database, tmp_path: Path
) -> None:
    stamp(postgresql_database)
    here = settings(postgresql_database, tmp_path)
    assert kb(here, "backup", str(tmp_path / "made-up.tar")).returncode == 0
    programs, begun = tmp_path / "programs", tmp_path / "begun"
    programs.mkdir()
    (programs / "psql").write_text(
        f"#!/bin/sh\n[ $1 = --version ] && echo 'psql (PostgreSQL) 99.1' && exit\n"
        f"echo $$ > {begun}.part\nmv {begun}.part {begun}\nexec sleep 600\n"
    )
    (programs / "psql").chmod(0o700)
    restoring = subprocess.Popen(
        [KB, "restore", str(tmp_path / "made-up.tar"), "--replace"], env=here | {"PATH": f"{programs}:{here['PATH']}"}
    )
    wait_until(lambda: begun.exists() or restoring.poll() is not None)
    psql = int(begun.read_text())
    restoring.kill()
    restoring.wait()
    wait_until(lambda: not Path(f"/proc/{psql}").exists() or "Z" in Path(f"/proc/{psql}/stat").read_text().split()[2])


def test_where_no_database_may_be_created_a_backup_is_only_read(postgresql_database: Database, tmp_path: Path) -> None:
    stamp(postgresql_database)
    with postgresql_database.migrating() as connection:
        connection.execute(text("DROP ROLE IF EXISTS made_up_reader"))
        connection.execute(text("CREATE ROLE made_up_reader LOGIN IN ROLE pg_read_all_data"))
    try:
        reader = Database(postgresql_database.url.set(username="made_up_reader").render_as_string(hide_password=False))
        ended = kb(settings(reader, tmp_path), "backup", str(tmp_path / "made-up.tar"), "--verify")
        reader.dispose()
    finally:
        with postgresql_database.migrating() as connection:
            connection.execute(text("DROP ROLE made_up_reader"))
    assert ended.returncode == 0, ended.stderr
    assert "not restored as a test: the database user may not create databases" in ended.stdout


def test_a_database_that_others_use_is_not_replaced(
    postgresql_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_LOCK_SECONDS", 1)
    stamp(postgresql_database)
    here = settings(postgresql_database, tmp_path)
    assert kb(here, "backup", str(tmp_path / "made-up.tar")).returncode == 0
    with postgresql_database.writing() as session:
        make_initiative(session, "Made-up Rain Gauges")
    before = sums(postgresql_database)
    with postgresql_database.reading() as session:
        session.scalar(text("SELECT count(*) FROM users"))
        ended = kb(here, "restore", str(tmp_path / "made-up.tar"), "--replace")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert ended.stderr == "kb: The database is in use: stop `kb serve` first. Nothing was changed.\n"
    assert sums(postgresql_database) == before
    assert list((tmp_path / "instance").glob(".kb-*")) == [], "something was left behind"


def test_a_dump_may_take_longer_than_the_server_lets_transactions_wait(
    postgresql_database: Database, tmp_path: Path
) -> None:
    stamp(postgresql_database)
    with postgresql_database.migrating() as connection:
        name = postgresql_database.url.database
        connection.execute(text(f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '1s'"))
    postgresql_database.dispose()
    here = settings(postgresql_database, tmp_path)
    slow = tmp_path / "slow"
    slow.mkdir()
    real = shutil.which("pg_dump", path=here["PATH"])
    (slow / "pg_dump").write_text(f'#!/bin/sh\n[ "$1" = --version ] || sleep 1.5\nexec {real} "$@"\n')
    (slow / "pg_dump").chmod(0o700)
    ended = kb(here | {"PATH": f"{slow}:{here['PATH']}"}, "backup", str(tmp_path / "made-up.tar"))
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.one_database
def test_what_another_program_restored_is_noted(here: dict[str, str], database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        make_initiative(session, "Made-up Rain Gauges")
    assert kb(here, "index", "rebuild").returncode == 0
    with database.reading() as session:
        before = session.scalar(select(CatalogueIdentity.name))
    ended = kb(here, "backup", "restored", "2026-01-31T02:00:00Z")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "index: 2 documents" in ended.stdout
    with database.reading() as session:
        assert session.scalar(select(CatalogueIdentity.name)) not in {None, before}
        found = restoration(session)
    assert found is not None
    assert found.backup_made_at == datetime(2026, 1, 31, 2, tzinfo=UTC)
    for moment, said in (("yesterday", "must be like"), ("2999-01-31T02:00:00", "cannot be in the future")):
        ended = kb(here, "backup", "restored", moment)
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
        assert said in ended.stderr


@pytest.mark.one_database
def test_old_backups_are_deleted_and_nothing_else(here: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert kb(here, "backup").returncode == 0
    [made] = folder.iterdir()
    note = newest(folder)
    assert note is not None
    old = []
    for day in ("01", "02"):
        # Nothing but the moment tells an old backup from a new one.
        content = made.read_bytes().replace(note.made_at.isoformat().encode(), f"2020-01-{day}T02:00:00+00:00".encode())
        old.append(folder / f"citypeers-202001{day}T020000Z.tar.age")
        old[-1].write_bytes(content)
    others = [folder / name for name in ("citypeers-20200103T020000Z.tar.age", "citypeers-20200104T020000Z.tar", "a")]
    for other in others:
        other.write_text("made up")
    ended = kb(here | {"KB_BACKUP_KEEP_DAYS": "0"}, "backup", str(folder / "by-name.tar.age"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert all(file.exists() for file in old)
    made.rename(tmp_path / "kept-elsewhere")
    ended = kb(here, "backup")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(ended.stdout.splitlines()[1:]) == [f"deleted: {old[0]}"], "the other is the newest of its month"
    assert {path.name for path in folder.iterdir()} >= {other.name for other in others} | {"by-name.tar.age"}


@pytest.mark.one_database
def test_a_backup_of_the_first_format_is_restored(here: dict[str, str], database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        make_initiative(session, "Made-up Rain Gauges")
    database.dispose()
    shutil.rmtree(tmp_path / "instance")
    assert kb(here | {"KB_BACKUP_KEY_FILE": ""}, "backup", str(tmp_path / "old.tar")).returncode == 0
    changed(tmp_path / "old.tar", format=1, tables=None)
    assert "no checksums of tables" in kb(here, "backup", "verify", str(tmp_path / "old.tar")).stdout
    ended = kb(here, "restore", str(tmp_path / "old.tar"), "--replace")
    assert ended.returncode == 0, ended.stderr
    with database.reading() as session:
        assert session.scalar(select(CatalogueIdentity.restored_at)) is not None


@pytest.mark.one_database
def test_a_failed_restoration_takes_its_files_away_again(
    here: dict[str, str], database: Database, tmp_path: Path
) -> None:
    assert kb(here, "backup").returncode == 0
    [file] = (tmp_path / "backups").iterdir()
    with database.writing() as session:
        make_initiative(session, "Made-up Rain Gauges")
    (tmp_path / "instance" / "downloads" / "0123abcd").unlink()
    # The database is still open here.
    with database.reading() as session:
        session.scalar(select(CatalogueIdentity.name))
        ended = kb(here, "restore", str(file), "--replace")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "stop `kb serve` first" in ended.stderr
    assert not (tmp_path / "instance" / "downloads" / "0123abcd").exists()
    assert (tmp_path / "instance" / "releases" / "citypeers-made-up.zip").exists()


@pytest.mark.one_database
def test_names_of_files_that_are_links_or_hold_odd_signs_come_back(
    here: dict[str, str], database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "instance" / "releases"
    names = ["latest.zip", "made up\nname.zip", "\udcff.zip", f"{'n' * 200}.zip"]
    (folder / names[0]).symlink_to("citypeers-made-up.zip")
    for name in names[1:]:
        (folder / name).write_text("made up")
    ended = kb(here, "backup", str(tmp_path / "made-up.tar.age"), "--verify")
    assert ended.returncode == 0, ended.stderr
    lose(database, tmp_path)
    ended = kb(here, "restore", str(tmp_path / "made-up.tar.age"))
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in folder.iterdir()} == {*names, "citypeers-made-up.zip"}
    assert (folder / names[0]).read_bytes() == (folder / "citypeers-made-up.zip").read_bytes()


def test_a_published_file_is_never_replaced(here: dict[str, str], database: Database, tmp_path: Path) -> None:
    database.dispose()
    assert kb(here, "backup").returncode == 0
    [file] = (tmp_path / "backups").iterdir()
    release = tmp_path / "instance" / "releases" / "citypeers-made-up.zip"
    release.write_text("another")
    of_a_killed_restoration = release.with_name(".kb-restore-made-up.zip")
    of_a_killed_restoration.write_text("a part")
    ended = kb(here, "restore", str(file), "--replace")
    assert ended.returncode == 0, ended.stderr
    assert f"{release} differs from the backup; it was not changed" in ended.stdout
    assert release.read_text() == "another"
    assert not of_a_killed_restoration.exists()


@pytest.mark.one_database
def test_names_and_keys_that_do_not_fit_are_refused(here: dict[str, str], tmp_path: Path) -> None:
    public = kb(here, "backup", "key", str(tmp_path / "secret")).stdout.splitlines()[0].split()[-1]
    (tmp_path / "public").write_text(public)
    for environment, words, said in (
        (here, ["made-up.tar"], "ends in .tar.age"),
        (here | {"KB_BACKUP_KEY_FILE": ""}, ["made-up.tar.age"], "set KB_BACKUP_KEY_FILE"),
        (here | {"KB_BACKUPS": ""}, [], "set KB_BACKUPS"),
        (here | {"KB_BACKUP_KEY_FILE": str(tmp_path / "public")}, ["--verify"], "has public keys only"),
    ):
        ended = kb(environment, "backup", *words)
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
        assert said in ended.stderr
    assert not (tmp_path / "backups").exists()
    ended = kb(here, "backup", "key", str(tmp_path / "secret"))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr


@pytest.mark.one_database
def test_more_than_the_disk_holds_is_not_restored(here: dict[str, str], tmp_path: Path) -> None:
    plain = here | {"KB_BACKUP_KEY_FILE": ""}
    assert kb(plain, "backup").returncode == 0
    [file] = (tmp_path / "backups").iterdir()
    changed(file, files={"database.sqlite3": {"bytes": 10**16, "sha256": ""}})
    ended = kb(plain, "restore", str(file), "--replace")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "needs 10,000,000,000 MB there. Nothing was changed." in ended.stderr


def test_the_log_of_sqlite_is_left_to_litestream(sqlite_database: Database) -> None:
    assert sqlite_database.file is not None
    database = Database(sqlite_database.url.render_as_string(), checkpoints=False)
    with closing(sqlite3.connect(sqlite_database.file)), database.writing() as session:
        session.execute(
            text(
                "CREATE TABLE made_up AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                " WHERE i < 2000) SELECT i, zeroblob(4000) AS made_up FROM n"
            )
        )
    database.checkpoint()
    log = Path(f"{sqlite_database.file}-wal")
    with closing(sqlite3.connect(f"file:{sqlite_database.file}?immutable=1", uri=True)) as main_file:
        assert main_file.execute("SELECT 1 FROM sqlite_master WHERE name = 'made_up'").fetchone() is None
    assert log.stat().st_size > 2000 * 4000
    database.dispose()
