"""A backup taken while people write is whole, and restoring it changes everything or nothing."""

import errno
import fcntl
import json
import os
import resource
import tarfile
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config as AlembicConfig
from sqlalchemy import select, text

from alembic import command
from config import ROOT
from kb.catalogue.models import CatalogueIdentity, Initiative, InitiativePicture
from kb.catalogue.queries import image_bytes
from kb.core.db import Database
from kb.images.models import StoredImage
from kb.search import indexing
from kb.search.follower import Follower
from tests.backups import changed, pairs, settings, stamp, wait_for_pairs, writers
from tests.factories import make_image, make_initiative
from tests.files import modes
from tests.seed_facts import count
from tests.terminal import kb, program


@pytest.fixture
def migrated(database: Database) -> Database:
    """A database of each kind, as `kb seed` leaves it but for the entries."""
    stamp(database)
    return database


@pytest.fixture
def here(migrated: Database, tmp_path: Path) -> dict[str, str]:
    """The settings of its machine."""
    return settings(migrated, tmp_path)


@pytest.fixture
def archive(migrated: Database, here: dict[str, str], tmp_path: Path) -> Path:
    """A backup of one initiative; the database is closed again."""
    with migrated.writing() as session:
        make_initiative(session, "Made-up Rain Gauges")
    ended = kb(here, "backup", str(tmp_path / "made-up.tar"))
    assert ended.returncode == 0, ended.stderr
    migrated.dispose()
    return tmp_path / "made-up.tar"


def titles(database: Database) -> list[str]:
    with database.reading() as session:
        names = list(session.scalars(select(Initiative.title).order_by(Initiative.id)))
    database.dispose()
    return names


def test_a_backup_taken_while_people_write_is_whole(migrated: Database, here: dict[str, str], tmp_path: Path) -> None:
    with writers(migrated) as problems:
        wait_for_pairs(migrated, 3)
        ended = kb(here, "backup", str(tmp_path / "backups"))
        assert ended.returncode == 0, ended.stderr
        wait_for_pairs(migrated, len(pairs(migrated)[0]))
    assert problems == [], "a backup must not stop those who write"
    later = pairs(migrated)[0]
    migrated.dispose()

    [file] = (tmp_path / "backups").iterdir()
    assert modes(tmp_path / "backups") == {}
    assert (tmp_path / "backups").stat().st_mode & 0o077 == 0
    restored = kb(here, "restore", str(file), "--replace")
    assert restored.returncode == 0, restored.stderr
    initiatives, people = pairs(migrated)
    assert initiatives == people
    assert 3 < len(initiatives) < len(later), "what was written after the backup is not in it"
    assert set(initiatives) < set(later)
    with migrated.reading() as session:
        if migrated.is_sqlite:
            assert session.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        with tarfile.open(file) as tar:
            manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
        assert manifest["database"] == migrated.engine.dialect.name
        assert manifest["revision"] == session.scalar(text("SELECT version_num FROM alembic_version"))
    # The database is whole: more can be written, with ids that nobody has.
    with migrated.writing() as session:
        make_initiative(session, "Made-up Afterthought")


def test_pictures_are_in_a_backup(migrated: Database, here: dict[str, str], tmp_path: Path) -> None:
    said = {"alt": "Made-up", "author": "Made-up", "licence": "cc0", "source_url": "https://example.org/made-up"}
    content = bytes(range(256)) * 400
    with migrated.writing() as session:
        image = make_image(session, large=content, small=content[:100])
        make_initiative(session, "Made-up Sirens").pictures = [InitiativePicture(image=image, **said)]
    assert kb(here, "backup", str(tmp_path / "pictures.tar")).returncode == 0
    with migrated.writing() as session:
        session.delete(session.scalars(select(InitiativePicture)).one())
        session.flush()
        session.delete(session.scalars(select(StoredImage)).one())
    migrated.dispose()
    assert kb(here, "restore", str(tmp_path / "pictures.tar"), "--replace").returncode == 0
    with migrated.reading() as session:
        (picture,) = session.scalars(select(Initiative)).one().pictures
        assert (picture.alt, picture.licence, picture.image.width) == ("Made-up", "cc0", 1280)
        assert image_bytes(session, picture.image_key, "large") == content
        assert image_bytes(session, picture.image_key, "small") == content[:100]


