"""which versions of the program run on the database, and which nodes do

Revision 0036, after 0035.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "schema_compatibility",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("oldest_revision", sa.String(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schema_compatibility_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_compatibility")),
    )
    op.create_table(
        "nodes",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_nodes")),
    )


def downgrade() -> None:
    """Go back down."""
    op.drop_table("nodes")
    op.drop_table("schema_compatibility")
