"""what lists show by name has a sort key

Revision 0017, after 0016.
"""

import sqlalchemy as sa

from alembic import op
from kb.core.text import sort_key

PHASE = "expand"
revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAMED = {
    "cities": ("id", "name"),
    "countries": ("code", "name"),
    "initiatives": ("id", "title"),
    "leaders": ("id", "name"),
    "users": ("id", "name"),
    "visions": ("id", "title"),
}


def upgrade() -> None:
    """Go up; every row that is there gets its key."""
    connection = op.get_bind()
    # The collation by which PostgreSQL compares code points, as SQLite does.
    collation = "C" if connection.dialect.name == "postgresql" else None
    for table, (key, name) in NAMED.items():
        column = sa.Column(
            "sort_key", sa.String(length=200, collation=collation), server_default=sa.text("''"), nullable=False
        )
        op.add_column(table, column)
        op.create_index(op.f(f"ix_{table}_sort_key"), table, ["sort_key"], unique=False)
        rows = sa.table(table, sa.column(key), sa.column(name), sa.column("sort_key"))
        keys = [
            {"row": row, "made": sort_key(text)}
            for row, text in connection.execute(sa.select(rows.c[key], rows.c[name]))
        ]
        if keys:
            update = sa.update(rows).where(rows.c[key] == sa.bindparam("row"))
            connection.execute(update.values(sort_key=sa.bindparam("made")), keys)


def downgrade() -> None:
    """Go back down."""
    for table in NAMED:
        op.drop_index(op.f(f"ix_{table}_sort_key"), table_name=table)
        op.drop_column(table, "sort_key")
