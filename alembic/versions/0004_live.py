"""the live part of a forum session

Revision 0004, after 0003.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "forum_blocks",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("asker_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_blocks_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "asker_hash", name=op.f("pk_forum_blocks")),
    )
    op.create_table(
        "forum_chair_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_chair_links_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_chair_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_forum_chair_links_token_hash")),
    )
    with op.batch_alter_table("forum_chair_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_chair_links_session_id"), ["session_id"], unique=False)

    op.create_table(
        "forum_clock_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "kind IN ('started', 'paused', 'resumed', 'next', 'skipped', 'extended', 'ended', 'undone')",
            name=op.f("ck_forum_clock_steps_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_clock_steps_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["forum_slots.id"], name=op.f("fk_forum_clock_steps_slot_id_forum_slots"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_clock_steps")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_forum_clock_steps_session_id_number")),
    )
    with op.batch_alter_table("forum_clock_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_clock_steps_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_clock_steps_slot_id"), ["slot_id"], unique=False)

    op.create_table(
        "forum_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asker_name", sa.String(length=300), nullable=True),
        sa.Column("asker_hash", sa.String(length=64), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=True),
        sa.Column("initiative_id", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("state_before", sa.String(length=60), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_name", sa.String(length=300), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'answered', 'declined', 'merged')",
            name=op.f("ck_forum_questions_state_known"),
        ),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR merged_into_id != id", name=op.f("ck_forum_questions_not_merged_into_itself")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["forum_speakers.id"],
            name=op.f("fk_forum_questions_answered_by_id_forum_speakers"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_forum_questions_initiative_id_initiatives"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["forum_questions.id"],
            name=op.f("fk_forum_questions_merged_into_id_forum_questions"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_questions_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["forum_slots.id"], name=op.f("fk_forum_questions_slot_id_forum_slots"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"],
            ["forum_speakers.id"],
            name=op.f("fk_forum_questions_speaker_id_forum_speakers"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_questions")),
    )
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_questions_answered_by_id"), ["answered_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_questions_initiative_id"), ["initiative_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_questions_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_forum_questions_session_id_asker_hash_asked_at"),
            ["session_id", "asker_hash", "asked_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_forum_questions_slot_id"), ["slot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_questions_speaker_id"), ["speaker_id"], unique=False)

    op.create_table(
        "forum_live",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("questions_open", sa.Boolean(), nullable=False),
        sa.Column("pinned_id", sa.Integer(), nullable=True),
        sa.Column("names_forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pinned_id"],
            ["forum_questions.id"],
            name=op.f("fk_forum_live_pinned_id_forum_questions"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_live_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_forum_live")),
    )
    with op.batch_alter_table("forum_live", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_live_pinned_id"), ["pinned_id"], unique=False)

    op.create_table(
        "forum_votes",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("voter_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["forum_questions.id"],
            name=op.f("fk_forum_votes_question_id_forum_questions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", "voter_hash", name=op.f("pk_forum_votes")),
    )


def downgrade() -> None:
    """Go back down."""
    op.drop_table("forum_votes")
    with op.batch_alter_table("forum_live", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_live_pinned_id"))

    op.drop_table("forum_live")
    with op.batch_alter_table("forum_questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_questions_speaker_id"))
        batch_op.drop_index(batch_op.f("ix_forum_questions_slot_id"))
        batch_op.drop_index(batch_op.f("ix_forum_questions_session_id_asker_hash_asked_at"))
        batch_op.drop_index(batch_op.f("ix_forum_questions_merged_into_id"))
        batch_op.drop_index(batch_op.f("ix_forum_questions_initiative_id"))
        batch_op.drop_index(batch_op.f("ix_forum_questions_answered_by_id"))

    op.drop_table("forum_questions")
    with op.batch_alter_table("forum_clock_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_clock_steps_slot_id"))
        batch_op.drop_index(batch_op.f("ix_forum_clock_steps_session_id"))

    op.drop_table("forum_clock_steps")
    with op.batch_alter_table("forum_chair_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_chair_links_session_id"))

    op.drop_table("forum_chair_links")
    op.drop_table("forum_blocks")
