"""cities show pictures

Revision 0023, after 0022.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up; no city has a picture yet."""
    op.create_table(
        "city_pictures",
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("image_key", sa.String(length=64), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=300), nullable=False),
        sa.Column("licence", sa.String(length=60), nullable=False),
        sa.Column("source_url", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "licence IN ('cc-by-4.0', 'cc-by-sa-4.0', 'cc-by-3.0', 'cc-by-sa-3.0', 'cc-by-2.0', 'cc-by-sa-2.0', 'cc0', "
            "'public-domain', 'permission')",
            name=op.f("ck_city_pictures_licence_known"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities.id"], name=op.f("fk_city_pictures_city_id_cities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["image_key"], ["images.key"], name=op.f("fk_city_pictures_image_key_images")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_pictures")),
    )
    with op.batch_alter_table("city_pictures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_city_pictures_city_id"), ["city_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_city_pictures_image_key"), ["image_key"], unique=False)


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("city_pictures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_city_pictures_image_key"))
        batch_op.drop_index(batch_op.f("ix_city_pictures_city_id"))

    op.drop_table("city_pictures")
