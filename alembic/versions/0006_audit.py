"""the audit trail is read by person, verb and kind

Revision 0006, after 0005.
"""

from alembic import op

PHASE = "expand"
revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_actor_id"))
        batch_op.create_index(batch_op.f("ix_audit_events_actor_id_id"), ["actor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_kind_id"), ["kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_kind_key_id"), ["kind", "key", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_verb_id"), ["verb", "id"], unique=False)


def downgrade() -> None:
    """Go back down."""
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_verb_id"))
        batch_op.drop_index(batch_op.f("ix_audit_events_kind_key_id"))
        batch_op.drop_index(batch_op.f("ix_audit_events_kind_id"))
        batch_op.drop_index(batch_op.f("ix_audit_events_actor_id_id"))
        batch_op.create_index(batch_op.f("ix_audit_events_actor_id"), ["actor_id"], unique=False)
