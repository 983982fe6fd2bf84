"""the images of proposals and of withdrawn entries are found by key, and redirects by the entry they lead to

Revision 0025, after 0024.
"""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_KEY = re.compile(r"[0-9a-f]{64}")
_REDIRECTS = {"ix_redirects_kind_entry_id": "entry_id", "ix_redirects_kind_former_id": "former_id"}

_proposals = sa.table("proposals", sa.column("id"), sa.column("state"), sa.column("data", sa.JSON()))
_withdrawals = sa.table("withdrawals", sa.column("id"), sa.column("kind"), sa.column("entry_id"))
_revisions = sa.table(
    "revisions", sa.column("id"), sa.column("kind"), sa.column("entry_id"), sa.column("data", sa.JSON())
)


def upgrade() -> None:
    """Go up; what open proposals and the last revisions of withdrawn entries show is noted."""
    newest = (
        sa.select(_withdrawals.c.id, sa.func.max(_revisions.c.id).label("revision_id"))
        .join(
            _revisions,
            sa.and_(_revisions.c.kind == _withdrawals.c.kind, _revisions.c.entry_id == _withdrawals.c.entry_id),
        )
        .group_by(_withdrawals.c.id)
        .subquery()
    )
    shown = {
        "proposal": sa.select(_proposals.c.id, _proposals.c.data).where(
            _proposals.c.state.in_(["draft", "submitted", "changes-requested"])
        ),
        "withdrawal": sa.select(newest.c.id, _revisions.c.data).join(newest, newest.c.revision_id == _revisions.c.id),
    }
    for owner, query in shown.items():
        name = f"{owner}_images"
        table = op.create_table(
            name,
            sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
            sa.Column("image_key", sa.String(length=64), nullable=False),
            sa.ForeignKeyConstraint(
                [f"{owner}_id"], [f"{owner}s.id"], name=op.f(f"fk_{name}_{owner}_id_{owner}s"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint(f"{owner}_id", "image_key", name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_image_key"), name, ["image_key"], unique=False)
        rows = [
            {f"{owner}_id": key, "image_key": image}
            for key, data in op.get_bind().execute(query)
            for image in _images(data)
        ]
        op.bulk_insert(table, rows)
    for index, column in _REDIRECTS.items():
        op.create_index(index, "redirects", ["kind", column], unique=False)


def _images(data: Any) -> Iterator[str]:
    pictures = data.get("pictures") if isinstance(data, dict) else None
    keys = {picture.get("image") for picture in pictures or () if isinstance(picture, dict)}
    return (key for key in sorted(map(str, keys)) if _KEY.fullmatch(key))


def downgrade() -> None:
    """Go back down."""
    for index in _REDIRECTS:
        op.drop_index(index, table_name="redirects")
    for owner in ("proposal", "withdrawal"):
        op.drop_table(f"{owner}_images")
