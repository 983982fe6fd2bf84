"""sign-ins that were ended by signing out

Revision 0014, after 0013.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "ended_sign_ins",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_sign_ins")),
    )


def downgrade() -> None:
    """Go back down."""
    op.drop_table("ended_sign_ins")
