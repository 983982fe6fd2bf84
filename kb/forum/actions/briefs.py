"""The chair's own words for the brief."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.core.column_types import now
from kb.core.errors import Conflict

from ..models import BriefEdit, ForumSession
from .row_tools import FASTER, Data


def write_brief(
    session: Session, actor: User | None, held: ForumSession, section: str, drawn: str, data: Data
) -> BriefEdit | None:
    """Keep the chair's own words for a section beside what the record says; none, and the record's stand again."""
    found = session.scalars(
        select(BriefEdit).where(BriefEdit.session_id == held.id, BriefEdit.section == section)
    ).one_or_none()
    if (found.version if found else None) != data["version"]:
        raise Conflict(FASTER)
    record_audit_event(session, actor, "write-brief", "session", held.slug, section=section)
    if not data["text"] or data["text"] == drawn:
        if found is not None:
            session.delete(found)
        session.flush()
        return None
    if found is None:
        found = BriefEdit(session_id=held.id, section=section)
        session.add(found)
    found.text, found.drawn, found.updated_at = data["text"], drawn, now()
    session.flush()
    return found
