"""drafts of sessions and private answers, which were never public, leave the change log

Revision 0040, after 0039.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_CHANGES = sa.table("changes", *map(sa.column, ("kind", "entry_id", "version", "action")))
_OF_NO_ENTRY = {"kind": "none", "entry_id": 0, "version": None, "action": "saved"}

# What was public once, and is not any more, has an event in the audit trail.
_NEVER_PUBLIC = (
    """kind = 'session' AND entry_id IN (
        SELECT id FROM forum_sessions WHERE state = 'draft' AND slug NOT IN (
            SELECT key FROM audit_events WHERE kind = 'session' AND verb = 'move-session' AND key IS NOT NULL))""",
    "kind = 'answer' AND entry_id IN (SELECT id FROM forum_questions WHERE answer IS NULL)",
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
    """Go up; what stays in their place is that something changed."""
    for condition in _NEVER_PUBLIC:
        op.execute(_CHANGES.update().where(sa.text(condition)).values(_OF_NO_ENTRY))


def downgrade() -> None:
    """Go back down; the log does not get back what left it."""
