"""what cites a source is found by an index

Revision 0026, after 0025.
"""

from alembic import op

PHASE = "expand"
revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = ("city_challenges", "forum_statements", "leader_terms", "outcomes")


def upgrade() -> None:
    """Go up."""
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_source_id"), table, ["source_id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    for table in TABLES:
        op.drop_index(op.f(f"ix_{table}_source_id"), table_name=table)
