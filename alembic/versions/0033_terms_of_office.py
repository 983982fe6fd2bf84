"""how terms of office stand, initiatives that need to be verified, and revisions by newer seed data

Revision 0033, after 0032.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MADE_FROM = ("seed", "proposal", "publish", "restore", "merge", "import", "withdrawal", "return", "companion")


def upgrade() -> None:
    """Go up; of no term is more known than before."""
    with op.batch_alter_table("leader_terms") as batch:
        batch.add_column(sa.Column("in_office_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("leads_no_city", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("note", sa.String(length=300), nullable=True))
        batch.add_column(sa.Column("end_source_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_leader_terms_end_source_id_sources"), "sources", ["end_source_id"], ["id"])
        batch.create_index(op.f("ix_leader_terms_end_source_id"), ["end_source_id"], unique=False)
    op.add_column(
        "initiatives", sa.Column("needs_verification", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _allow((*MADE_FROM, "update"))


def downgrade() -> None:
    """Go back down."""
    op.execute("UPDATE revisions SET made_from = 'import' WHERE made_from = 'update'")
    _allow(MADE_FROM)
    op.drop_column("initiatives", "needs_verification")
    with op.batch_alter_table("leader_terms") as batch:
        batch.drop_index(op.f("ix_leader_terms_end_source_id"))
        batch.drop_constraint(op.f("fk_leader_terms_end_source_id_sources"), type_="foreignkey")
        for name in ("end_source_id", "note", "leads_no_city", "in_office_on"):
            batch.drop_column(name)


def _allow(made_from: tuple[str, ...]) -> None:
    with op.batch_alter_table("revisions") as batch:
        batch.drop_constraint(op.f("ck_revisions_made_from_known"), type_="check")
        batch.create_check_constraint(op.f("ck_revisions_made_from_known"), f"made_from IN {made_from}")
