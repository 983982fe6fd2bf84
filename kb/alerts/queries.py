"""Reads what is new in the catalogue, and which alerts are due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import Change
from kb.core.db import in_batches
from kb.search.kinds import Key

from .models import Alert

FIRST_VERSION = 1
"""The version that an entry has when it comes into the catalogue; it is raised by each change."""

_LONGEST_WRITE = timedelta(minutes=10)
"""An entry is made so shortly before the log notes it; one that is brought back has the moment of its first time."""


def new_entries(session: Session, after: int, until: int) -> Sequence[tuple[int, Key]]:
    """The entries published after one change of the log up to another, the oldest first, each with its change.

    One that was withdrawn and brought back, or only changed, is not new; one that is gone is left out.
    """
    saved = select(Change.id, Change.kind, Change.entry_id, Change.at).where(
        Change.id > after,
        Change.id <= until,
        Change.kind.in_([str(kind) for kind in EntryKind]),
        Change.version == FIRST_VERSION,
        Change.action == "saved",
    )
    rows = session.execute(saved.order_by(Change.id)).all()
    made: dict[Key, datetime] = {}
    for kind in EntryKind:
        model: Any = ENTRIES[kind].model
        for ids in in_batches(row.entry_id for row in rows if row.kind == kind):
            found = session.execute(select(model.id, model.created_at).where(model.id.in_(ids)))
            made |= {(kind, entry_id): created_at for entry_id, created_at in found}
    keys = [(row.id, (EntryKind(row.kind), row.entry_id), row.at) for row in rows]
    return [(number, key) for number, key, at in keys if key in made and made[key] >= at - _LONGEST_WRITE]


def is_due(moment: datetime) -> ColumnElement[bool]:
    """Whether a mail of an alert may be made: its time has come, or whoever had claimed it has come to an end."""
    return or_(
        and_(Alert.state == "waiting", Alert.due_at <= moment),
        and_(Alert.state == "claimed", Alert.claimed_until < moment),
    )


def is_interrupted(moment: datetime) -> ColumnElement[bool]:
    """Whether whoever was sending the mail of an alert has come to an end in the middle of it."""
    return and_(Alert.state == "sending", Alert.claimed_until < moment)


def due_alerts(moment: datetime, most: int) -> Select[Alert]:
    """Alerts of which a mail may be made, the one that is due for longest first."""
    return select(Alert).where(is_due(moment)).order_by(Alert.due_at, Alert.id).limit(most)


def count_alerts(session: Session, late: datetime) -> tuple[int, int]:
    """How many alerts are confirmed, and how many of them were due before a moment and have not been looked at."""
    confirmed = select(func.count()).where(Alert.state != "unconfirmed")
    return session.scalar(confirmed) or 0, session.scalar(confirmed.where(Alert.due_at < late)) or 0
