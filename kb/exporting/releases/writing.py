"""Writes a release: first its files in a folder of its own, then the archive, and last its name."""

import json
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import Change as LoggedChange
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.search.counts import DatabaseCounts

from .. import codebook
from ..cells import Cell, csv_lines
from ..coverage import ROW_NAMES, coverage
from ..export import Export, Links
from ..forum_rows import forum_rows
from ..forum_tables import FORUM_TABLES
from . import documents
from .changes import (
    CHANGE_COLUMNS,
    ENTRIES_FILE,
    ENTRY_COLUMNS,
    FORUM_FILE,
    WHATS,
    EntryLine,
    Lines,
    changes_between,
    has_forum,
    lines_of,
)
from .listing import SUMMARY, Release, Releases
from .tables import OTHER_TABLES, codebook_rows, release_tables, tables_of_kind

_WORKING = ".kb-release-"
_ABANDONED_SECONDS = 86_400
_CHUNK_BYTES = 1 << 20
_PACKED_LEVEL = 6

CHANGES_FILE, COVERAGE_FILE, CODEBOOK_FILE = "changes.csv", "coverage.csv", "codebook.csv"
_SUMS_FILE = "SHA256SUMS"

_EMPTY = gettext_noop("The catalogue is empty, so there is nothing to release. Run `kb seed` first.")
_UNREADABLE = gettext_noop("The release before, %(file)s, cannot be read: %(reason)s. Move it away, or restore it.")