def test_the_index_notices_a_restored_database_however_much_was_written_since(
    migrated: Database, here: dict[str, str], archive: Path, tmp_path: Path
) -> None:
    other_machine = tmp_path / "other-index"
    follower = Follower(migrated, other_machine)
    follower.step()
    with migrated.writing() as session:
        make_initiative(session, "Made-up Lost Trams")
    follower.step()
    migrated.dispose()
    assert kb(here, "restore", str(archive), "--replace").returncode == 0
    assert indexing.check(migrated, tmp_path / "index") == []
    # Before the other machine looks again, more is written than its index has seen.
    with migrated.writing() as session:
        for number in range(5):
            make_initiative(session, f"Made-up New Ferry {number}")
    follower.step()
    assert indexing.check(migrated, other_machine) == []
    follower.close()


def test_a_database_that_holds_anything_is_only_replaced_when_told_so(
    migrated: Database, here: dict[str, str], archive: Path, tmp_path: Path
) -> None:
    with migrated.writing() as session:
        make_initiative(session, "Made-up Tram Priority")
        before = session.scalar(select(CatalogueIdentity.name))
    migrated.dispose()
    ended = kb(here, "restore", str(archive))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "add --replace" in ended.stderr
    assert titles(migrated) == ["Made-up Rain Gauges", "Made-up Tram Priority"]
    ended = kb(here, "restore", str(archive), "--replace")
    assert ended.returncode == 0, ended.stderr
    assert titles(migrated) == ["Made-up Rain Gauges"]
    with migrated.reading() as session:
        assert session.scalar(select(CatalogueIdentity.name)) not in {None, before}
    assert [path.name for path in tmp_path.iterdir() if "restore" in path.name] == [], "something was left behind"


def test_a_new_machine_needs_nothing_but_the_archive(seeded: dict[str, str], tmp_path: Path) -> None:
    assert kb(seeded, "backup", str(tmp_path / "all.tar")).returncode == 0
    new = seeded | {"DATABASE_URL": f"sqlite:///{tmp_path}/new/kb.sqlite3", "KB_SEARCH_INDEX": f"{tmp_path}/new-index"}
    ended = kb(new, "restore", str(tmp_path / "all.tar"))
    assert ended.returncode == 0, ended.stderr
    entries = sum(map(count, ("initiatives", "cities", "leaders", "visions")))
    assert f"index: {entries + 2} documents" in ended.stdout
    assert modes(tmp_path / "new") == modes(tmp_path / "new-index") == {}
    doctor = kb(new, "doctor").stdout
    assert "PROBLEM" not in doctor
    assert "restored: on 20" in doctor


def flip(archive: Path) -> None:
    """Damage one byte in the middle."""
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (flip, "checksum"),
        (lambda archive: archive.write_bytes(archive.read_bytes()[:50_000]), "damaged"),
        (lambda archive: archive.write_bytes(b""), "is not a backup made by `kb backup`"),
        (lambda archive: archive.write_text("made up"), "is not a backup made by `kb backup`"),
        (lambda archive: changed(archive, files={"../outside": {"bytes": 1, "sha256": ""}}), "outside the archive"),
        (lambda archive: changed(archive, surprise=1), "is not a backup made by `kb backup`"),
        (lambda archive: changed(archive, created="yesterday"), "is not a backup made by `kb backup`"),
        (lambda archive: changed(archive, created="2026-01-31T02:00:00"), "of which version or moment"),
        (lambda archive: changed(archive, created=5), "is not a backup made by `kb backup`"),
        (lambda archive: changed(archive, revision=["0001"]), "of which version or moment"),
        (lambda archive: changed(archive, format=3), "newer version"),
        (lambda archive: changed(archive, revision="9999_made_up"), "newer version"),
        (lambda archive: changed(archive, database="oracle"), "is a backup of oracle"),
    ],
)
@pytest.mark.one_database
def test_what_cannot_be_restored_says_so_in_one_line_and_changes_nothing(
    migrated: Database, here: dict[str, str], archive: Path, spoil: Any, said: str, tmp_path: Path
) -> None:
    spoil(archive)
    ended = kb(here, "restore", str(archive), "--replace")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert said in ended.stderr
    assert titles(migrated) == ["Made-up Rain Gauges"]
    assert [path.name for path in tmp_path.iterdir() if "restore" in path.name] == [], "something was left behind"


