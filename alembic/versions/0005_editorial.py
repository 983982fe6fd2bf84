"""editorial

Revision 0005, after 0004.
"""

import re

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _never_give_an_id_again(table: str) -> None:
    """SQLite gives the ids of deleted rows anew unless the table says AUTOINCREMENT; histories are kept by id."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    chosen = "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL ORDER BY type DESC"
    made, *indexes = connection.execute(sa.text(chosen), {"table": table}).scalars().all()
    wanted = re.sub(rf",\s*CONSTRAINT pk_{table} PRIMARY KEY \(id\)", "", made)
    wanted = re.sub(r"\bid INTEGER NOT NULL", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", wanted, count=1)
    wanted = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE new_{table}", wanted)
    for statement in (
        wanted,
        f"INSERT INTO new_{table} SELECT * FROM {table}",  # noqa: S608 - the names are ours
        f"DROP TABLE {table}",
        f"ALTER TABLE new_{table} RENAME TO {table}",
        *indexes,
    ):
        connection.exec_driver_sql(statement)


def upgrade() -> None:
    """Go up."""
    for table in ("cities", "leaders", "visions", "initiatives"):
        _never_give_an_id_again(table)
    op.create_table(
        "redirects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("former_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('initiative', 'city', 'leader', 'vision')", name=op.f("ck_redirects_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirects")),
        sa.UniqueConstraint("kind", "slug", name=op.f("uq_redirects_kind_slug")),
    )
    op.create_table(
        "search_demand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.String(length=300), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_demand")),
        sa.UniqueConstraint("day", "query", name=op.f("uq_search_demand_day_query")),
    )
    op.create_table(
        "proposals",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("base", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=300), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_name", sa.String(length=300), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('initiative', 'city', 'leader', 'vision')", name=op.f("ck_proposals_kind_known")),
        sa.CheckConstraint("origin IN ('form', 'import')", name=op.f("ck_proposals_origin_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'changes-requested', 'accepted', 'declined', 'withdrawn')",
            name=op.f("ck_proposals_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_proposals_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name=op.f("fk_proposals_place_id_places"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_proposals_reviewer_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_import_id"), ["import_id"], unique=False)
        batch_op.create_index("ix_proposals_kind_entry_id", ["kind", "entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_place_id"), ["place_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposals_reviewer_id"), ["reviewer_id"], unique=False)
        batch_op.create_index("ix_proposals_state_submitted_at", ["state", "submitted_at"], unique=False)

    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "kind IN ('initiative', 'city', 'leader', 'vision')", name=op.f("ck_withdrawals_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_withdrawals_actor_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("kind", "entry_id", name=op.f("uq_withdrawals_kind_entry_id")),
        sa.UniqueConstraint("kind", "slug", name=op.f("uq_withdrawals_kind_slug")),
    )
    with op.batch_alter_table("withdrawals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_withdrawals_actor_id"), ["actor_id"], unique=False)

    op.create_table(
        "remarks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_remarks_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_remarks_proposal_id_proposals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remarks")),
    )
    with op.batch_alter_table("remarks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remarks_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_remarks_proposal_id"), ["proposal_id"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=300), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("made_from", sa.String(length=60), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("restored_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('initiative', 'city', 'leader', 'vision')", name=op.f("ck_revisions_kind_known")),
        sa.CheckConstraint(
            "made_from IN ('seed', 'proposal', 'publish', 'restore', 'merge', 'import', 'withdrawal', 'return', 'companion')",
            name=op.f("ck_revisions_made_from_known"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_revisions_actor_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_revisions_proposal_id_proposals"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["restored_id"], ["revisions.id"], name=op.f("fk_revisions_restored_id_revisions"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revisions_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revisions_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_revisions_import_id"), ["import_id"], unique=False)
        batch_op.create_index("ix_revisions_kind_entry_id_id", ["kind", "entry_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revisions_proposal_id"), ["proposal_id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revisions_proposal_id"))
        batch_op.drop_index("ix_revisions_kind_entry_id_id")
        batch_op.drop_index(batch_op.f("ix_revisions_import_id"))
        batch_op.drop_index(batch_op.f("ix_revisions_at"))
        batch_op.drop_index(batch_op.f("ix_revisions_actor_id"))

    op.drop_table("revisions")
    with op.batch_alter_table("remarks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remarks_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_remarks_author_id"))

    op.drop_table("remarks")
    with op.batch_alter_table("withdrawals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_withdrawals_actor_id"))

    op.drop_table("withdrawals")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index("ix_proposals_state_submitted_at")
        batch_op.drop_index(batch_op.f("ix_proposals_reviewer_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_place_id"))
        batch_op.drop_index("ix_proposals_kind_entry_id")
        batch_op.drop_index(batch_op.f("ix_proposals_import_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_author_id"))

    op.drop_table("proposals")
    op.drop_table("search_demand")
    op.drop_table("redirects")
