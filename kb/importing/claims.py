"""Claims: which process works on an import while its heartbeat goes on; one that lost its claim writes nothing.

A process that ends without a word leaves its import at work with an old heartbeat. Whoever looks next lets it wait
again, so that any process may go on with it (`release_stale`). A process that was only paused finds out by `held`.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.db import locked
from kb.core.i18n import Message, gettext_noop

from .models import Import
from .serialization import message_to_json

STALE = timedelta(seconds=60)
"""Without a heartbeat for so long, nobody works on it any more."""

UNCLAIMED = timedelta(seconds=5)
"""What has waited for so long is not about to be claimed by whoever let it wait."""

MOST_RESTARTS = 3
"""So often a task goes on by itself; it may be the task itself that ends processes, as by taking all memory."""

_STOPPED = gettext_noop(
    "The program stopped several times during this import. Every finished row is complete, and you can continue. "
    "If it stops again, tell the operator of this site."
)


class ClaimLost(Exception):
    """Another process works on the import, or it is gone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One process's claim on an import."""

    import_id: int
    token: str

    def held(self, session: Session) -> Import:
        """The import, which nobody else takes over until the transaction ends. Raises ClaimLost.

        Where the transaction needs the write lock of the catalogue, it takes that first.
        """
        # Rows that only point to the import may be written by others meanwhile.
        query = select(Import).where(Import.id == self.import_id).with_for_update(key_share=True)
        import_record = session.scalar(query.execution_options(populate_existing=True))
        if import_record is None or import_record.state != "working" or import_record.claim != self.token:
            raise ClaimLost
        return import_record

    def is_finished(self, session: Session) -> bool:
        """Whether this process has already ended the task, as where only the answer to its COMMIT was lost."""
        query = select(Import.state).where(Import.id == self.import_id, Import.claim == self.token)
        return session.scalar(query) not in {None, "working"}


def claimed(import_record: Import) -> Claim:
    """Claim an import; the caller holds the lock by which processes claim one after the other."""
    claim = Claim(import_record.id, secrets.token_hex(8))
    import_record.state, import_record.claim = "working", claim.token
    import_record.beat_at, import_record.problem = now(), None
    return claim


def release(import_record: Import, state: str) -> None:
    """Leave an import in a state in which nobody works on it, nor has ended a task of it."""
    import_record.state, import_record.claim = state, None


def release_stale(session: Session) -> None:
    """Let what nobody works on any more wait for whoever comes, or, where a person must say so, be interrupted.

    That is what has ended too many processes, and what is nobody's who has an account: the terminal's.
    """
    # Locked, so that one that is ended at this moment, by a process that was paused, stays so.
    for import_record in session.scalars(locked(select(Import).where(_is_stale()))):
        import_record.restarts += 1
        may_go_on = import_record.restarts <= MOST_RESTARTS and import_record.actor_id is not None
        release(import_record, "waiting" if may_go_on else "interrupted")
        if import_record.restarts > MOST_RESTARTS:
            import_record.problem = message_to_json(Message(_STOPPED))


def is_left(session: Session) -> bool:
    """Whether there is something to take up that nobody works on."""
    waits = and_(Import.state == "waiting", or_(Import.beat_at.is_(None), Import.beat_at < now() - UNCLAIMED))
    is_at_work = exists().where(Import.state == "working")
    return bool(session.scalar(select(or_(exists().where(_is_stale()), and_(~is_at_work, exists().where(waits))))))


def is_stale(import_record: Import) -> bool:
    """Whether an import is at work by its state, but nobody works on it any more."""
    return import_record.state == "working" and (import_record.beat_at is None or import_record.beat_at < now() - STALE)


def _is_stale() -> ColumnElement[bool]:
    return and_(Import.state == "working", or_(Import.beat_at.is_(None), Import.beat_at < now() - STALE))
