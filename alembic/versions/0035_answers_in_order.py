"""indexes by which the desk lists questions to cities in their order

Revision 0035, after 0034.
"""

from alembic import op

PHASE = "expand"
revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index(op.f("ix_city_answers_answered_at_id"), "city_answers", ["answered_at", "id"])
    op.create_index(op.f("ix_city_answers_state_reached_at_id"), "city_answers", ["state", "reached_at", "id"])


def downgrade() -> None:
    """Go back down."""
    op.drop_index(op.f("ix_city_answers_state_reached_at_id"), table_name="city_answers")
    op.drop_index(op.f("ix_city_answers_answered_at_id"), table_name="city_answers")
