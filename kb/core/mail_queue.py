"""Rows of which a mail is sent once, also where several processes and machines send.

A process claims rows that are due (`claimed`). A mail gets a Message-ID that stays for every try. When the server knows
sender and recipient and nothing of the mail has been sent yet, its row becomes `sending`, in a transaction of its own;
only then the mail goes out, and what became of it is noted. So after a kill:

- of a `claimed` row no mail has gone out, and another process begins anew once the claim has ended;
- of a `sending` one nobody knows. That message is never handed over again.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kb.core.column_types import Code, Name, UTCDateTime
from kb.core.db import Database, locked

CLAIM = timedelta(minutes=15)
"""For so long nobody else works on a row that a process has claimed."""

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
REFUSED_RETRY = timedelta(days=1)

MOST_REFUSALS = 3
"""A mail that was refused for good so many times, a day apart, is given up."""

NOTE_TRIES = 5
"""How often it is tried to note what became of a mail, while the database cannot be written: about 15 seconds."""


class ClaimLost(Exception):
    """The row is gone, or another process took it over."""


class QueuedMail:
    """The columns of a row of which mails are sent.

    It is `waiting` until `due_at`, `claimed` by the process that `claim` names until `claimed_until`, and `sending`
    from just before the first word of a mail goes out until its fate is noted. `message_id` stays for every try;
    `attempts` and `refusals` count failures.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[Code] = mapped_column(default="waiting")
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    claim: Mapped[Code | None]
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    message_id: Mapped[Name | None]
    attempts: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)


Row = TypeVar("Row", bound=QueuedMail)


def is_due(model: type[Row], moment: datetime) -> ColumnElement[bool]:
    """Whether a mail may be made: its time has come, or whoever had claimed it has come to an end."""
    return or_(
        and_(model.state == "waiting", model.due_at <= moment),
        and_(model.state == "claimed", model.claimed_until < moment),
    )


def is_interrupted(model: type[Row], moment: datetime) -> ColumnElement[bool]:
    """Whether whoever was sending the mail has come to an end in the middle of it."""
    return and_(model.state == "sending", model.claimed_until < moment)


def claim_due(database: Database, model: type[Row], moment: datetime, most: int) -> Sequence[Row]:
    """Rows that are due, the one that is due for longest first, claimed by this process; none where nothing is due."""
    with database.reading() as session:
        if not session.scalar(select(exists().where(is_due(model, moment)))):
            return ()
    claim = secrets.token_hex(8)
    with database.writing() as session:
        query = select(model).where(is_due(model, moment)).order_by(model.due_at, model.id).limit(most)
        rows = session.scalars(query.with_for_update(skip_locked=True)).all()
        for row in rows:
            row.state, row.claim, row.claimed_until = "claimed", claim, moment + CLAIM
    return rows


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many mails are due, how many a process has claimed or is sending, and since when the oldest one is due."""

    due: int
    sending: int
    oldest_due_at: datetime | None


def queue_state(session: Session, model: type[Row], moment: datetime) -> QueueState:
    """How a queue stands."""
    query = select(func.count(), func.min(model.due_at)).where(model.state == "waiting", model.due_at <= moment)
    due, oldest = session.execute(query).one()
    sending = session.scalar(select(func.count()).where(model.state.in_(("claimed", "sending"))))
    return QueueState(due, sending or 0, oldest)


def interrupted(session: Session, model: type[Row], moment: datetime) -> Sequence[Row]:
    """Rows of whose mail nobody knows any more, locked."""
    return session.scalars(locked(select(model).where(is_interrupted(model, moment)).order_by(model.id))).all()


def has_interrupted(database: Database, model: type[Row], moment: datetime) -> bool:
    """Whether there are any."""
    with database.reading() as session:
        return bool(session.scalar(select(exists().where(is_interrupted(model, moment)))))


def owned_row(session: Session, row: Row, *states: str) -> Row | None:
    """The row as it is now, locked, where it is in one of the states and still this process's; None otherwise."""
    model: Any = type(row)
    query = select(model).where(model.id == row.id, model.claim == row.claim, model.state.in_(states))
    current: Row | None = session.scalar(locked(query))
    return current


@contextmanager
def owned(database: Database, row: Row, *states: str) -> Iterator[tuple[Session, Row]]:
    """A transaction with the row as `owned_row` gives it. Raises ClaimLost."""
    with database.writing() as session:
        current = owned_row(session, row, *states)
        if current is None:
            raise ClaimLost
        yield session, current


def begin_sending(database: Database, row: Row, moment: datetime) -> None:
    """Note that the mail of a claimed row goes out now. Raises ClaimLost."""
    with owned(database, row, "claimed") as (_session, current):
        current.state, current.claimed_until = "sending", moment + CLAIM


def release(database: Database, rows: Sequence[Row], moment: datetime) -> None:
    """Let claimed rows be claimed again at once."""
    if not rows:
        return
    with database.writing() as session:
        for row in sorted(rows, key=lambda row: row.id):
            current = owned_row(session, row, "claimed")
            if current is not None:
                wait(current, current.due_at or moment)


def wait(row: QueuedMail, until: datetime) -> None:
    """Let a row wait until a moment, for whichever process comes then."""
    row.state, row.claim, row.claimed_until, row.due_at = "waiting", None, None, until


def wait_after_failure(row: QueuedMail, moment: datetime) -> None:
    """Let a row wait after its mail was not taken, each time longer."""
    row.attempts += 1
    wait(row, moment + min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(row.attempts - 1, 10)))
