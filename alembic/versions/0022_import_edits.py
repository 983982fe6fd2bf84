"""rows of an import that a person changed, and the entries that rows may double

Revision 0022, after 0021.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "import_edits",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_edits_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_edits")),
    )
    op.add_column("import_rows", sa.Column("cells", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("import_rows", sa.Column("similar", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Go back down."""
    op.drop_column("import_rows", "similar")
    op.drop_column("import_rows", "cells")
    op.drop_table("import_edits")
