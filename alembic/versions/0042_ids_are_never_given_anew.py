"""ids of what the change log, revisions or the audit trail name are never given anew

Revision 0042, after 0041.
"""

import re

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

# With the kind by which the change log names its rows. Migration 0039 copied the table of imports, and lost it there.
_TABLES = {
    "forum_sessions": "session",
    "forum_slots": "talk",
    "forum_questions": "answer",
    "city_answers": "city-answer",
    "imports": None,
}


def _never_give_an_id_again(table: str, kind: str | None) -> None:
    """SQLite gives the ids of deleted rows anew unless the table says AUTOINCREMENT."""
    connection = op.get_bind()
    chosen = "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL ORDER BY type = 'table' DESC"
    made, *others = connection.execute(sa.text(chosen), {"table": table}).scalars().all()
    if "AUTOINCREMENT" in made:
        return
    wanted = re.sub(rf",\s*(CONSTRAINT pk_{table} )?PRIMARY KEY \(id\)", "", made)
    wanted = re.sub(r"\bid INTEGER NOT NULL", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", wanted, count=1)
    wanted = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE new_{table}", wanted)
    for statement in (
        wanted,
        f"INSERT INTO new_{table} SELECT * FROM {table}",  # noqa: S608 - the names are ours
        f"DROP TABLE {table}",
        f"ALTER TABLE new_{table} RENAME TO {table}",
        *others,
    ):
        connection.exec_driver_sql(statement)
    # The last ids may be of rows that are gone.
    last = f"SELECT max(id) AS id FROM {table} UNION ALL SELECT max(entry_id) FROM changes WHERE kind = :kind"  # noqa: S608
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table})
    counted = f"INSERT INTO sqlite_sequence (name, seq) SELECT :table, coalesce(max(id), 0) FROM ({last})"  # noqa: S608
    connection.execute(sa.text(counted), {"table": table, "kind": kind})


def upgrade() -> None:
    """Go up. PostgreSQL never gives an id anew."""
    if op.get_bind().dialect.name == "sqlite":
        for table, kind in _TABLES.items():
            _never_give_an_id_again(table, kind)


def downgrade() -> None:
    """Go back down: AUTOINCREMENT stays, since older code does not notice."""
