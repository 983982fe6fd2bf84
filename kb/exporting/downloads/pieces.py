"""What a download is made from: pieces that hold of each entry its revision, what differs from it, and all names.

Entries change, and terms, cities and sources that they name do as well; a revision stays. An entry that has none yet,
as one of the seed that nobody has edited, is kept whole.
"""

import json
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, Data, EntryKind, TermKind, references_in, schema_of
from kb.core.db import Database, insert_if_absent
from kb.editorial.models import Revision

from ..cells import Cell
from ..export import Export
from ..names import CityFacts, Names, Terms
from .models import DownloadPiece

_PIECES_A_TRANSACTION = 20


class CannotBeRead(Exception):
    """A piece is missing, or another version of this program wrote it."""


class PieceWriter:
    """Writes pieces to the database, some in a transaction; those that are there already stay. `keys` names them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, bytes] = {}
        self.keys: list[str] = []

    def add(self, content: Mapping[str, Any]) -> str:
        """Keep a piece; its key."""
        packed = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
        key = sha256(packed).hexdigest()
        self._waiting[key] = packed
        self.keys.append(key)
        if len(self._waiting) >= _PIECES_A_TRANSACTION:
            self.flush()
        return key

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            with self._database.writing() as session:
                # In one order, so that no two that keep the same pieces wait in a ring.
                for key, packed in sorted(self._waiting.items()):
                    insert_if_absent(session, DownloadPiece, key=key, content=packed)
            self._waiting.clear()


def piece_of(session: Session, kind: EntryKind, entries: Sequence[Data], names: Names) -> dict[str, Any]:
    """What is kept of a batch of entries, with the names that they refer to."""
    revisions = _newest_revisions(session, kind, [entry["id"] for entry in entries])
    return {
        "fields": list(entries[0]) if entries else [],
        "entries": [
            [entry["id"], revision_id, {name: value for name, value in entry.items() if _differs(name, value, before)}]
            for entry in entries
            for revision_id, before in [revisions.get(entry["id"], (None, {}))]
        ],
        "titles": {str(of): dict(titles) for of, titles in names.entries.items()},
        "cities": {slug: asdict(city) for slug, city in names.cities.items()},
    }


def _differs(name: str, value: Any, before: Mapping[str, Any]) -> bool:
    return name != "id" and (name not in before or before[name] != value or type(before[name]) is not type(value))


def head_of(terms: Terms, ids: Sequence[int]) -> dict[str, Any]:
    """What is kept of a download as a whole: the labels of terms, and its entries in their order."""
    return {"terms": {str(kind): list(labels.items()) for kind, labels in terms.items()}, "ids": list(ids)}


def _newest_revisions(session: Session, kind: EntryKind, ids: Sequence[int]) -> dict[int, tuple[int, dict[str, Any]]]:
    """The newest revision of each entry, its id and its data as they were stored."""
    newest = select(func.max(Revision.id)).where(Revision.kind == kind, Revision.entry_id.in_(ids))
    stored = Revision.__table__.c
    rows = session.execute(
        select(stored.entry_id, stored.id, stored.data).where(stored.id.in_(newest.group_by(Revision.entry_id)))
    )
    return {entry_id: (revision_id, data) for entry_id, revision_id, data in rows}


@dataclass(frozen=True, kw_only=True)
class KeptExport(Export):
    """An Export whose entries and names are those of the pieces, whatever became of them in the catalogue since."""

    pieces: Sequence[str]

    @classmethod
    def read(cls, session: Session, pieces: Sequence[str], **about: Any) -> "KeptExport":
        """The export of a download; the first of its pieces is its head. Raises CannotBeRead."""
        return cls(ids=read_piece(session, pieces[0])["ids"], pieces=pieces, **about)

    def named_batches(
        self, session: Session, fields: Collection[str] | None = None
    ) -> Iterator[tuple[list[Data], Names]]:
        """The entries as they were, with the names as they were. Raises CannotBeRead."""
        left_out = schema_of(self.kind).declared.keys() - set(fields) if fields is not None else set()
        kept_terms = read_piece(session, self.pieces[0])["terms"]
        terms = {TermKind(kind): dict(map(tuple, labels)) for kind, labels in kept_terms.items()}
        for key in self.pieces[1:]:
            piece = read_piece(session, key)
            entries = [
                {name: value for name, value in entry.items() if name not in left_out}
                for entry in _entries_in(session, piece)
            ]
            yield entries, _names_in(piece, terms)


def read_piece(session: Session, key: str) -> dict[str, Any]:
    """A piece. Raises CannotBeRead."""
    packed = session.scalar(select(DownloadPiece.content).where(DownloadPiece.key == key))
    if packed is None or sha256(packed).hexdigest() != key:
        raise CannotBeRead(key)
    piece: dict[str, Any] = json.loads(zlib.decompress(packed))
    return piece


def _entries_in(session: Session, piece: Mapping[str, Any]) -> list[Data]:
    stored = Revision.__table__.c
    wanted = [revision_id for _, revision_id, _ in piece["entries"] if revision_id is not None]
    found = session.execute(select(stored.id, stored.data).where(stored.id.in_(wanted)))
    revisions = dict(found.all())
    entries = []
    for entry_id, revision_id, differences in piece["entries"]:
        values = {**revisions.get(revision_id, {}), **differences, "id": entry_id}
        if not values.keys() >= set(piece["fields"]):
            raise CannotBeRead(f"revision {revision_id}")
        entries.append({name: values[name] for name in piece["fields"]})
    return entries


def _names_in(piece: Mapping[str, Any], terms: Terms) -> Names:
    try:
        cities = {slug: CityFacts(**facts) for slug, facts in piece["cities"].items()}
    except TypeError as problem:
        raise CannotBeRead(str(problem)) from problem
    return Names(terms, {EntryKind(kind): titles for kind, titles in piece["titles"].items()}, cities)


SOURCE_COLUMNS = ("entry", "entry_label", "address", "title", "seen_on")
"""The head of the table of sources."""


def source_rows(session: Session, export: Export) -> Iterator[list[list[Cell]]]:
    """A row for each source of an entry, in batches: the entry's slug and title, then what is known of the source."""
    title = ENTRIES[export.kind].title
    for entries, _ in export.named_batches(session):
        rows: list[list[Cell]] = []
        for entry in entries:
            known = {source["url"]: source for source in entry.get("sources", ())}
            for url in sources_of(export.kind, entry):
                source = known.get(url, {})
                rows.append([entry["slug"], entry[title], url, source.get("title"), source.get("seen_on")])
        yield rows


def sources_of(kind: EntryKind, entry: Data) -> list[str]:
    """The addresses of an entry's sources, each once."""
    return list(dict.fromkeys(str(value) for reference, value in references_in(kind, entry) if reference == "source"))
