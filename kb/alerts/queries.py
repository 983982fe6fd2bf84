"""Reads what is new in the catalogue, and how many alerts there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
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


def count_alerts(session: Session, late: datetime) -> tuple[int, int]:
    """How many alerts are confirmed, and how many of them were due before a moment and have not been looked at."""
    confirmed = select(func.count()).where(Alert.state != "unconfirmed")
    return session.scalar(confirmed) or 0, session.scalar(confirmed.where(Alert.due_at < late)) or 0
