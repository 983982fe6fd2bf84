"""Makes backups, verifies and restores them: everything is checked before anything is changed."""

import errno
import fcntl
import importlib.metadata
import os
import secrets
import shutil
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from kb.catalogue.models import CatalogueIdentity
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from . import postgresql, sqlite
from .archive import Manifest, Member, TableSum, describe, open_archive, write_archive
from .encryption import Keys, new_key_file, read_keys
from .kept_files import RESTORING, Folders, Placed, gather, placed
from .retention import backups_in, file_name, is_ours, superfluous

__all__ = [
    "Keys",
    "backup",
    "new_key_file",
    "note_restored",
    "prune",
    "read_keys",
    "restore",
    "unfinished",
    "verify",
]

log = structlog.get_logger(__name__)

_WORKING = ".kb-backup-"
"""How the names of folders for files on the way of a backup begin."""

_REPLACED = "replaced"
_IN_MEMORY = gettext_noop("A database in memory cannot be backed up or restored.")
_EXISTS = gettext_noop("%(file)s already exists. Give another file name, or a folder.")
_NAME_IT_AGE = gettext_noop("KB_BACKUP_KEY_FILE is set, so the backup is encrypted: give a name that ends in .tar.age.")
_NO_KEY_FOR_AGE = gettext_noop("A name that ends in .age is for an encrypted backup: set KB_BACKUP_KEY_FILE.")
_NOT_MIGRATED = gettext_noop("The database has no tables yet, so there is nothing to back up.")
_ANOTHER_KIND = gettext_noop("%(file)s is a backup of %(theirs)s, but DATABASE_URL names %(ours)s.")
_NEWER_SCHEMA = gettext_noop(
    "%(file)s was made by a newer version of this program (%(version)s, database at %(revision)s); restore it with that"
    " one."
)
_NOT_EMPTY = gettext_noop("The database is not empty. To replace everything in it with the backup, add --replace.")
_NO_ROOM = gettext_noop(
    "%(folder)s has %(free)s MB left, and restoring %(file)s needs %(needed)s MB there. Nothing was changed."
)
_FULL = gettext_noop("The disk of %(folder)s is full: make room there, or name another folder. Nothing was changed.")
_FUTURE = gettext_noop("The moment that the database was restored to cannot be in the future.")
_NO_SECRET = gettext_noop(
    "KB_BACKUP_KEY_FILE has public keys only: a backup made here can only be verified where its secret key is."
)
_DIFFERS = gettext_noop(
    "%(file)s is not an exact copy: when restored, these tables differ from what was saved: %(tables)s."
)


@dataclass(frozen=True, slots=True)
class Site:
    """What is backed up: a database, and folders of files. Nothing outside `scratch` is ever there in the clear.

    `scratch` is a folder with room for two copies of the database; `keys` are those that backups are encrypted for.
    """

    database: Database
    folders: Folders
    scratch: Path
    keys: Keys | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What was done to verify a backup: whether it was restored, and how many tables and rows were compared."""

    was_restored: bool
    tables: int
    rows: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was restored, and what became of the files in it."""

    manifest: Manifest
    files: Placed


def backup(site: Site, target: Path, *, is_verified: bool = False) -> tuple[Path, Manifest, Verification | None]:
    """Back up a site while it is written to.

    A name that ends in .tar or .tar.age is the file to be made; any other is a folder, made if need be, in which a
    file named for the moment is made. It is encrypted for keys, if any are given, and restored for a test first, if it
    is to be verified. Raises Refused, OSError and SQLAlchemyError; then no archive is left.
    """
    database, keys = site.database, site.keys
    if is_verified and keys is not None and not keys.secret:
        raise Refused(_NO_SECRET)
    created = datetime.now(UTC).replace(microsecond=0)
    if target.is_dir() or target.suffix not in {".tar", ".age"}:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = target / file_name(created, is_encrypted=keys is not None)
    _check_name(target, keys)
    verification = None
    if not database.is_sqlite:
        postgresql.drop_abandoned(database)
    site.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _working_folder(site.scratch) as folder, _working_folder(target.parent) as beside:
        file, revision, database_version, tables = _dump(database, folder)
        if revision is None:
            raise Refused(_NOT_MIGRATED)
        manifest = Manifest(
            version=importlib.metadata.version("citypeers"),
            revision=revision,
            database=database.engine.dialect.name,
            database_version=database_version,
            created=created.isoformat(),
            files=_describe_files(site, folder, file.name),
            tables=tables,
        )
        archive = beside / "archive.tar"
        with _naming_full_disk(target.parent):
            write_archive(archive, manifest, folder, keys)
        if is_verified:
            verification = verify(site, archive, name=target)
        _rename_to_new(archive, target)
    _sync(target.parent)
    return target, manifest, verification


