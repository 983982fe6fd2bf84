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
    session: Session, actor: User | None, forum_session: ForumSession, section: str, drawn: str, data: Data
) -> BriefEdit | None:
    """Keep the chair's own words for a section beside what the record says; none, and the record's stand again."""
    brief_edit = session.scalars(
        select(BriefEdit).where(BriefEdit.session_id == forum_session.id, BriefEdit.section == section)
    ).one_or_none()
    if (brief_edit.version if brief_edit else None) != data["version"]:
        raise Conflict(FASTER)
    record_audit_event(session, actor, "write-brief", "session", forum_session.slug, section=section)
    if not data["text"] or data["text"] == drawn:
        if brief_edit is not None:
            session.delete(brief_edit)
        session.flush()
        return None
    if brief_edit is None:
        brief_edit = BriefEdit(session_id=forum_session.id, section=section)
        session.add(brief_edit)
    brief_edit.text, brief_edit.drawn, brief_edit.updated_at = data["text"], drawn, now()
    session.flush()
    return brief_edit
