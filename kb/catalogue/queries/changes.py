"""What changed in the catalogue since a number or a moment, by its change log."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session, aliased

from kb.core.db import in_batches

from ..models import Change
from .statistics import last_change

WALKED = 10_000
"""Numbers of the log that one page looks at: some 5 ms, however often entries were saved since."""


def latest_changes(
    session: Session, kinds: Collection[str], after: int, limit: int
) -> tuple[Sequence[Row[int, str, int, datetime]], int | None]:
    """Id, kind, entry id and moment of the last change of each entry that changed after a number, in their order.

    At most `limit`, and fewer where the log says little new for long: it is walked for WALKED numbers at most. Then the
    number from which to go on; None where the log ends.
    """
    until = after + WALKED
    later = aliased(Change)
    is_outdated = exists().where(later.kind == Change.kind, later.entry_id == Change.entry_id, later.id > Change.id)
    chosen = select(Change.id, Change.kind, Change.entry_id, Change.at).where(
        Change.id > after, Change.id <= until, Change.kind.in_(kinds), ~is_outdated
    )
    found = session.execute(chosen.order_by(Change.id).limit(limit + 1)).all()
    if len(found) > limit:
        return found[:limit], found[limit - 1].id
    is_end = session.scalar(select(Change.id).where(Change.id > until).limit(1)) is None
    return found, None if is_end else until


def ever_public(session: Session, kind: str, ids: Collection[int]) -> set[int]:
    """The ids, of these, of entries that everybody could see after any of their changes."""
    seen = select(Change.entry_id).where(Change.kind == kind, Change.is_public).distinct()
    return {key for batch in in_batches(ids) for key in session.scalars(seen.where(Change.entry_id.in_(batch)))}


def change_before(session: Session, moment: datetime) -> int:
    """The number of the last change before a moment; 0 where there was none. Numbers grow with time, so it halves."""
    low, high = 0, last_change(session) + 1
    while high - low > 1:
        middle = (low + high) // 2
        # Numbers may be missing, so the next one that is there stands for it.
        following = select(Change.id, Change.at).where(Change.id >= middle, Change.id < high).order_by(Change.id)
        row = session.execute(following.limit(1)).one_or_none()
        if row is None or row.at >= moment:
            high = middle
        else:
            low = row.id
    return low
