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
    import_record = session.get(Import, import_id)
    if import_record is None:
        raise NotFound(NO_IMPORT, number=str(import_id))
    file = session.get(ImportFile, import_id)
    if file is None:
        raise Refused(gettext_noop("The file of this import was taken away after it; upload it again."))
    return import_record, file.content


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
        import_record, content = file_of(session, import_id)
    table = read_file(
        content, import_record.file_name, import_record.sheet, columns=import_record.mapping.keys(), is_patient=True
    )
    mapped = mapping_of(table.columns, import_record.mapping)
    refuse_missing(mapped)
    with database.reading() as session:
        reader, similar = RowReader(session, table, mapped, gazetteer, import_record.words), Duplicates(session)
    rows = [row for row in table.rows if not reader.is_example(row)]
    seen: dict[str, int] = {}
    letters = letters_of(import_record.mapping)
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
    query = select(ImportKey).where(ImportKey.collection == collection, ImportKey.key.in_([row.key for row in rows]))
    return {import_key.key: import_key for import_key in session.scalars(query)}


def _planned(
    session: Session,
    import_record: Import,
    actor: User | None,
    row: ReadRow,
    keys: Mapping[str, ImportKey],
    seen: dict[str, int],
    similar: Duplicates,
    letters: Mapping[str, str],
) -> ImportRow:
    data: dict[str, Any] = json.loads(json.dumps(row.values))
    problems, row_messages = list(row.problems), list(row.warnings)
    first = seen.setdefault(row.key, row.number) if row.key else row.number
    if first != row.number:
        problems.append(RowMessage(letters.get("key"), Message(_TWICE, {"key": row.key, "row": str(first)})))
    key = keys.get(row.key)
    verdict, changes = "refused", []
    if not problems:
        decision = plan_row(session, actor, import_record.mode, data, key, letters)
        verdict, changes = decision.verdict, decision.changes
        problems, row_messages = decision.problems, [*row_messages, *decision.warnings]
    if row.title and first == row.number and (double := similar.in_file(row.number, row.title, data["cities"])):
        row_messages.append(RowMessage(letters.get("title"), double))
    if verdict == "made" and (double := similar.of_new(row.title, data["cities"])):
        row_messages.append(RowMessage(letters.get("title"), double))
    return ImportRow(
        import_id=import_record.id,
        number=row.number,
        key=row.key,
        title=row.title[:300],
        values=data,
        verdict=verdict,
        changes=changes,
        problems=[row_message_to_json(row_message) for row_message in problems],
        warnings=[row_message_to_json(row_message) for row_message in row_messages],
        entry_id=key.entry_id if key else None,
    )


def _count(database: Database, import_id: int, rows: int, value_mapping: ValueMapping) -> None:
    with database.writing() as session:
        import_record = session.get_one(Import, import_id)
        import_record.rows, import_record.unknown = rows, value_mapping.unknown()
        count_verdicts(session, import_record)


def recount(import_record: Import, before: str, after: str) -> None:
    """Set the counts of an import right when what becomes of one of its rows has changed."""
    setattr(import_record, before, getattr(import_record, before) - 1)
    setattr(import_record, after, getattr(import_record, after) + 1)


def count_verdicts(session: Session, import_record: Import) -> None:
    """Set the counts of an import to those of its rows, which always add up to all of them."""
    rows = (
        select(ImportRow.verdict, func.count())
        .where(ImportRow.import_id == import_record.id)
        .group_by(ImportRow.verdict)
    )
    counted = grouped(session, rows)
    for verdict in VERDICTS:
        setattr(import_record, verdict, counted.get(verdict, 0))
