"""when a mail about a question to a city came back

Revision 0040, after 0039.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    for table in ("city_questions", "city_answers"):
        op.add_column(table, sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back down."""
    for table in ("city_answers", "city_questions"):
        op.drop_column(table, "returned_at")
