"""Reports of readers: taken in from anybody, closed by an editor, deleted some time after."""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import EntryKind
from kb.core.column_types import now
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop

from .. import rules
from ..choices import REPORT_DAYS
from ..models import Report

log = structlog.get_logger(__name__)


def report(session: Session, kind: EntryKind, slug: str, title: str, remark: dict[str, Any]) -> Report:
    """Keep what a reader says of an entry, as `ReportSchema` gives it.

    The same said again while it is open is the report that is there.
    """
    email = remark["email"]
    content = {name: remark[name] for name in ("about", "message", "source")}
    same = select(Report).filter_by(kind=kind, slug=slug, closed_at=None, **content)
    stored = session.scalars(same.limit(1)).one_or_none()
    if stored is None:
        stored = Report(kind=kind, slug=slug, title=title, email=email, **content)
        session.add(stored)
    stored.email = email or stored.email
    session.flush()
    return stored


def close_report(session: Session, actor: User, key: int, note: str | None = None) -> None:
    """Take a report off the worklist, and forget whose address it came from. NotFound where there is none.

    `note` says what the editor did; of a report that is closed already, the note that is there stays.
    """
    rules.require(may(actor, "review"))
    stored = session.get(Report, key, with_for_update=True)
    if stored is None:
        raise NotFound(gettext_noop("There is no such report."))
    if stored.closed_at is None:
        stored.closed_at, stored.email, stored.note = now(), None, note
        record_audit_event(session, actor, "close-report", "report", stored.id)
    session.flush()


def delete_old_reports(session: Session) -> None:
    """Delete the reports that were closed REPORT_DAYS ago."""
    before = now() - timedelta(days=REPORT_DAYS)
    result: CursorResult[Any] = session.execute(delete(Report).where(Report.closed_at < before))  # type: ignore[assignment]
    if result.rowcount:
        log.info("old reports deleted", reports=result.rowcount)
