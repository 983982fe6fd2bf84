"""a question knows which other it was itself joined with

Revision 0009, after 0008.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; what was joined before counts as joined with the one for which its votes count."""
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("joined_with_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_forum_questions_joined_with_id"), ["joined_with_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_forum_questions_joined_with_id_forum_questions"),
            "forum_questions",
            ["joined_with_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.execute(sa.text("UPDATE forum_questions SET joined_with_id = merged_into_id"))


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_forum_questions_joined_with_id_forum_questions"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_forum_questions_joined_with_id"))
        batch_op.drop_column("joined_with_id")
