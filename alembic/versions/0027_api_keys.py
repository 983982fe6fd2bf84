"""keys for programs, what was answered to them, and proposals that came from them

Revision 0027, after 0026.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"])
    op.create_table(
        "idempotent_requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("location", sa.String(length=2000), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotent_requests_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_requests")),
    )
    op.create_index(op.f("ix_idempotent_requests_at"), "idempotent_requests", ["at"])
    op.create_index(op.f("ix_idempotent_requests_user_id_at"), "idempotent_requests", ["user_id", "at"])
    _allow(("form", "import", "api"))


def downgrade() -> None:
    """Go back down."""
    op.execute("UPDATE proposals SET origin = 'form' WHERE origin = 'api'")
    _allow(("form", "import"))
    op.drop_table("idempotent_requests")
    op.drop_table("api_keys")


def _allow(origins: tuple[str, ...]) -> None:
    with op.batch_alter_table("proposals") as batch:
        batch.drop_constraint(op.f("ck_proposals_origin_known"), type_="check")
        batch.create_check_constraint(op.f("ck_proposals_origin_known"), f"origin IN {origins}")
