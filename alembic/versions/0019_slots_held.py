"""slots of a session tell whether they were held

Revision 0019, after 0018.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SPOKE_FOR = timedelta(minutes=1)


def upgrade() -> None:
    """Go up; of sessions that were led, the steps of the clock tell what was held."""
    op.add_column("forum_slots", sa.Column("was_held", sa.Boolean(), nullable=True))
    connection = op.get_bind()
    at = sa.column("at", sa.DateTime())
    steps = sa.table("forum_clock_steps", sa.column("session_id"), sa.column("number"), sa.column("kind"),
                     sa.column("slot_id"), at)  # fmt: skip
    slots = sa.table("forum_slots", sa.column("id"), sa.column("session_id"), sa.column("was_held", sa.Boolean()))
    by_session: dict[int, list[Any]] = {}
    for step in connection.execute(sa.select(steps).order_by(steps.c.session_id, steps.c.number)):
        by_session.setdefault(step.session_id, []).append(step)
    for session_id, taken in by_session.items():
        held, left_out, is_over = what_was_held(taken)
        planned = connection.scalars(sa.select(slots.c.id).where(slots.c.session_id == session_id)).all()
        for slot_id in planned:
            was_held = slot_id in held or (False if is_over or slot_id in left_out else None)
            connection.execute(slots.update().where(slots.c.id == slot_id).values(was_held=was_held))


def what_was_held(steps: Iterable[Any]) -> tuple[set[int], set[int], bool]:
    """The slots that began and are over, those that were left out, and whether the session is over."""
    path: list[Any] = []
    for step in steps:
        if step.kind != "undone":
            path.append(step)
        elif path:
            path.pop()
    held: set[int] = set()
    left_out: set[int] = set()
    current: int | None = None
    begun: datetime | None = None
    for step in path:
        if step.kind == "skipped":
            left_out.add(step.slot_id)
        if step.kind not in {"started", "next", "broken-off", "ended"}:
            continue
        if current is not None and begun is not None:
            is_short = step.kind == "broken-off" and step.at - begun < SPOKE_FOR
            (left_out if is_short else held).add(current)
        current, begun = step.slot_id, step.at
    return held, left_out, bool(path) and path[-1].kind == "ended"


def downgrade() -> None:
    """Go back down."""
    op.drop_column("forum_slots", "was_held")