@pytest.mark.one_database
def test_an_sqlite_database_in_use_is_not_replaced(
    migrated: Database, here: dict[str, str], archive: Path, tmp_path: Path
) -> None:
    with migrated.writing() as session:
        make_initiative(session, "Made-up Tram Priority")
    ended = kb(here, "restore", str(archive), "--replace")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "stop `kb serve` first" in ended.stderr
    assert titles(migrated) == ["Made-up Rain Gauges", "Made-up Tram Priority"]


@pytest.mark.one_database
def test_a_damaged_sqlite_database_is_never_backed_up_and_can_be_replaced(
    migrated: Database, here: dict[str, str], archive: Path, tmp_path: Path
) -> None:
    file = migrated.file
    assert file is not None
    content = bytearray(file.read_bytes())
    content[4096 * 20 : 4096 * 40] = b"\xff" * 4096 * 20
    file.write_bytes(content)
    ended = kb(here, "backup", str(tmp_path / "more.tar"))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert not (tmp_path / "more.tar").exists()
    file.write_text("Not a database at all")
    assert "add --replace" in kb(here, "restore", str(archive)).stderr
    assert kb(here, "restore", str(archive), "--replace").returncode == 0
    assert titles(migrated) == ["Made-up Rain Gauges"]


@pytest.mark.one_database
def test_a_failure_at_the_last_step_leaves_the_old_database(
    migrated: Database, here: dict[str, str], archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with migrated.writing() as session:
        make_initiative(session, "Made-up Tram Priority")
    migrated.dispose()
    rename = Path.rename
    was_there: list[bool] = []

    def failing(path: Path, target: Path) -> Path:
        if path.name == "database.sqlite3":
            was_there.append(target.exists())
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    ended = kb(here, "restore", str(archive), "--replace")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert was_there == [True], "killed at that moment, it would leave a database"
    assert titles(migrated) == ["Made-up Rain Gauges", "Made-up Tram Priority"]


def test_a_failure_within_postgresql_leaves_the_old_database(postgresql_database: Database, tmp_path: Path) -> None:
    """A dump without the table that the last statement of the transaction changes."""
    stamp(postgresql_database)
    with postgresql_database.migrating() as connection:
        connection.execute(text("ALTER TABLE catalogue_identity RENAME TO made_up_elsewhere"))
    here = settings(postgresql_database, tmp_path)
    assert kb(here, "backup", str(tmp_path / "made-up.tar")).returncode == 0
    with postgresql_database.migrating() as connection:
        connection.execute(text("ALTER TABLE made_up_elsewhere RENAME TO catalogue_identity"))
    with postgresql_database.writing() as session:
        make_initiative(session, "Made-up Rain Gauges")
    ended = kb(here, "restore", str(tmp_path / "made-up.tar"), "--replace")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "psql failed" in ended.stderr
    assert titles(postgresql_database) == ["Made-up Rain Gauges"]


def test_an_older_backup_is_restored_and_then_migrated(sqlite_database: Database, tmp_path: Path) -> None:
    here = {"DATABASE_URL": f"sqlite:///{tmp_path}/old.sqlite3", "KB_SEARCH_INDEX": f"{tmp_path}/index"}
    database = Database(here["DATABASE_URL"])
    with database.migrating() as connection:
        config = AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection, "quiet": True})
        command.upgrade(config, "0011")
    database.dispose()
    assert kb(here, "backup", str(tmp_path / "old.tar")).returncode == 0
    ended = kb(here, "restore", str(tmp_path / "old.tar"), "--replace")
    assert ended.returncode == 0, ended.stderr
    assert "run `kb migrate`" in ended.stdout


def program_directory(folder: Path, name: str, script: str) -> str:
    """A PATH on which one of PostgreSQL's programs is another one."""
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o700)
    return f"{folder}:/bin"


