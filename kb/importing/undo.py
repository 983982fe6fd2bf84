"""Undoes an import: withdraws what it made, restores what it changed, leaves what others have changed since."""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Initiative
from kb.core.db import Database, locked
from kb.core.errors import Conflict, NotFound, Refused
from kb.core.i18n import Message, gettext_noop
from kb.editorial import actions
from kb.editorial.choices import OPEN_STATES
from kb.editorial.merging import three_way_merge
from kb.editorial.models import Proposal, Revision
from kb.editorial.validation import blank

from .apply import BATCH, Item, actor_of, within_seconds
from .claims import Claim
from .dry_run import Progress
from .models import Import, ImportKey, ImportRow
from .plan import KIND
from .serialization import message_to_json

_REASON = gettext_noop("The import that made it was undone.")
_CHANGED = gettext_noop("It was changed after the import.")
_GONE = gettext_noop("It was withdrawn or merged after the import.")
_DECIDED = gettext_noop("An editor has already decided on the proposal.")


class _NotUndone(Exception):
    """The row is left as it is; `message` says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


def undo_import(database: Database, claim: Claim, progress: Progress, operator: User | None = None) -> None:
    """Take back every row that was made or changed, the last first, a batch a transaction; it can be resumed.

    Raises ClaimLost.
    """
    total = 0
    while True:
        with database.writing() as session:
            acquire_write_lock(session)
            import_record = claim.held(session)
            actor = operator or _actor_of_undo(session, import_record)
            touched = (
                ImportRow.import_id == claim.import_id,
                ImportRow.done,
                ImportRow.verdict.in_(["made", "changed"]),
            )
            total = total or session.scalar(select(func.count()).where(*touched)) or 0
            waiting = select(ImportRow).where(*touched, ImportRow.undone.is_(False), ImportRow.left.is_(None))
            rows = session.scalars(waiting.order_by(ImportRow.number.desc()).limit(BATCH)).all()
            for row in within_seconds(rows):
                _undo_row(session, actor, import_record, row)
                import_record.progress += 1
            done = import_record.progress
        if not rows:
            break
        progress(done, total)
        database.pause_writing()
    _withdraw_cities(database, claim, operator)


def _actor_of_undo(session: Session, import_record: Import) -> User:
    undoer = session.get(User, import_record.undone_by_id) if import_record.undone_by_id else None
    return undoer or actor_of(session, import_record)


def _undo_row(session: Session, actor: User, import_record: Import, row: ImportRow) -> None:
    try:
        with session.begin_nested():
            if import_record.mode == "published":
                _undo_entry(session, actor, row)
            else:
                _undo_proposal(session, actor, row)
            _restore_key(session, import_record, row)
    except _NotUndone as reason:
        row.left = message_to_json(reason.message)
    except Conflict:
        row.left = message_to_json(Message(_CHANGED))
    except (Refused, NotFound) as problem:
        row.left = message_to_json(problem.message)
    else:
        row.undone = True


def _undo_entry(session: Session, actor: User, row: ImportRow) -> None:
    if session.get(Initiative, row.entry_id) is None:
        raise _NotUndone(Message(_GONE))
    revisions = select(Revision.id).where(Revision.kind == KIND, Revision.entry_id == row.entry_id)
    newest = session.scalar(revisions.order_by(Revision.id.desc()).limit(1))
    if newest != row.revision_id or row.entry_id is None:
        raise _NotUndone(Message(_CHANGED))
    if row.verdict == "made":
        actions.withdraw(session, actor, KIND, row.entry_id, _REASON)
        return
    before = session.scalar(revisions.where(Revision.id < newest).order_by(Revision.id.desc()).limit(1))
    if before is None:
        raise _NotUndone(Message(_CHANGED))
    actions.restore(session, actor, before, seen=newest, why=_REASON)


def _undo_proposal(session: Session, actor: User, row: ImportRow) -> None:
    # Locked, since its author may be saving it at this moment.
    proposal = session.scalar(locked(select(Proposal).where(Proposal.id == row.proposal_id)))
    if proposal is None or proposal.state not in OPEN_STATES:
        raise _NotUndone(Message(_DECIDED))
    if proposal.version != row.revision_id:
        raise _NotUndone(Message(_CHANGED))
    if row.verdict == "changed" and row.before is not None and proposal.import_id != row.import_id:
        data = _as_before(proposal.data, row.values, row.before)
        actions.save_draft(session, actor, proposal.id, data, seen=proposal.version)
    elif proposal.author_id == actor.id:
        actions.take_back(session, actor, proposal.id)
    else:
        actions.decline(session, actor, proposal.id, _REASON, seen=proposal.version)


def _as_before(current: Mapping[str, Any], values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    nothing = blank(KIND)
    former = {name: before.get(name, nothing.get(name)) for name in values}
    return three_way_merge(KIND, {**current, **values}, {**current, **former}, current).data


def _restore_key(session: Session, import_record: Import, row: ImportRow) -> None:
    """The key says what it said before the import, or is not known any more."""
    key = session.get(ImportKey, (import_record.collection, row.key))
    if key is None or key.values != row.values:
        return
    if row.before is None:
        session.delete(key)
    else:
        key.values = row.before


def _withdraw_cities(database: Database, claim: Claim, operator: User | None) -> None:
    """Pages of cities that the import needed go with it, unless somebody has made use of them since."""
    with database.reading() as session:
        query = select(Revision.entry_id, Revision.id).where(
            Revision.kind == EntryKind.CITY, Revision.made_from == "companion", Revision.import_id == claim.import_id
        )
        made_cities = deque((city_id, revision_id) for city_id, revision_id in session.execute(query))
    while made_cities:
        with database.writing() as session:
            acquire_write_lock(session)
            import_record = claim.held(session)
            actor = operator or _actor_of_undo(session, import_record)
            for city_id, revision_id in within_seconds(_popping(made_cities)):
                _withdraw_city(session, actor, city_id, revision_id)
        database.pause_writing()


def _popping(queue: deque[Item]) -> Iterator[Item]:
    while queue:
        yield queue.popleft()


def _withdraw_city(session: Session, actor: User, city_id: int, revision_id: int) -> None:
    revisions = select(func.max(Revision.id)).where(Revision.kind == EntryKind.CITY, Revision.entry_id == city_id)
    newest = session.scalar(revisions)
    if newest != revision_id or session.get(City, city_id) is None:
        return
    # Where something belongs to the city by now, it stays.
    with suppress(Refused), session.begin_nested():
        actions.withdraw(session, actor, EntryKind.CITY, city_id, _REASON)
