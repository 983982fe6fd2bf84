"""imports

Revision 0007, after 0006.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=300), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("mode", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("task", sa.String(length=60), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=300), nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sheet", sa.String(length=300), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.CheckConstraint("mode IN ('proposals', 'published')", name=op.f("ck_imports_mode_known")),
        sa.CheckConstraint(
            "state IN ('uploaded', 'waiting', 'working', 'interrupted', 'checked', 'done', 'undone')",
            name=op.f("ck_imports_state_known"),
        ),
        sa.CheckConstraint("task IN ('check', 'run', 'undo')", name=op.f("ck_imports_task_known")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_imports_actor_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_imports_undone_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imports_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_imports_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_imports_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_imports_undone_by_id"), ["undone_by_id"], unique=False)

    op.create_table(
        "import_files",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_files_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_import_files")),
    )
    op.create_table(
        "import_keys",
        sa.Column("collection", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_keys_import_id_imports"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("collection", "key", name=op.f("pk_import_keys")),
    )
    with op.batch_alter_table("import_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_keys_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_keys_import_id"), ["import_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_keys_proposal_id"), ["proposal_id"], unique=False)

    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("verdict", sa.String(length=60), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("left", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('made', 'changed', 'unchanged', 'refused')", name=op.f("ck_import_rows_verdict_known")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_rows")),
    )
    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.create_index("ix_import_rows_import_id_done_number", ["import_id", "done", "number"], unique=False)


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_import_rows_import_id_done_number")

    op.drop_table("import_rows")
    with op.batch_alter_table("import_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_keys_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_import_keys_import_id"))
        batch_op.drop_index(batch_op.f("ix_import_keys_entry_id"))

    op.drop_table("import_keys")
    op.drop_table("import_files")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imports_undone_by_id"))
        batch_op.drop_index(batch_op.f("ix_imports_state"))
        batch_op.drop_index(batch_op.f("ix_imports_created_at"))
        batch_op.drop_index(batch_op.f("ix_imports_actor_id"))

    op.drop_table("imports")
