"""a question is on the screen for the slot in which it was pinned

Revision 0010, after 0009.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; what is on a screen at this moment leaves it, and comes on again with one click."""
    with op.batch_alter_table("forum_live", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pinned_slot_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_forum_live_pinned_slot_id"), ["pinned_slot_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_forum_live_pinned_slot_id_forum_slots"),
            "forum_slots",
            ["pinned_slot_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("forum_live", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_forum_live_pinned_slot_id_forum_slots"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_forum_live_pinned_slot_id"))
        batch_op.drop_column("pinned_slot_id")
