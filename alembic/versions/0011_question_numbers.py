"""questions are numbered within their session

Revision 0011, after 0010.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; what was asked before is numbered in the order in which it was asked."""
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
    op.execute(
        sa.text(
            "UPDATE forum_questions SET number = (SELECT count(*) FROM forum_questions AS earlier"
            " WHERE earlier.session_id = forum_questions.session_id AND earlier.id <= forum_questions.id)"
        )
    )
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_forum_questions_session_id_number"), ["session_id", "number"])


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_forum_questions_session_id_number"), type_="unique")
        batch_op.drop_column("number")
