"""whether everybody could see an entry after a change

Revision 0041, after 0040.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_CHANGES = sa.table("changes", sa.column("is_public", sa.Boolean))

# What was public once, and is not any more, has an event in the audit trail. Of what was deleted nothing is known.
_NEVER_PUBLIC = (
    """kind = 'session' AND entry_id IN (
        SELECT id FROM forum_sessions WHERE state = 'draft' AND slug NOT IN (
            SELECT key FROM audit_events WHERE kind = 'session' AND verb = 'move-session' AND key IS NOT NULL))""",
    "kind = 'answer' AND entry_id IN (SELECT id FROM forum_questions WHERE answer IS NULL AND answered_at IS NULL)",
    """kind = 'city-answer' AND entry_id IN (
        SELECT city_answers.id FROM city_answers
        JOIN city_questions ON city_questions.id = city_answers.question_id
        WHERE city_answers.state != 'answered' OR (
            NOT (city_answers.may_publish AND city_questions.may_publish)
            AND CAST(city_questions.id AS VARCHAR(20)) NOT IN (
                SELECT key FROM audit_events WHERE kind = 'city-question' AND key IS NOT NULL
                AND verb IN ('choose-publication', 'withdraw-question', 'remove-answer'))))""",
)


def upgrade() -> None:
    """Go up."""
    op.add_column("changes", sa.Column("is_public", sa.Boolean(), server_default=sa.true(), nullable=False))
    for condition in _NEVER_PUBLIC:
        op.execute(_CHANGES.update().where(sa.text(condition)).values(is_public=False))


def downgrade() -> None:
    """Go back down."""
    op.drop_column("changes", "is_public")
