"""a slot broken off is a step of its own, and every start names its slot

Revision 0008, after 0007.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = ("started", "paused", "resumed", "next", "skipped", "extended", "ended", "undone")
_AFTER = ("started", "paused", "resumed", "next", "skipped", "broken-off", "extended", "ended", "undone")


def upgrade() -> None:
    """Go up; a start that was noted without its slot gets the first of its session."""
    _allow(_AFTER)
    op.execute(
        sa.text(
            "UPDATE forum_clock_steps SET slot_id = (SELECT id FROM forum_slots WHERE forum_slots.session_id ="
            " forum_clock_steps.session_id ORDER BY position, id LIMIT 1) WHERE kind = 'started' AND slot_id IS NULL"
        )
    )


def downgrade() -> None:
    """Go back down; a slot broken off was left for the one it names, which is what next says."""
    op.execute(sa.text("UPDATE forum_clock_steps SET kind = 'next' WHERE kind = 'broken-off'"))
    _allow(_BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("forum_clock_steps") as batch:
        batch.drop_constraint(op.f("ck_forum_clock_steps_kind_known"), type_="check")
        batch.create_check_constraint(op.f("ck_forum_clock_steps_kind_known"), f"kind IN {kinds}")
