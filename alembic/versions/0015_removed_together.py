"""questions may be held back, as many from one place, and removed together, to be brought back together

Revision 0015, after 0014.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; nothing that was asked before was held back."""
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_held_back", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("removal", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.drop_column("removal")
        batch_op.drop_column("is_held_back")