def test_a_missing_or_older_program_of_postgresql_is_named(postgresql_database: Database, tmp_path: Path) -> None:
    here = settings(postgresql_database, tmp_path)
    older = program_directory(tmp_path / "older", "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'")
    failing = program_directory(
        tmp_path / "failing",
        "pg_dump",
        'if [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) 99.1"; exit; fi\n'
        "echo 'pg_dump: error: could not write to file: No space left on device' >&2; exit 1",
    )
    (tmp_path / "backups").mkdir()
    for path, said in (
        (str(tmp_path), "pg_dump is not installed"),
        (older, "pg_dump has version 9 and the server has version"),
        (failing, "No space left on device"),
    ):
        ended = kb(here | {"PATH": path}, "backup", str(tmp_path / "backups" / "made-up.tar"))
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert said in ended.stderr
        assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.one_database
def test_a_backup_that_cannot_be_written_leaves_nothing(
    migrated: Database, here: dict[str, str], tmp_path: Path
) -> None:
    migrated.dispose()
    backups = tmp_path / "backups"
    backups.mkdir()
    (tmp_path / "file").write_text("made up")
    (tmp_path / "there.tar").write_text("made up")

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    ended = program(here, "backup", str(backups), preexec_fn=no_room)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert f"cannot be copied to {tmp_path / 'instance'}: " in ended.stderr
    assert list(backups.iterdir()) == list((tmp_path / "instance").iterdir()) == []
    for target, said in (
        (tmp_path / "file" / "made-up.tar", "Not a directory"),
        (tmp_path / "nowhere" / "made-up.tar", "No such file"),
        (tmp_path / "there.tar", "already exists"),
    ):
        ended = kb(here, "backup", str(target))
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
        assert said in ended.stderr
    assert (tmp_path / "there.tar").read_text() == "made up"


def test_what_is_no_database_is_not_backed_up(tmp_path: Path) -> None:
    for url, said in (
        (f"sqlite:///{tmp_path}/nowhere.sqlite3", "There is no database"),
        (f"sqlite:///{tmp_path}/empty.sqlite3", "The database has no tables yet"),
        ("sqlite://", "in memory"),
    ):
        (tmp_path / "empty.sqlite3").touch()
        ended = kb({"DATABASE_URL": url}, "backup", str(tmp_path / "made-up.tar"))
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
        assert said in ended.stderr
        assert not (tmp_path / "nowhere.sqlite3").exists()


def test_what_a_killed_backup_left_is_removed_by_the_next_one_and_nothing_of_one_at_work(
    migrated: Database, here: dict[str, str], tmp_path: Path
) -> None:
    migrated.dispose()
    folder = tmp_path / "backups"
    killed, at_work = folder / ".kb-backup-killed", folder / ".kb-backup-at-work"
    for left in (killed, at_work):
        left.mkdir(parents=True)
        (left / "database.sqlite3").write_bytes(b"a part")
    descriptor = os.open(at_work, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        doctor = kb(here | {"KB_BACKUPS": str(folder)}, "doctor").stdout
        made = kb(here, "backup", str(folder))
    finally:
        os.close(descriptor)
    assert [line for line in doctor.splitlines() if "did not finish" in line] == [
        f"WARNING backups: an earlier backup did not finish; its files are in {killed}; "
        "run `kb backup`, which removes them"
    ]
    assert str(killed) in made.stderr
    assert {path.name for path in folder.iterdir() if path.suffix != ".tar"} == {at_work.name}
    assert len(list(folder.glob("*.tar"))) == 1


def test_what_another_user_left_keeps_nobody_from_a_backup(
    migrated: Database, here: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated.dispose()
    left = tmp_path / "backups" / ".kb-backup-of-root"
    left.mkdir(parents=True)
    opened = os.open

    def of_another_user(path: Any, *words: Any, **more: Any) -> int:
        if path == left:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *words, **more)

    monkeypatch.setattr(os, "open", of_another_user)
    ended = kb(here, "backup", str(left.parent))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert left.is_dir()


def test_the_doctor_names_what_a_killed_restoration_left(sqlite_database: Database, tmp_path: Path) -> None:
    left = tmp_path / ".kb-restore-killed"
    left.mkdir()
    assert (
        f"PROBLEM restore: an earlier restoration did not finish; {left} may contain"
        in kb(settings(sqlite_database, tmp_path), "doctor").stdout
    )