def _describe_files(site: Site, folder: Path, database_file: str) -> dict[str, Member]:
    with _naming_full_disk(site.scratch):
        return {name: describe(folder / name) for name in (database_file, *gather(site.folders, folder))}


def _rename_to_new(archive: Path, target: Path) -> None:
    """Give a file its name, unless another process has made one of that name meanwhile. Raises Refused and OSError."""
    try:
        os.link(archive, target)
    except FileExistsError:
        raise Refused(_EXISTS, file=str(target)) from None
    except OSError:  # a file system without links
        archive.rename(target)


def _check_name(target: Path, keys: Keys | None) -> None:
    if target.exists():
        raise Refused(_EXISTS, file=str(target))
    if keys is not None and target.suffix != ".age":
        raise Refused(_NAME_IT_AGE)
    if keys is None and target.suffix == ".age":
        raise Refused(_NO_KEY_FOR_AGE)


def verify(site: Site, archive: Path, *, name: Path | None = None) -> Verification:
    """Restore a backup into a database of its own, and compare each table with the one that was saved.

    That database is a file in the scratch folder, or a database on our server; nothing of it stays. `name` is what
    the backup is called in messages. Raises Refused, OSError and SQLAlchemyError.
    """
    name = name or archive
    site.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _working_folder(site.scratch) as folder:
        manifest = _extract(archive, site.keys, folder)
        _check_kind(site.database, manifest, archive)
        sums = _restored_sums(site.database, archive, manifest, folder)
    rows = sum(table.rows for table in manifest.tables.values())
    if sums is None:
        return Verification(was_restored=False, tables=len(manifest.tables), rows=rows)
    # Backups of earlier versions have no checksums of tables.
    differing = [table for table in {*sums, *manifest.tables} if sums.get(table) != manifest.tables.get(table)]
    if manifest.tables and differing:
        raise Refused(_DIFFERS, file=str(name), tables=", ".join(sorted(differing)))
    return Verification(was_restored=True, tables=len(manifest.tables), rows=rows)


def _restored_sums(
    database: Database, archive: Path, manifest: Manifest, folder: Path
) -> Mapping[str, TableSum] | None:
    if not database.is_sqlite:
        return postgresql.restored_sums(database, folder / postgresql.NAME, folder)
    sqlite.verify(folder / sqlite.NAME)
    sqlite.verify_revision(folder / sqlite.NAME, manifest.revision, archive)
    return sqlite.table_sums(folder / sqlite.NAME)


def prune(folder: Path, keep_days: int) -> list[Path]:
    """Delete the backups that are no longer kept, and give them; only files that `kb backup` made. Raises OSError."""
    ours = [file for file in backups_in(folder) if is_ours(file)]
    deleted = [file.path for file in superfluous(ours, keep_days, datetime.now(UTC))]
    for path in deleted:
        path.unlink(missing_ok=True)
    return deleted


@contextmanager
def _working_folder(parent: Path) -> Iterator[Path]:
    """A folder for files on the way, locked while the block lasts; those of backups that were killed are removed."""
    with ExitStack() as stack:
        with _locked(parent, wait=True):
            for left in _abandoned(parent):
                log.warning("the files of a backup that did not finish are removed", folder=str(left))
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_WORKING, dir=parent)))
            stack.enter_context(_locked(folder, wait=True))
        yield folder


def unfinished(parents: Iterable[Path]) -> list[Path]:
    """The folders in which backups that were killed left files; the next backup removes them. Raises OSError."""
    found: list[Path] = []
    for parent in parents:
        if parent.is_dir():
            # A backup that begins has locked this one until its own is locked.
            with _locked(parent, wait=True):
                found += _abandoned(parent)
    return found


def _abandoned(parent: Path) -> Iterator[Path]:
    """Folders that nobody has locked: a lock ends with the process that holds it. Each is locked while it is given."""
    for folder in parent.glob(f"{_WORKING}*"):
        # Another backup may end, and remove its own, at this very moment; another user's is not ours to remove.
        with suppress(FileNotFoundError, PermissionError), _locked(folder, wait=False) as is_locked:
            if is_locked:
                yield folder


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


