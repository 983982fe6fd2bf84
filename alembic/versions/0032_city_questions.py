"""questions to cities, what happens to each at a city, their mails, and the block list

Revision 0032, after 0031.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "blocked_askers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern", sa.String(length=254), nullable=False),
        sa.Column("by", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_askers")),
        sa.UniqueConstraint("pattern", name=op.f("uq_blocked_askers_pattern")),
    )
    op.create_table(
        "city_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asker_name", sa.String(length=300), nullable=True),
        sa.Column("asker_city", sa.String(length=300), nullable=True),
        sa.Column("own_city_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("stamp", sa.String(length=60), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=True),
        sa.Column("may_publish", sa.Boolean(), nullable=False),
        sa.Column("shares_email", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["initiative_id"],
            ["initiatives.id"],
            name=op.f("fk_city_questions_initiative_id_initiatives"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["own_city_id"], ["cities.id"], name=op.f("fk_city_questions_own_city_id_cities"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_questions")),
    )
    op.create_index(op.f("ix_city_questions_closed_at"), "city_questions", ["closed_at"], unique=False)
    op.create_index(op.f("ix_city_questions_confirmed_at"), "city_questions", ["confirmed_at"], unique=False)
    op.create_index(op.f("ix_city_questions_email"), "city_questions", ["email"], unique=False)
    op.create_index(op.f("ix_city_questions_initiative_id"), "city_questions", ["initiative_id"], unique=False)
    op.create_index(op.f("ix_city_questions_own_city_id"), "city_questions", ["own_city_id"], unique=False)
    op.create_table(
        "city_answers",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("stamp", sa.String(length=60), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_name", sa.String(length=300), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_by_city", sa.Boolean(), nullable=False),
        sa.Column("may_publish", sa.Boolean(), nullable=False),
        sa.Column("shares_email", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("introduction_note", sa.Text(), nullable=True),
        sa.Column("introduction_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'waiting', 'editors', 'answered', 'declined', 'withdrawn')",
            name=op.f("ck_city_answers_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_city_answers_answered_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities.id"], name=op.f("fk_city_answers_city_id_cities"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_city_answers_person_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["city_questions.id"],
            name=op.f("fk_city_answers_question_id_city_questions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_answers")),
    )
    op.create_index(op.f("ix_city_answers_answered_by_id"), "city_answers", ["answered_by_id"], unique=False)
    columns = ["city_id", "state", "answered_at"]
    op.create_index(op.f("ix_city_answers_city_id_state_answered_at"), "city_answers", columns, unique=False)
    op.create_index(op.f("ix_city_answers_person_id"), "city_answers", ["person_id"], unique=False)
    op.create_index(op.f("ix_city_answers_question_id"), "city_answers", ["question_id"], unique=False)
    op.create_index(op.f("ix_city_answers_state_due_at"), "city_answers", ["state", "due_at"], unique=False)
    op.create_table(
        "question_mails",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.String(length=60), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(length=300), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('confirm', 'received', 'to-city', 'to-editors', 'passed-on', 'answered', 'declined', "
            "'agree-asker', 'agree-city', 'introduce-asker', 'introduce-city')",
            name=op.f("ck_question_mails_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["city_answers.id"],
            name=op.f("fk_question_mails_answer_id_city_answers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["city_questions.id"],
            name=op.f("fk_question_mails_question_id_city_questions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_question_mails_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_mails")),
    )
    op.create_index(op.f("ix_question_mails_answer_id"), "question_mails", ["answer_id"], unique=False)
    op.create_index(op.f("ix_question_mails_question_id"), "question_mails", ["question_id"], unique=False)
    op.create_index(op.f("ix_question_mails_state_due_at"), "question_mails", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_question_mails_user_id"), "question_mails", ["user_id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    op.drop_index(op.f("ix_question_mails_user_id"), table_name="question_mails")
    op.drop_index(op.f("ix_question_mails_state_due_at"), table_name="question_mails")
    op.drop_index(op.f("ix_question_mails_question_id"), table_name="question_mails")
    op.drop_index(op.f("ix_question_mails_answer_id"), table_name="question_mails")
    op.drop_table("question_mails")
    op.drop_index(op.f("ix_city_answers_state_due_at"), table_name="city_answers")
    op.drop_index(op.f("ix_city_answers_question_id"), table_name="city_answers")
    op.drop_index(op.f("ix_city_answers_person_id"), table_name="city_answers")
    op.drop_index(op.f("ix_city_answers_city_id_state_answered_at"), table_name="city_answers")
    op.drop_index(op.f("ix_city_answers_answered_by_id"), table_name="city_answers")
    op.drop_table("city_answers")
    op.drop_index(op.f("ix_city_questions_own_city_id"), table_name="city_questions")
    op.drop_index(op.f("ix_city_questions_initiative_id"), table_name="city_questions")
    op.drop_index(op.f("ix_city_questions_email"), table_name="city_questions")
    op.drop_index(op.f("ix_city_questions_confirmed_at"), table_name="city_questions")
    op.drop_index(op.f("ix_city_questions_closed_at"), table_name="city_questions")
    op.drop_table("city_questions")
    op.drop_table("blocked_askers")
