"""Makes a backup of a database, and restores one: everything is checked before anything is changed."""

import fcntl
import importlib.metadata
import os
import secrets
import shutil
import tempfile
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from . import postgresql, sqlite
from .archive import Manifest, describe, extract, read_manifest, write_archive

log = structlog.get_logger(__name__)

_WORKING = ".kb-backup-"
RESTORING = ".kb-restore-"
"""How the names of folders begin, for files on the way of a backup, and beside the database of a restoration."""

_IN_MEMORY = gettext_noop("A database in memory cannot be backed up or restored.")
_EXISTS = gettext_noop("%(file)s already exists. Give another file name, or a folder.")
_NOT_MIGRATED = gettext_noop("The database has no tables yet, so there is nothing to back up.")
_ANOTHER_KIND = gettext_noop("%(file)s is a backup of %(theirs)s, but DATABASE_URL names %(ours)s.")
_NEWER_SCHEMA = gettext_noop(
    "%(file)s was made by a newer version of this program (%(version)s, database at %(revision)s); restore it with that"
    " one."
)
_NOT_EMPTY = gettext_noop("The database is not empty. To replace everything in it with the backup, add --replace.")
_NOT_AS_SAID = gettext_noop("%(file)s is damaged: its database has version %(here)s, not %(revision)s.")


def backup(database: Database, target: Path) -> tuple[Path, Manifest]:
    """Back a database up while it is written to.

    A name that ends in .tar is the file to be made; any other is a folder, made if need be, in which a file named
    for the moment is made. Raises Refused, OSError and SQLAlchemyError; then no archive is left.
    """
    created = datetime.now(UTC).replace(microsecond=0)
    if target.is_dir() or target.suffix != ".tar":
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = target / f"citypeers-{created:%Y%m%dT%H%M%SZ}.tar"
    if target.exists():
        raise Refused(_EXISTS, file=str(target))
    with _working_folder(target.parent) as folder:
        file, revision, database_version = _dump(database, folder)
        if revision is None:
            raise Refused(_NOT_MIGRATED)
        manifest = Manifest(
            version=importlib.metadata.version("citypeers"),
            revision=revision,
            database=database.engine.dialect.name,
            database_version=database_version,
            created=created.isoformat(),
            files={file.name: describe(file)},
        )
        write_archive(folder / "archive.tar", manifest, folder)
        (folder / "archive.tar").rename(target)
    _sync(target.parent)
    return target, manifest


@contextmanager
def _working_folder(parent: Path) -> Iterator[Path]:
    """A folder for files on the way, locked while the block lasts; those of backups that were killed are removed."""
    with ExitStack() as stack:
        with _locked(parent, wait=True):
            for left in parent.glob(f"{_WORKING}*"):
                _remove_if_abandoned(left)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_WORKING, dir=parent)))
            stack.enter_context(_locked(folder, wait=True))
        yield folder


def _remove_if_abandoned(folder: Path) -> None:
    """Remove a folder that nobody has locked: a lock ends with the process that holds it."""
    # Another backup may end, and remove its own, at this very moment.
    with suppress(FileNotFoundError), _locked(folder, wait=False) as is_abandoned:
        if is_abandoned:
            log.warning("the files of a backup that did not finish are removed", folder=str(folder))
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Lock a folder; gives whether it is, which it is not where others have it or the file system has no locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            is_locked = True
        except OSError:
            is_locked = False
        yield is_locked
    finally:
        os.close(descriptor)


def _dump(database: Database, folder: Path) -> tuple[Path, str | None, str]:
    """The file with the database, the migration that it is at, and the version of the database's program."""
    if not database.is_sqlite:
        file = folder / postgresql.NAME
        return (file, *postgresql.dump(database, file))
    file = folder / sqlite.NAME
    version = sqlite.dump(_sqlite_file(database), file)
    return file, sqlite.revision(file), version


def restore(database: Database, archive: Path, known: Container[str], *, replace: bool = False) -> Manifest:
    """Make a database what an archive holds, under a new identity; `known` are this program's migrations.

    Raises Refused, OSError and SQLAlchemyError; then the database is as it was before.
    """
    manifest = read_manifest(archive)
    kind = database.engine.dialect.name
    if manifest.database != kind:
        raise Refused(_ANOTHER_KIND, file=str(archive), theirs=manifest.database, ours=kind)
    if manifest.revision not in known:
        raise Refused(_NEWER_SCHEMA, file=str(archive), version=manifest.version, revision=manifest.revision)
    identity = secrets.token_hex(16)
    if database.is_sqlite:
        _restore_sqlite(_sqlite_file(database), archive, manifest, identity, replace=replace)
    else:
        _refuse_rows(holds=postgresql.holds_rows(database), replace=replace)
        with tempfile.TemporaryDirectory(prefix="kb-restore-") as name:
            extract(archive, manifest, Path(name))
            postgresql.restore(database, Path(name, postgresql.NAME), Path(name), identity)
    # Connections that are open may remember what was there before.
    database.dispose()
    return manifest


def _restore_sqlite(file: Path, archive: Path, manifest: Manifest, identity: str, *, replace: bool) -> None:
    _refuse_rows(holds=sqlite.holds_rows(file), replace=replace)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Beside the database, so that moving it there is one rename.
    with tempfile.TemporaryDirectory(prefix=RESTORING, dir=file.parent) as name:
        folder = Path(name)
        extract(archive, manifest, folder)
        restored, aside = folder / sqlite.NAME, folder / "replaced"
        aside.mkdir()
        restored.chmod(0o600)
        sqlite.verify(restored)
        if (here := sqlite.revision(restored)) != manifest.revision:
            raise Refused(_NOT_AS_SAID, file=str(archive), here=here or "-", revision=manifest.revision)
        sqlite.rename_identity(restored, identity)
        _sync(restored)
        sqlite.replace(file, restored, aside)
        _sync(file.parent)


def _refuse_rows(*, holds: bool, replace: bool) -> None:
    if holds and not replace:
        raise Refused(_NOT_EMPTY)


def _sqlite_file(database: Database) -> Path:
    if database.file is None:
        raise Refused(_IN_MEMORY)
    return database.file.resolve()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