def _dump(database: Database, folder: Path) -> tuple[Path, str | None, str, dict[str, TableSum]]:
    """The file with the database, its migration, the version of the database's program, and what its tables hold."""
    if not database.is_sqlite:
        file = folder / postgresql.NAME
        return (file, *postgresql.dump(database, file))
    file = folder / sqlite.NAME
    version, tables = sqlite.dump(_sqlite_file(database), file)
    return file, sqlite.revision(file), version, tables


def restore(site: Site, archive: Path, known: Container[str], *, replace: bool = False) -> Restored:
    """Make the database what an archive holds, under a new identity, and add the files that are missing.

    `known` are this program's migrations. Raises Refused, OSError and SQLAlchemyError; then all is as it was before.
    """
    database = site.database
    with open_archive(archive, site.keys) as opened:
        manifest = opened.manifest
    _check_kind(database, manifest, archive)
    if manifest.revision not in known:
        raise Refused(_NEWER_SCHEMA, file=str(archive), version=manifest.version, revision=manifest.revision)
    file = _sqlite_file(database) if database.is_sqlite else None
    if (postgresql.holds_rows(database) if file is None else sqlite.holds_rows(file)) and not replace:
        raise Refused(_NOT_EMPTY)
    restoration = (secrets.token_hex(16), datetime.fromisoformat(manifest.created), datetime.now(UTC))
    with _restoring_folder(site, file) as folder:
        _demand_room(folder, archive, manifest)
        _extract(archive, site.keys, folder, expected=manifest)
        if file is not None:
            _prepare_sqlite(folder / sqlite.NAME, archive, manifest, *restoration)
        # Before the database, since files that nothing refers to do no harm.
        with _naming_full_disk(site.scratch), placed(manifest, folder, site.folders) as files:
            if file is None:
                postgresql.restore(database, folder / postgresql.NAME, folder, *restoration)
            else:
                sqlite.replace(file, folder / sqlite.NAME, folder / _REPLACED)
                _sync(file.parent)
    # Connections that are open may remember what was there before.
    database.dispose()
    return Restored(manifest, files)


def note_restored(database: Database, made_at: datetime) -> None:
    """Give a database that another program restored a new identity, and note of which moment it is.

    Raises Refused and SQLAlchemyError.
    """
    if made_at > datetime.now(UTC):
        raise Refused(_FUTURE)
    with database.writing() as session:
        identity = session.get(CatalogueIdentity, 1) or CatalogueIdentity(id=1)
        identity.name, identity.backup_made_at, identity.restored_at = secrets.token_hex(16), made_at, datetime.now(UTC)
        session.add(identity)


def _check_kind(database: Database, manifest: Manifest, archive: Path) -> None:
    kind = database.engine.dialect.name
    if manifest.database != kind:
        raise Refused(_ANOTHER_KIND, file=str(archive), theirs=manifest.database, ours=kind)


@contextmanager
def _restoring_folder(site: Site, file: Path | None) -> Iterator[Path]:
    """A folder for files on the way; beside SQLite's file, so that moving it there is one rename.

    There it stays if the process is killed, since the old database may be in it.
    """
    if file is None:
        site.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _working_folder(site.scratch) as folder:
            yield folder
    else:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=RESTORING, dir=file.parent) as name:
            yield Path(name)


def _demand_room(folder: Path, archive: Path, manifest: Manifest) -> None:
    needed, free = sum(member.bytes for member in manifest.files.values()), shutil.disk_usage(folder).free
    if needed > free:
        in_megabytes = {"free": free / 1_000_000, "needed": needed / 1_000_000}
        raise Refused(_NO_ROOM, folder=str(folder.parent), file=str(archive), **in_megabytes)


def _extract(archive: Path, keys: Keys | None, folder: Path, *, expected: Manifest | None = None) -> Manifest:
    with _naming_full_disk(folder.parent), open_archive(archive, keys) as opened:
        if expected is not None and expected != opened.manifest:
            raise ValueError("it was replaced meanwhile")
        opened.extract(folder)
        return opened.manifest


@contextmanager
def _naming_full_disk(folder: Path) -> Iterator[None]:
    """Say which disk is full, where one is; the operating system does not."""
    try:
        yield
    except OSError as problem:
        if problem.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        raise Refused(_FULL, folder=str(folder)) from None


def _prepare_sqlite(
    file: Path, archive: Path, manifest: Manifest, identity: str, made_at: datetime, restored_at: datetime
) -> None:
    (file.parent / _REPLACED).mkdir()
    file.chmod(0o600)
    sqlite.verify(file)
    sqlite.verify_revision(file, manifest.revision, archive)
    sqlite.note_restoration(file, identity, made_at, restored_at)
    _sync(file)


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
