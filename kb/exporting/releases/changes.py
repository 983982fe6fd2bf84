"""What changed between two releases: entries, sessions and answers that were added, changed, withdrawn or merged."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, STANDARD_FIELDS, Data, EntryKind
from kb.editorial.models import Redirect, Withdrawal

ENTRIES_FILE = "entries.csv"
FORUM_FILE = "sessions-and-answers.csv"
ENTRY_COLUMNS = ("kind", "id", "slug", "title", "version", "sha256")
CHANGE_COLUMNS = ("kind", "id", "slug", "title", "change", "into")

What = Literal["added", "changed", "withdrawn", "merged"]
WHATS: tuple[What, ...] = ("added", "changed", "withdrawn", "merged")

_BOOKKEEPING = {"id", *STANDARD_FIELDS} - {"slug"}


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry, session or answer of a release in one line; `digest` is a hash of all that the release says of it.

    Sessions and answers have no version, answers no slug.
    """

    kind: str
    id: int
    slug: str
    title: str
    version: int | None
    digest: str

    @classmethod
    def of(cls, kind: EntryKind, entry: Data) -> "EntryLine":
        """The line of an entry; the digest is of what is declared of it, and of its slug."""
        said = {name: value for name, value in entry.items() if name not in _BOOKKEEPING}
        digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        return cls(str(kind), entry["id"], entry["slug"], entry[ENTRIES[kind].title], entry["version"], digest)

    def cells(self) -> list[str | int | float | None]:
        """The row of the table of entries, or of that of sessions and answers."""
        return [self.kind, self.id, self.slug or None, self.title, self.version, self.digest]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an entry, session or answer; `into` is the slug of the one that it was merged into."""

    line: EntryLine
    what: What
    into: str = ""

    def cells(self) -> list[str | int | float | None]:
        """The row of the table of changes; an answer that was withdrawn is not told again, not even its question."""
        line = self.line
        title = line.title if line.slug or self.what != "withdrawn" else None
        return [line.kind, line.id, line.slug or None, title, self.what, self.into or None]


Lines = Mapping[tuple[str, int], EntryLine]


def lines_of(archive: Path, name: str) -> dict[tuple[str, int], EntryLine]:
    """The lines of one of the two files of a release. Raises OSError, zipfile.BadZipFile, KeyError and ValueError."""
    with zipfile.ZipFile(archive) as opened, opened.open(name) as file:
        rows = csv.DictReader(io.TextIOWrapper(file, "utf-8", newline=""))
        lines = (
            EntryLine(
                row["kind"],
                int(row["id"]),
                row["slug"],
                row["title"],
                int(row["version"]) if row["version"] else None,
                row["sha256"],
            )
            for row in rows
        )
        return {(line.kind, line.id): line for line in lines}


def has_forum(archive: Path) -> bool:
    """Whether a release tells what its sessions and answers said; earlier ones do not."""
    with zipfile.ZipFile(archive) as opened:
        return FORUM_FILE in opened.namelist()


def changes_between(session: Session, before: Lines, now: Lines) -> Iterator[Change]:
    """What changed, in the order of the entries: first what is there, then what is gone."""
    for key, line in now.items():
        known = before.get(key)
        if known is None:
            yield Change(line, "added")
        elif known.digest != line.digest:
            yield Change(line, "changed")
    gone = [line for key, line in before.items() if key not in now]
    merged = _merged(session, gone)
    for line in gone:
        into = merged.get((line.kind, line.id))
        yield Change(line, "withdrawn") if into is None else Change(line, "merged", into)


def _merged(session: Session, gone: Sequence[EntryLine]) -> dict[tuple[str, int], str]:
    """The slugs of the entries that others were merged into, by the kind and id of these."""
    slugs: dict[tuple[str, int], str] = {}
    if not gone:
        return slugs
    for kind, definition in ENTRIES.items():
        model = definition.model
        kept = select(Redirect.former_id, model.slug).join(model, model.id == Redirect.entry_id)
        rows = session.execute(kept.where(Redirect.kind == kind))
        slugs |= {(str(kind), former_id): slug for former_id, slug in rows}
    withdrawn = session.execute(select(Withdrawal.kind, Withdrawal.entry_id))
    for kind, entry_id in withdrawn:
        slugs.pop((str(kind), entry_id), None)
    return slugs
