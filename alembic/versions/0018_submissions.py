"""forms that made something, so that the same one makes it once

Revision 0018, after 0017.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
    )
    op.create_index(op.f("ix_submissions_at"), "submissions", ["at"])


def downgrade() -> None:
    """Go back down."""
    op.drop_table("submissions")
