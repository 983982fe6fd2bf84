"""Imports the rows of a checked file, each planned anew: the catalogue may have changed since the dry run."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.core.db import Database
from kb.core.errors import Problem, Refused
from kb.core.i18n import Message, gettext_noop
from kb.editorial import actions
from kb.editorial.choices import EDITABLE_STATES
from kb.editorial.errors import Invalid

from .dry_run import Progress, letters_of, recount
from .models import Import, ImportKey, ImportRow
from .plan import KIND, RowPlan, plan_row
from .serialization import RowMessage, row_message_to_json

_NOT_TAKEN = gettext_noop("This row cannot be saved.")


class _RowFailed(Exception):
    """A row cannot be written, and would spoil its batch: each row needs a savepoint of its own."""


def run_import(database: Database, import_id: int, progress: Progress, operator: User | None = None) -> None:
    """Bring in the rows that are not done yet, a batch a transaction; so it can be resumed wherever it stopped.

    `operator` does it where the import is nobody's who has an account.
    """
    with database.reading() as session:
        total = session.get_one(Import, import_id).rows
    done = -1
    while done < total:
        before = done
        try:
            done = _run_batch(database, import_id, operator, careful=False)
        except _RowFailed:
            done = _run_batch(database, import_id, operator, careful=True)
        if done == before:
            return
        progress(done, total)
        database.pause_writing()


def _run_batch(database: Database, import_id: int, operator: User | None, *, careful: bool) -> int:
    """Bring in the next rows; return how many of the import are done. With `careful` a row that fails fails alone."""
    with database.writing() as session:
        import_record = session.get_one(Import, import_id)
        actor = operator or actor_of(session, import_record)
        acquire_write_lock(session)
        waiting = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.done.is_(False))
        letters = letters_of(import_record.mapping)
        for row in within_seconds(session.scalars(waiting.order_by(ImportRow.number).limit(BATCH)).all()):
            planned = row.verdict
            _take(session, actor, import_record, row, letters, careful=careful)
            if row.verdict != planned:
                recount(import_record, planned, row.verdict)
            import_record.progress += 1
        return import_record.progress


def actor_of(session: Session, import_record: Import) -> User:
    """The person whose import it is. Refused where the account is gone."""
    actor = session.get(User, import_record.actor_id) if import_record.actor_id else None
    if actor is None:
        raise Refused(
            gettext_noop("The account of %(name)s, who started this import, was deleted."),
            name=import_record.actor_name,
        )
    return actor


def _take(
    session: Session, actor: User, import_record: Import, row: ImportRow, letters: Mapping[str, str], *, careful: bool
) -> None:
    if not row.problems:
        _import_row(session, actor, import_record, row, letters, careful=careful)
    row.done = True


def _import_row(
    session: Session, actor: User, import_record: Import, row: ImportRow, letters: Mapping[str, str], *, careful: bool
) -> None:
    key = session.get(ImportKey, (import_record.collection, row.key))
    if key is None and import_record.mode == "published":
        # Publishing reads the whole entry anew, and refuses what is wrong.
        row_plan = RowPlan("made", changes=row.changes)
    else:
        row_plan = plan_row(session, actor, import_record.mode, row.values, key, letters)
    row.verdict, row.changes = row_plan.verdict, row_plan.changes
    row.before = key.values if key else None
    if row_plan.verdict in {"made", "changed"}:
        try:
            with session.begin_nested() if careful else nullcontext():
                _write(session, actor, import_record, row, row_plan)
        except (Problem, IntegrityError, DataError) as problem:
            if not careful:
                raise _RowFailed from problem
            row_plan = RowPlan("refused", problems=_row_messages(problem, letters))
    if row_plan.verdict == "refused":
        row.verdict, row.changes = "refused", []
        row.entry_id = row.revision_id = row.proposal_id = None
        row.problems = [row_message_to_json(row_message) for row_message in row_plan.problems]
        return
    _update_key(session, import_record, row, key)


def _row_messages(problem: Exception, letters: Mapping[str, str]) -> list[RowMessage]:
    """What went wrong with a row, by column where that is known."""
    if isinstance(problem, Invalid):
        return [
            RowMessage(letters.get(path.split(".")[0]), message)
            for path, messages in problem.errors.items()
            for message in messages
        ]
    if isinstance(problem, Problem):
        return [RowMessage(None, problem.message)]
    return [RowMessage(None, Message(_NOT_TAKEN))]


def _write(session: Session, actor: User, import_record: Import, row: ImportRow, row_plan: RowPlan) -> None:
    entry_id = row_plan.entry.id if row_plan.entry else None
    data = row_plan.checked or row.values
    if import_record.mode == "published":
        revision = actions.publish_entry(
            session,
            actor,
            KIND,
            data,
            entry_id=entry_id,
            why=import_record.file_name,
            import_id=import_record.id,
        )
        row.entry_id, row.revision_id = revision.entry_id, revision.id
        return
    if row_plan.proposal is None:
        proposal = actions.start(session, actor, KIND, data, entry_id=entry_id, import_id=import_record.id)
    else:
        seen = row_plan.proposal.version
        proposal = actions.save_draft(session, actor, row_plan.proposal.id, data, seen=seen)
    if row_plan.is_complete and proposal.state in EDITABLE_STATES:
        proposal = actions.submit(session, actor, proposal.id, seen=proposal.version, checked=row_plan.checked)
    # For a proposal it is its version that tells whether somebody has changed it since.
    row.proposal_id, row.revision_id, row.entry_id = proposal.id, proposal.version, entry_id


def _update_key(session: Session, import_record: Import, row: ImportRow, key: ImportKey | None) -> None:
    if key is None:
        key = ImportKey(collection=import_record.collection, key=row.key, values=row.values)
        session.add(key)
    if row.verdict == "unchanged":
        if key.values != row.values:
            key.values = row.values
        row.entry_id, row.proposal_id = key.entry_id, key.proposal_id
        return
    key.values, key.import_id = row.values, import_record.id
    key.entry_id = row.entry_id or key.entry_id
    key.proposal_id = row.proposal_id or key.proposal_id


Item = TypeVar("Item")

BATCH = 50
"""Rows of one transaction at most."""

BATCH_SECONDS = 0.15
"""Seconds after which a transaction takes no further row."""


def within_seconds(items: Iterable[Item], seconds: float = BATCH_SECONDS) -> Iterator[Item]:
    """Give the items until the seconds are over; the first one always."""
    end = time.monotonic() + seconds
    for item in items:
        yield item
        if time.monotonic() >= end:
            return
