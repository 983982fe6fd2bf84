"""What is done with people and the audit trail; these add, change and flush, and never commit."""

from typing import Any

from sqlalchemy.orm import Session

from .models import AuditEvent, User


def note(
    session: Session, actor: User | None, verb: str, kind: str | None = None, key: object = None, **details: Any
) -> AuditEvent:
    """Add to the audit trail that `actor` did `verb` to the thing of that kind and key; details are plain JSON."""
    event = AuditEvent(
        actor_id=actor.id if actor else None,
        actor_name=actor.name if actor else None,
        verb=verb,
        kind=kind,
        key=None if key is None else str(key),
        details=details,
    )
    session.add(event)
    return event
