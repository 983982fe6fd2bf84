"""every entry tells the language of its texts

Revision 0016, after 0015.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("initiatives", "cities", "leaders", "visions")


def upgrade() -> None:
    """Go up; whatever was written before is taken for English."""
    for table in TABLES:
        op.add_column(table, sa.Column("language", sa.String(length=35), server_default="en", nullable=False))


def downgrade() -> None:
    """Go back down."""
    for table in TABLES:
        op.drop_column(table, "language")
