"""initiatives show pictures

Revision 0020, after 0019.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; no entry has a picture yet."""
    op.create_table(
        "images",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("small_width", sa.Integer(), nullable=False),
        sa.Column("small_height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_images")),
    )
    with op.batch_alter_table("images", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_images_created_at"), ["created_at"], unique=False)

    op.create_table(
        "initiative_pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.String(length=64), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=300), nullable=False),
        sa.Column("licence", sa.String(length=60), nullable=False),
        sa.Column("source_url", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "licence IN ('cc-by-4.0', 'cc-by-sa-4.0', 'cc-by-3.0', 'cc-by-sa-3.0', 'cc-by-2.0', 'cc-by-sa-2.0', 'cc0', "
            "'public-domain', 'permission')",
            name=op.f("ck_initiative_pictures_licence_known"),
        ),
        sa.ForeignKeyConstraint(["image_key"], ["images.key"], name=op.f("fk_initiative_pictures_image_key_images")),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_initiative_pictures_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_pictures")),
    )
    with op.batch_alter_table("initiative_pictures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_initiative_pictures_image_key"), ["image_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_initiative_pictures_initiative_id"), ["initiative_id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("initiative_pictures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_initiative_pictures_initiative_id"))
        batch_op.drop_index(batch_op.f("ix_initiative_pictures_image_key"))

    op.drop_table("initiative_pictures")
    with op.batch_alter_table("images", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_images_created_at"))

    op.drop_table("images")
