"""downloads that can be cited, and the pieces that they are made from

Revision 0029, after 0028.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "download_pieces",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_download_pieces")),
    )
    op.create_table(
        "downloads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("same_question", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("same_as_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("format", sa.String(length=60), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("site", sa.String(length=300), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_number", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.Column("sources", sa.Integer(), nullable=True),
        sa.Column("checksum", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("coverage", sa.JSON(), nullable=True),
        sa.Column("pieces", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('initiative', 'city', 'leader', 'vision')", name=op.f("ck_downloads_kind_known")),
        sa.CheckConstraint("state IN ('waiting', 'made', 'failed', 'same')", name=op.f("ck_downloads_state_known")),
        sa.ForeignKeyConstraint(["same_as_id"], ["downloads.id"], name=op.f("fk_downloads_same_as_id_downloads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
        sa.UniqueConstraint("code", name=op.f("uq_downloads_code")),
        sa.UniqueConstraint("same_question", name=op.f("uq_downloads_same_question")),
    )


def downgrade() -> None:
    """Go back down."""
    op.drop_table("downloads")
    op.drop_table("download_pieces")
