"""Reports of readers: taken in from anybody, closed by an editor."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import EntryKind
from kb.core.column_types import now
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop

from .. import rules
from ..models import Report


def report(session: Session, kind: EntryKind, slug: str, title: str, message: str, email: str | None) -> Report:
    """Keep what a reader says of an entry; the same said again while it is open is the report that is there."""
    same = select(Report).where(
        Report.kind == kind, Report.slug == slug, Report.message == message, Report.closed_at.is_(None)
    )
    stored = session.scalars(same.limit(1)).one_or_none()
    if stored is None:
        stored = Report(kind=kind, slug=slug, title=title, message=message, email=email)
        session.add(stored)
    stored.email = email or stored.email
    session.flush()
    return stored


def close_report(session: Session, actor: User, key: int) -> None:
    """Take a report off the worklist and forget whose address it came from. NotFound where there is none."""
    rules.require(may(actor, "review"))
    stored = session.get(Report, key, with_for_update=True)
    if stored is None:
        raise NotFound(gettext_noop("There is no such report."))
    if stored.closed_at is None:
        stored.closed_at, stored.email = now(), None
        record_audit_event(session, actor, "close-report", "report", stored.id)
    session.flush()
