"""what readers report as wrong or missing

Revision 0021, after 0020.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('initiative', 'city', 'leader', 'vision')", name=op.f("ck_reports_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_closed_at"), "reports", ["closed_at"])


def downgrade() -> None:
    """Go back down."""
    op.drop_index(op.f("ix_reports_closed_at"), table_name="reports")
    op.drop_table("reports")
