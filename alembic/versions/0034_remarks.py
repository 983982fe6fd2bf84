"""what a report is about, its source, and the note of whoever closed it

Revision 0034, after 0033.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("reports") as batch:
        batch.add_column(sa.Column("about", sa.String(length=60), nullable=True))
        batch.add_column(sa.Column("source", sa.Text(), nullable=True))
        batch.add_column(sa.Column("note", sa.Text(), nullable=True))
        batch.create_check_constraint(op.f("ck_reports_about_known"), "about IN ('changed', 'wrong', 'missing')")
        batch.create_index(op.f("ix_reports_kind_slug"), ["kind", "slug"])


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("reports") as batch:
        batch.drop_index(op.f("ix_reports_kind_slug"))
        batch.drop_constraint(op.f("ck_reports_about_known"), type_="check")
        batch.drop_column("note")
        batch.drop_column("source")
        batch.drop_column("about")
