"""leaders and strategies show pictures

Revision 0024, after 0023.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OWNERS = {"leader": "leaders", "vision": "visions"}


def upgrade() -> None:
    """Go up; no leader and no strategy has a picture yet."""
    for owner, owners in OWNERS.items():
        table = f"{owner}_pictures"
        op.create_table(
            table,
            sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.Column("image_key", sa.String(length=64), nullable=False),
            sa.Column("alt", sa.String(length=300), nullable=False),
            sa.Column("author", sa.String(length=300), nullable=False),
            sa.Column("licence", sa.String(length=60), nullable=False),
            sa.Column("source_url", sa.String(length=1000), nullable=False),
            sa.CheckConstraint(
                "licence IN ('cc-by-4.0', 'cc-by-sa-4.0', 'cc-by-3.0', 'cc-by-sa-3.0', 'cc-by-2.0', 'cc-by-sa-2.0', "
                "'cc0', 'public-domain', 'permission')",
                name=op.f(f"ck_{table}_licence_known"),
            ),
            sa.ForeignKeyConstraint(
                [f"{owner}_id"], [f"{owners}.id"], name=op.f(f"fk_{table}_{owner}_id_{owners}"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(["image_key"], ["images.key"], name=op.f(f"fk_{table}_image_key_images")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{owner}_id"), table, [f"{owner}_id"], unique=False)
        op.create_index(op.f(f"ix_{table}_image_key"), table, ["image_key"], unique=False)


def downgrade() -> None:
    """Go back down."""
    for owner in OWNERS:
        op.drop_table(f"{owner}_pictures")
