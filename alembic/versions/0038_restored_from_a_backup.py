"""from which backup a database was restored, and when

Revision 0038, after 0037.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("catalogue_identity") as batch:
        batch.add_column(sa.Column("backup_made_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("catalogue_identity") as batch:
        batch.drop_column("restored_at")
        batch.drop_column("backup_made_at")
