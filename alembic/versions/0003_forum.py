"""forum

Revision 0003, after 0002.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "forums",
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("organisers", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forums")),
        sa.UniqueConstraint("slug", name=op.f("uq_forums_slug")),
    )
    op.create_table(
        "forum_sessions",
        sa.Column("forum_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("organisers", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("guiding_questions", sa.JSON(), nullable=False),
        sa.Column("short_code", sa.String(length=12), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'announced', 'live', 'ended', 'cancelled')", name=op.f("ck_forum_sessions_state_known")
        ),
        sa.CheckConstraint("planned_minutes > 0", name=op.f("ck_forum_sessions_planned_minutes_positive")),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_forum_sessions_forum_id_forums")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_sessions")),
        sa.UniqueConstraint("short_code", name=op.f("uq_forum_sessions_short_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_forum_sessions_slug")),
    )
    with op.batch_alter_table("forum_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_sessions_forum_id"), ["forum_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_sessions_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_sessions_state"), ["state"], unique=False)

    op.create_table(
        "forum_sources",
        sa.Column("forum_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["forum_id"], ["forums.id"], name=op.f("fk_forum_sources_forum_id_forums"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_forum_sources_source_id_sources")),
        sa.PrimaryKeyConstraint("forum_id", "source_id", name=op.f("pk_forum_sources")),
    )
    with op.batch_alter_table("forum_sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_sources_source_id"), ["source_id"], unique=False)

    op.create_table(
        "forum_brief_edits",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("drawn", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_brief_edits_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_brief_edits")),
        sa.UniqueConstraint("session_id", "section", name=op.f("uq_forum_brief_edits_session_id_section")),
    )
    with op.batch_alter_table("forum_brief_edits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_brief_edits_session_id"), ["session_id"], unique=False)

    op.create_table(
        "forum_session_sources",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_session_sources_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_forum_session_sources_source_id_sources")),
        sa.PrimaryKeyConstraint("session_id", "source_id", name=op.f("pk_forum_session_sources")),
    )
    with op.batch_alter_table("forum_session_sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_session_sources_source_id"), ["source_id"], unique=False)

    op.create_table(
        "forum_speakers",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("is_former", sa.Boolean(), nullable=False),
        sa.Column("organisation", sa.String(length=300), nullable=True),
        sa.Column("city_id", sa.Integer(), nullable=True),
        sa.Column("city_name", sa.String(length=300), nullable=True),
        sa.Column("country_code", sa.String(length=2), nullable=True),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=60), nullable=False),
        sa.Column("attendance", sa.String(length=60), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "attendance IN ('in-person', 'remote', 'video')", name=op.f("ck_forum_speakers_attendance_known")
        ),
        sa.CheckConstraint(
            "role IN ('chair', 'moderator', 'speaker', 'panelist')", name=op.f("ck_forum_speakers_role_known")
        ),
        sa.CheckConstraint(
            "status IN ('announced', 'confirmed', 'spoke', 'did-not-come')", name=op.f("ck_forum_speakers_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities.id"], name=op.f("fk_forum_speakers_city_id_cities"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["country_code"], ["countries.code"], name=op.f("fk_forum_speakers_country_code_countries")
        ),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["leaders.id"], name=op.f("fk_forum_speakers_leader_id_leaders"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_speakers_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_speakers")),
    )
    with op.batch_alter_table("forum_speakers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_speakers_city_id"), ["city_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_speakers_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_speakers_session_id"), ["session_id"], unique=False)

    op.create_table(
        "forum_slots",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("speaker_id", sa.Integer(), nullable=True),
        sa.Column("vision_id", sa.Integer(), nullable=True),
        sa.Column("abstract", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opening', 'thematic-presentation', 'flow', 'introduction', 'talk', 'remark', 'panel', 'questions', 'closing')",
            name=op.f("ck_forum_slots_kind_known"),
        ),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_forum_slots_minutes_not_negative")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_slots_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"],
            ["forum_speakers.id"],
            name=op.f("fk_forum_slots_speaker_id_forum_speakers"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["vision_id"], ["visions.id"], name=op.f("fk_forum_slots_vision_id_visions"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_slots")),
    )
    with op.batch_alter_table("forum_slots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_slots_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_slots_speaker_id"), ["speaker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_slots_vision_id"), ["vision_id"], unique=False)

    op.create_table(
        "forum_slot_initiatives",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_forum_slot_initiatives_initiative_id_initiatives"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"],
            ["forum_slots.id"],
            name=op.f("fk_forum_slot_initiatives_slot_id_forum_slots"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slot_id", "initiative_id", name=op.f("pk_forum_slot_initiatives")),
    )
    with op.batch_alter_table("forum_slot_initiatives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_slot_initiatives_initiative_id"), ["initiative_id"], unique=False)

    op.create_table(
        "forum_statements",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("speaker_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('point', 'remark', 'note', 'closing')", name=op.f("ck_forum_statements_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["forum_sessions.id"],
            name=op.f("fk_forum_statements_session_id_forum_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["forum_slots.id"], name=op.f("fk_forum_statements_slot_id_forum_slots"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_forum_statements_source_id_sources")),
        sa.ForeignKeyConstraint(
            ["speaker_id"],
            ["forum_speakers.id"],
            name=op.f("fk_forum_statements_speaker_id_forum_speakers"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_statements")),
    )
    with op.batch_alter_table("forum_statements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_statements_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_statements_slot_id"), ["slot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_forum_statements_speaker_id"), ["speaker_id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("forum_statements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_statements_speaker_id"))
        batch_op.drop_index(batch_op.f("ix_forum_statements_slot_id"))
        batch_op.drop_index(batch_op.f("ix_forum_statements_session_id"))

    op.drop_table("forum_statements")
    with op.batch_alter_table("forum_slot_initiatives", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_slot_initiatives_initiative_id"))

    op.drop_table("forum_slot_initiatives")
    with op.batch_alter_table("forum_slots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_slots_vision_id"))
        batch_op.drop_index(batch_op.f("ix_forum_slots_speaker_id"))
        batch_op.drop_index(batch_op.f("ix_forum_slots_session_id"))

    op.drop_table("forum_slots")
    with op.batch_alter_table("forum_speakers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_speakers_session_id"))
        batch_op.drop_index(batch_op.f("ix_forum_speakers_leader_id"))
        batch_op.drop_index(batch_op.f("ix_forum_speakers_city_id"))

    op.drop_table("forum_speakers")
    with op.batch_alter_table("forum_session_sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_session_sources_source_id"))

    op.drop_table("forum_session_sources")
    with op.batch_alter_table("forum_brief_edits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_brief_edits_session_id"))

    op.drop_table("forum_brief_edits")
    with op.batch_alter_table("forum_sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_sources_source_id"))

    op.drop_table("forum_sources")
    with op.batch_alter_table("forum_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_sessions_state"))
        batch_op.drop_index(batch_op.f("ix_forum_sessions_starts_at"))
        batch_op.drop_index(batch_op.f("ix_forum_sessions_forum_id"))

    op.drop_table("forum_sessions")
    op.drop_table("forums")
