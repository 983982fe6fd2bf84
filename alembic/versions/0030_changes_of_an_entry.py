"""the changes of an entry are found by an index

Revision 0030, after 0029.
"""

from alembic import op

PHASE = "expand"
revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NAME = "ix_changes_kind_entry_id_id"


def upgrade() -> None:
    """Go up."""
    op.create_index(NAME, "changes", ["kind", "entry_id", "id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    op.drop_index(NAME, table_name="changes")
