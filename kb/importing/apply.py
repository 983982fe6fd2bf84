"""Imports the rows of a checked file, each planned anew: the catalogue may have changed since the dry run."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.models import Initiative
from kb.core.db import Database
from kb.core.errors import Problem, Refused
from kb.core.i18n import Message, gettext_noop
from kb.editorial import actions
from kb.editorial.choices import EDITABLE_STATES
from kb.editorial.errors import Invalid

from .claims import Claim
from .dry_run import Progress, letters_of, recount
from .models import Import, ImportKey, ImportRow
from .plan import KIND, RowPlan, keys_of, plan_row, read_ahead
from .serialization import RowMessage, row_message_to_json

_NOT_TAKEN = gettext_noop("This row cannot be saved.")


_NOT_WRITTEN = (IntegrityError, DataError)


class _RowFailed(Exception):
    """A row cannot be written, and would spoil its batch: each row needs a savepoint of its own."""


def run_import(database: Database, claim: Claim, progress: Progress, operator: User | None = None) -> None:
    """Bring in the rows that are not done yet, a batch a transaction; so it can be resumed wherever it stopped.

    Raises ClaimLost. `operator` does it where the import is nobody's who has an account.
    """
    with database.reading() as session:
        total = session.get_one(Import, claim.import_id).rows
    done, size = -1, min(FIRST_BATCH, BATCH)
    while done < total:
        before = done
        try:
            done, seconds = _run_batch(database, claim, operator, size)
        except _RowFailed:
            done, seconds = _run_batch(database, claim, operator, size, careful=True)
        if done == before:
            return
        size = next_size(done - max(before, 0), seconds)
        progress(done, total)
        database.pause_writing()


def next_size(rows: int, seconds: float) -> int:
    """How many rows the next transaction takes, as so many took so long: as many as BATCH_SECONDS let through.

    Not fewer than FIRST_BATCH, since what is read for a batch costs the same for one row as for twenty.
    """
    fitting = min(2 * rows, round(rows * BATCH_SECONDS / max(seconds, 0.001)))
    return min(BATCH, max(FIRST_BATCH, fitting))


def _run_batch(
    database: Database, claim: Claim, operator: User | None, size: int, *, careful: bool = False
) -> tuple[int, float]:
    """Bring in the next rows; give how many of the import are done, and for how many seconds others had to wait.

    With `careful` a row that fails fails alone.
    """
    with database.writing() as session:
        acquire_write_lock(session)
        start = time.monotonic()
        import_record = claim.held(session)
        actor = operator or actor_of(session, import_record)
        waiting = select(ImportRow).where(ImportRow.import_id == claim.import_id, ImportRow.done.is_(False))
        rows = session.scalars(waiting.order_by(ImportRow.number).limit(size)).all()
        planned = [(row, row.verdict) for row in rows]
        batch = _Batch(session, actor, import_record, [row for row in rows if not row.problems])
        for row in within_seconds(rows) if careful else rows:
            if not row.problems:
                batch.take_alone(row) if careful else batch.take(row)
            row.done = True
            import_record.progress += 1
        batch.finish()
        for row, verdict in planned:
            if row.verdict != verdict:
                recount(import_record, verdict, row.verdict)
        done = import_record.progress
    return done, time.monotonic() - start


def actor_of(session: Session, import_record: Import) -> User:
    """The person whose import it is. Refused where the account is gone."""
    actor = session.get(User, import_record.actor_id) if import_record.actor_id else None
    if actor is None:
        raise Refused(
            gettext_noop("The account of %(name)s, who started this import, was deleted."),
            name=import_record.actor_name,
        )
    return actor


class _Batch:
    """The rows of one transaction, written together; what they need is read for all of them at once."""

    def __init__(self, session: Session, actor: User, import_record: Import, rows: Sequence[ImportRow]) -> None:
        self._session, self._actor, self._import = session, actor, import_record
        self._letters = letters_of(import_record.mapping)
        self._keys = keys_of(session, import_record.collection, [row.key for row in rows])
        self._read = read_ahead(session, [row.values for row in rows], self._keys.values())
        self._publishing: actions.Publishing | None = None
        if import_record.mode == "published":
            self._publishing = actions.Publishing(
                session, actor, KIND, why=import_record.file_name, import_id=import_record.id
            )
            self._publishing.read_ahead([entry.id for entry in self._read if isinstance(entry, Initiative)])
        self._published: list[tuple[ImportRow, actions.Publication]] = []

    def take(self, row: ImportRow) -> None:
        """Plan a row anew and write it, without flushing where it is published."""
        try:
            # What was read ahead need not be flushed before, and what is added is remembered.
            with self._session.no_autoflush:
                self._plan_and_write(row)
        except (Problem, *_NOT_WRITTEN) as problem:
            raise _RowFailed from problem

    def take_alone(self, row: ImportRow) -> None:
        """Plan and write a row in a savepoint; one that cannot be written is refused, and leaves nothing behind."""
        try:
            with self._session.begin_nested():
                self._plan_and_write(row)
                self._finish()
        except (Problem, *_NOT_WRITTEN) as problem:
            self._published = []
            self._refuse(row, _row_messages(problem, self._letters))

    def finish(self) -> None:
        """Write what is not written yet."""
        try:
            self._finish()
            self._session.flush()
        except _NOT_WRITTEN as problem:
            raise _RowFailed from problem

    def _plan_and_write(self, row: ImportRow) -> None:
        key = self._keys.get(row.key)
        row_plan = plan_row(self._session, self._actor, self._import.mode, row.values, key, self._letters)
        row.verdict, row.changes = row_plan.verdict, row_plan.changes
        row.before = key.values if key else None
        if row_plan.verdict == "refused":
            self._refuse(row, row_plan.problems)
        elif row_plan.verdict == "unchanged":
            self._update_key(row)
        elif self._publishing is not None:
            publication = self._publishing.add(row_plan.checked or row.values, row_plan.entry)
            self._published.append((row, publication))
        else:
            self._propose(row, row_plan)
            self._update_key(row)

    def _finish(self) -> None:
        published, self._published = self._published, []
        if self._publishing is not None:
            self._publishing.finish()
        for row, publication in published:
            row.entry_id, row.revision_id = publication.revision.entry_id, publication.revision.id
            self._update_key(row)

    def _refuse(self, row: ImportRow, problems: Iterable[RowMessage]) -> None:
        row.verdict, row.changes = "refused", []
        row.entry_id = row.revision_id = row.proposal_id = None
        row.problems = [row_message_to_json(row_message) for row_message in problems]

    def _propose(self, row: ImportRow, row_plan: RowPlan) -> None:
        session, actor = self._session, self._actor
        data = row_plan.checked or row.values
        entry_id = row_plan.entry.id if row_plan.entry else None
        if row_plan.proposal is None:
            proposal = actions.start(session, actor, KIND, data, entry_id=entry_id, import_id=self._import.id)
        else:
            seen = row_plan.proposal.version
            proposal = actions.save_draft(session, actor, row_plan.proposal.id, data, seen=seen)
        if row_plan.is_complete and proposal.state in EDITABLE_STATES:
            proposal = actions.submit(session, actor, proposal.id, seen=proposal.version, checked=row_plan.checked)
        # For a proposal it is its version that tells whether somebody has changed it since.
        row.proposal_id, row.revision_id, row.entry_id = proposal.id, proposal.version, entry_id

    def _update_key(self, row: ImportRow) -> None:
        key = self._keys.get(row.key)
        if key is None:
            key = ImportKey(collection=self._import.collection, key=row.key, values=row.values)
            self._session.add(key)
            self._keys[row.key] = key
        if row.verdict == "unchanged":
            if key.values != row.values:
                key.values = row.values
            row.entry_id, row.proposal_id = key.entry_id, key.proposal_id
            return
        key.values, key.import_id = row.values, self._import.id
        key.entry_id = row.entry_id or key.entry_id
        key.proposal_id = row.proposal_id or key.proposal_id


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


Item = TypeVar("Item")

FIRST_BATCH = 20
"""Rows of the first transaction, of which nobody knows yet how long they take, and of each at least."""

BATCH = 200
"""Rows of one transaction at most."""

BATCH_SECONDS = 0.15
"""For so long others wait for a transaction."""


def within_seconds(items: Iterable[Item], seconds: float = BATCH_SECONDS) -> Iterator[Item]:
    """Give the items until the seconds are over; the first one always."""
    end = time.monotonic() + seconds
    for item in items:
        yield item
        if time.monotonic() >= end:
            return
