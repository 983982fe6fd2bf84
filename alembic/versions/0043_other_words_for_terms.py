"""other words for a challenge or a technology

Revision 0043, after 0042.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column("challenges", sa.Column("synonyms", sa.Text()))
    op.add_column("technologies", sa.Column("synonyms", sa.Text()))


def downgrade() -> None:
    """Go back down."""
    op.drop_column("technologies", "synonyms")
    op.drop_column("challenges", "synonyms")
