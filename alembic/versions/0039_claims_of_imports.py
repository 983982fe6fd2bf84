"""which process works on an import, and how often it went on by itself

Revision 0039, after 0038.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("imports") as batch:
        batch.add_column(sa.Column("claim", sa.String(length=60), nullable=True))
        batch.add_column(sa.Column("restarts", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("imports") as batch:
        batch.drop_column("restarts")
        batch.drop_column("claim")
