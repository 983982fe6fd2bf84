"""The dry run: every row of a file is read and decided on, and what would become of it is written down."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.queries.query_tools import grouped
from kb.core.db import Database
from kb.core.errors import NotFound, Refused
from kb.core.i18n import Message, gettext_noop
from kb.peers.places import Gazetteer

from .choices import NO_IMPORT, VERDICTS
from .column_matching import mapping_of, refuse_missing
from .duplicates import Duplicates
from .fields import FIELDS
from .models import Import, ImportFile, ImportKey, ImportRow
from .plan import plan_row
from .reading import read_file
from .row_reader import ReadRow, RowReader
from .stored_messages import RowMessage, row_message_to_json
from .value_mapping import ValueMapping

BATCH = 200
Progress = Callable[[int, int], None]
"""Told the rows done and the rows there are."""

_TWICE = gettext_noop("The key %(key)s stands in row %(row)s already.")


def file_of(session: Session, import_id: int) -> tuple[Import, bytes]:
    """The import and its file. NotFound where there is none; Refused where its file was taken away."""
    held = session.get(Import, import_id)
    if held is None:
        raise NotFound(NO_IMPORT, number=str(import_id))
    file = session.get(ImportFile, import_id)
    if file is None:
        raise Refused(gettext_noop("The file of this import was taken away after it; upload it again."))
    return held, file.content


def letters_of(mapping: Mapping[str, str]) -> dict[str, str]:
    """The letter of the column that says a field of an initiative, by the field's name."""
    letters: dict[str, str] = {}
    for letter, code in mapping.items():
        letters.setdefault(FIELDS[code].field or code, letter)
    return letters


def check_file(database: Database, import_id: int, gazetteer: Gazetteer, progress: Progress) -> None:
    """Read the whole file and write its rows down, in batches; from the beginning, whatever an earlier run wrote."""
    with database.writing() as session:
        session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    with database.reading() as session:
        held, content = file_of(session, import_id)
    table = read_file(content, held.file_name, held.sheet, columns=held.mapping.keys(), is_patient=True)
    mapped = mapping_of(table.columns, held.mapping)
    refuse_missing(mapped)
    with database.reading() as session:
        reader, similar = RowReader(session, table, mapped, gazetteer, held.words), Duplicates(session)
    rows = [row for row in table.rows if not reader.is_example(row)]
    seen: dict[str, int] = {}
    letters = letters_of(held.mapping)
    for start in range(0, len(rows), BATCH):
        # Decided while others may write, and only written down in a transaction.
        with database.reading() as session:
            current = session.get_one(Import, import_id)
            actor = session.get(User, current.actor_id) if current.actor_id else None
            batch = [reader.read(row) for row in rows[start : start + BATCH]]
            keys = _keys(session, current.collection, batch)
            planned = [_planned(session, current, actor, row, keys, seen, similar, letters) for row in batch]
        with database.writing() as session:
            session.add_all(planned)
        progress(min(start + BATCH, len(rows)), len(rows))
    _count(database, import_id, len(rows), reader.value_mapping)


def _keys(session: Session, collection: str, rows: list[ReadRow]) -> dict[str, ImportKey]:
    chosen = select(ImportKey).where(ImportKey.collection == collection, ImportKey.key.in_([row.key for row in rows]))
    return {held.key: held for held in session.scalars(chosen)}


def _planned(
    session: Session,
    held: Import,
    actor: User | None,
    row: ReadRow,
    keys: Mapping[str, ImportKey],
    seen: dict[str, int],
    similar: Duplicates,
    letters: Mapping[str, str],
) -> ImportRow:
    said: dict[str, Any] = json.loads(json.dumps(row.values))
    problems, doubts = list(row.problems), list(row.warnings)
    first = seen.setdefault(row.key, row.number) if row.key else row.number
    if first != row.number:
        problems.append(RowMessage(letters.get("key"), Message(_TWICE, {"key": row.key, "row": str(first)})))
    key = keys.get(row.key)
    verdict, changes = "refused", []
    if not problems:
        decision = plan_row(session, actor, held.mode, said, key, letters)
        verdict, changes = decision.verdict, decision.changes
        problems, doubts = decision.problems, [*doubts, *decision.warnings]
    if row.title and first == row.number and (double := similar.in_file(row.number, row.title, said["cities"])):
        doubts.append(RowMessage(letters.get("title"), double))
    if verdict == "made" and (double := similar.of_new(row.title, said["cities"])):
        doubts.append(RowMessage(letters.get("title"), double))
    return ImportRow(
        import_id=held.id,
        number=row.number,
        key=row.key,
        title=row.title[:300],
        values=said,
        verdict=verdict,
        changes=changes,
        problems=[row_message_to_json(one) for one in problems],
        warnings=[row_message_to_json(one) for one in doubts],
        entry_id=key.entry_id if key else None,
    )


def _count(database: Database, import_id: int, rows: int, meanings: ValueMapping) -> None:
    with database.writing() as session:
        held = session.get_one(Import, import_id)
        held.rows, held.unknown = rows, meanings.unknown()
        count_verdicts(session, held)


def recount(held: Import, before: str, after: str) -> None:
    """Set the counts of an import right when what becomes of one of its rows has changed."""
    setattr(held, before, getattr(held, before) - 1)
    setattr(held, after, getattr(held, after) + 1)


def count_verdicts(session: Session, held: Import) -> None:
    """Set the counts of an import to those of its rows, which always add up to all of them."""
    rows = select(ImportRow.verdict, func.count()).where(ImportRow.import_id == held.id).group_by(ImportRow.verdict)
    counted = grouped(session, rows)
    for verdict in VERDICTS:
        setattr(held, verdict, counted.get(verdict, 0))