def make_release(database: Database, folder: Path, site: str) -> tuple[Release, bool]:
    """Write a release of the catalogue as it is, and whether it is new: there is one already if nothing has changed.

    `site` is the address of the site, which the tables name. Raises Refused, OSError and SQLAlchemyError; then no
    archive is left.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    releases = Releases(folder)
    with database.snapshot() as session, _working_folder(folder) as working:
        change_number, made_on = _state(session)
        name = f"citypeers-{made_on.isoformat()}-{change_number}"
        if (known := releases.named(name)) is not None:
            return known, False
        before = [release for release in releases.all() if release.change_number < change_number]
        writer = _Writer(
            session,
            working=working,
            site=site,
            made_on=made_on,
            change_number=change_number,
            name=name,
            releases=releases,
            before=before[:1],
        )
        release = writer.write()
        # The summary goes first: without the archive it is as good as none, and so no other's is left beside it.
        (working / "summary").write_text(json.dumps(release.to_json(), indent=2) + "\n", "utf-8")
        (working / "summary").replace(folder / f"{name}{SUMMARY}")
        (working / "archive").replace(folder / release.archive)
    return release, True


def _state(session: Session) -> tuple[int, date]:
    """The change number, and the day of that change. Raises Refused where there is nothing in the catalogue."""
    newest = session.execute(select(LoggedChange.id, LoggedChange.at).order_by(LoggedChange.id.desc()).limit(1)).first()
    models = [definition.model for definition in ENTRIES.values()]
    if newest is None or not any(session.scalar(select(func.count(model.id))) for model in models):
        raise Refused(_EMPTY)
    return newest.id, newest.at.date()


@contextmanager
def _working_folder(folder: Path) -> Iterator[Path]:
    """A folder for files on the way; those of processes that were killed are removed after a day."""
    for left in folder.glob(f"{_WORKING}*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_WORKING, dir=folder) as name:
        yield Path(name)


class _Writer:
    """Writes one release from a session to which the catalogue stands still."""

    def __init__(
        self,
        session: Session,
        working: Path,
        site: str,
        made_on: date,
        change_number: int,
        name: str,
        releases: Releases,
        before: Sequence[Release],
    ) -> None:
        self._session, self._working, self._links = session, working, Links(site)
        self._made_on, self._change_number, self._name = made_on, change_number, name
        self._releases, self._before = releases, before[0] if before else None
        self._files: dict[str, Path] = {}
        self._entries: Counter[str] = Counter()
        self._changes: Counter[str] = Counter()

    def write(self) -> Release:
        """Write every file and the archive of them."""
        version = f"{self._made_on:%Y.%m.%d}+{self._change_number}"
        lines = {}
        for kind in EntryKind:
            for line in self._write_kind(kind):
                lines[line.kind, line.id] = line
        of_forum = {(line.kind, line.id): line for line in self._write_forum()}
        for table in OTHER_TABLES:
            self._write_csv(table.path, table.header, table.select(self._session))
        self._write_csv(ENTRIES_FILE, ENTRY_COLUMNS, (line.cells() for line in lines.values()))
        self._write_csv(FORUM_FILE, ENTRY_COLUMNS, (line.cells() for line in of_forum.values()))
        self._write_csv(CODEBOOK_FILE, codebook.HEADER, codebook_rows())
        self._write_csv(COVERAGE_FILE, ("kind", *ROW_NAMES[:5]), self._coverage())
        self._write_csv(CHANGES_FILE, CHANGE_COLUMNS, self._changes_since(lines, of_forum))
        about = documents.About(
            name=self._name,
            version=version,
            made_on=self._made_on,
            change_number=self._change_number,
            site=self._links.site,
            entries=dict(self._entries),
            previous=self._before.name if self._before else None,
            changes={what: self._changes[what] for what in WHATS},
        )
        for path, text in documents.texts(about).items():
            self._write_text(path, text)
        described = [(table, self._file(table.path)) for table in release_tables()]
        self._write_text("datapackage.json", documents.data_package(about, described))
        sums = "".join(f"{_checksum(file)}  {path}\n" for path, file in sorted(self._files.items()))
        self._write_text(_SUMS_FILE, sums)
        archive = self._working / "archive"
        with archive.open("wb") as opened:
            self._pack(opened)
        return Release(
            name=self._name,
            version=version,
            made_on=self._made_on,
            change_number=self._change_number,
            size=archive.stat().st_size,
            checksum=_checksum(archive),
            entries=about.entries,
            previous=about.previous,
            changes=about.changes,
        )

    def _write_kind(self, kind: EntryKind) -> Iterator[EntryLine]:
        """Write the tables of a kind in one pass over its entries, by their ids; gives the line of each entry."""
        model = ENTRIES[kind].model
        export = Export(
            kind=kind,
            ids=list(self._session.scalars(select(model.id).order_by(model.id))),
            title=ENTRIES[kind].plural,
            address=self._links.site,
            change_number=self._change_number,
            made_on=self._made_on,
        )
        with ExitStack() as stack:
            tables = [
                (table, table.table, stack.enter_context(self._new_file(table.path).open("wb")))
                for table in tables_of_kind(kind)
            ]
            for table, _, file in tables:
                file.write(csv_lines([table.header]))
            for entries, names in export.named_batches(self._session):
                for _, source, file in tables:
                    if source is not None:
                        file.write(csv_lines(source.rows(entries, names, self._links)))
                for entry in entries:
                    self._entries[str(kind)] += 1
                    yield EntryLine.of(kind, entry)

    def _write_forum(self) -> Iterator[EntryLine]:
        """Write the tables of the forum in one pass over its sessions and answers; gives the line of each."""
        with ExitStack() as stack:
            files = {}
            for table in FORUM_TABLES:
                files[table.name] = stack.enter_context(self._new_file(table.path).open("wb"))
                files[table.name].write(csv_lines([table.header]))
            for entry_rows in forum_rows(self._session, self._links):
                digest = sha256()
                for table, rows in entry_rows.rows:
                    lines = csv_lines(rows)
                    files[table.name].write(lines)
                    digest.update(lines)
                yield EntryLine(
                    entry_rows.kind, entry_rows.id, entry_rows.slug, entry_rows.title, None, digest.hexdigest()
                )

    def _coverage(self) -> Iterator[list[Cell]]:
        counts = DatabaseCounts(self._session)
        for kind in EntryKind:
            model = ENTRIES[kind].model
            ids = list(self._session.scalars(select(model.id)))
            for row in coverage(self._session, kind, ids, counts).rows():
                yield [str(kind), *row[:5]]

    def _changes_since(self, lines: Lines, of_forum: Lines) -> Iterator[list[Cell]]:
        """What changed since the release before; nothing for the first. Entries alone are counted."""
        if self._before is None:
            return
        archive = self._releases.path_of(self._before)
        try:
            before = lines_of(archive, ENTRIES_FILE)
            forum_before = lines_of(archive, FORUM_FILE) if has_forum(archive) else None
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as problem:
            raise Refused(_UNREADABLE, file=str(archive), reason=str(problem)) from None
        for change in changes_between(self._session, before, lines):
            self._changes[change.what] += 1
            yield change.cells()
        if forum_before is not None:
            for change in changes_between(self._session, forum_before, of_forum):
                yield change.cells()

    def _new_file(self, path: str) -> Path:
        file = self._files[path] = self._working / f"file-{len(self._files)}"
        return file

    def _file(self, path: str) -> documents.WrittenFile:
        file = self._files[path]
        return documents.WrittenFile(file.stat().st_size, _checksum(file))

    def _write_csv(self, path: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Write a table without the byte order mark that spreadsheets want and data packages do not."""
        with self._new_file(path).open("wb") as file:
            file.write(csv_lines([header]))
            file.write(csv_lines(rows))

    def _write_text(self, path: str, text: str) -> None:
        self._new_file(path).write_text(text, "utf-8", newline="\n")

    def _pack(self, opened: BinaryIO) -> None:
        """Write the archive: files by name, all of the release's day, so that the same files give the same bytes."""
        day = (max(self._made_on.year, 1980), self._made_on.month, self._made_on.day, 0, 0, 0)
        with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=_PACKED_LEVEL) as archive:
            for path, file in sorted(self._files.items()):
                member = zipfile.ZipInfo(path, day)
                member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
                member.file_size = file.stat().st_size
                with file.open("rb") as source, archive.open(member, "w") as packed:
                    shutil.copyfileobj(source, packed, _CHUNK_BYTES)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
