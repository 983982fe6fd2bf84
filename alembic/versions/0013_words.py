"""an import keeps the words that no list knows, and what somebody said they mean

Revision 0013, after 0012.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; of imports that were checked before, no unknown words are known."""
    for name in ("words", "unknown"):
        op.add_column("imports", sa.Column(name, sa.JSON(), nullable=True))


def downgrade() -> None:
    """Go back down."""
    for name in ("unknown", "words"):
        op.drop_column("imports", name)
