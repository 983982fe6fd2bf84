"""Reads many whole entries at once, as the dictionaries that `dump` makes."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.db import in_batches

from .kinds import EntryKind
from .registry import ENTRIES
from .rows import Data, dump, loading


def read_many(
    session: Session, kind: EntryKind, ids: Sequence[int], fields: Collection[str] | None = None
) -> list[Data]:
    """The entries in the order of `ids`, each as `dump` has it and with its `id`; those that are gone are left out.

    With `fields`, only those of the declared fields are read and given.
    """
    model: Any = ENTRIES[kind].model
    found = {
        row.id: row
        for batch in in_batches(ids)
        for row in session.scalars(select(model).where(model.id.in_(batch)).options(*loading(kind)))
    }
    entries = [{"id": entry_id, **dump(kind, found[entry_id])} for entry_id in ids if entry_id in found]
    if fields is not None:
        left_out = ENTRIES[kind].schema().fields.keys() - set(fields)
        entries = [{name: value for name, value in entry.items() if name not in left_out} for entry in entries]
    return entries
