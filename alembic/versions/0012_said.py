"""what is wrong with an import is a sentence with its values, for whoever reads it in another language

Revision 0012, after 0011.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A per cent sign of a sentence is doubled.
_AS_JSON = {
    "sqlite": "json_object('template', replace(problem, '%', '%%'), 'values', json_object())",
    "postgresql": "json_build_object('template', replace(problem, '%', '%%'), 'values', json_build_object())",
}
_AS_TEXT = {
    "sqlite": "replace(json_extract(problem, '$.template'), '%%', '%')",
    "postgresql": "replace(problem ->> 'template', '%%', '%')",
}


def upgrade() -> None:
    """Go up; what was said is kept as it stands, in English."""
    _turn(sa.JSON(), _AS_JSON[op.get_bind().dialect.name])


def downgrade() -> None:
    """Go back down; of a sentence with values only its template stays."""
    _turn(sa.Text(), _AS_TEXT[op.get_bind().dialect.name])


def _turn(kind: sa.types.TypeEngine, said: str) -> None:
    """Make the column anew, of another type."""
    beside = "problem_said"
    op.add_column("imports", sa.Column(beside, kind, nullable=True))
    op.execute(sa.text(f"UPDATE imports SET {beside} = {said} WHERE problem IS NOT NULL"))  # noqa: S608 - all ours
    op.drop_column("imports", "problem")
    op.execute(sa.text(f"ALTER TABLE imports RENAME COLUMN {beside} TO problem"))
