"""alerts: who is told what is new for a search

Revision 0028, after 0027.
"""

import sqlalchemy as sa

from alembic import op

PHASE = "expand"
revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("frequency", sa.String(length=60), nullable=False),
        sa.Column("stamp", sa.String(length=60), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("confirmed_at", moment, nullable=True),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("told_until", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=60), nullable=True),
        sa.Column("claimed_until", moment, nullable=True),
        sa.Column("message_id", sa.String(length=300), nullable=True),
        sa.Column("telling_until", sa.Integer(), nullable=True),
        sa.Column("unclear_until", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.CheckConstraint("frequency IN ('daily', 'weekly')", name=op.f("ck_alerts_frequency_known")),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'waiting', 'claimed', 'sending')", name=op.f("ck_alerts_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_email"), "alerts", ["email"])
    op.create_index("ix_alerts_state_due_at", "alerts", ["state", "due_at"])


def downgrade() -> None:
    """Go back down."""
    op.drop_index("ix_alerts_state_due_at", table_name="alerts")
    op.drop_index(op.f("ix_alerts_email"), table_name="alerts")
    op.drop_table("alerts")
