"""places have a climate zone, an elevation and a relief

Revision 0031, after 0030.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("places") as table:
        table.add_column(sa.Column("climate_zone", sa.String(length=3), nullable=True))
        table.add_column(sa.Column("elevation_m", sa.Integer(), nullable=True))
        table.add_column(sa.Column("relief_m", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("places") as table:
        table.drop_column("relief_m")
        table.drop_column("elevation_m")
        table.drop_column("climate_zone")
