"""Changes lists of terms and sources, which have no proposals; the audit trail has both versions."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import TermKind
from kb.catalogue.entries.lists import cite
from kb.catalogue.entries.schema import SourceRow
from kb.catalogue.models import Source
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop

from .. import entries, rules
from ..errors import EditConflict, Invalid
from ..lookup import lookup
from ..validation import load
from .publishing import SAME_FIELDS


def save_term(
    session: Session,
    actor: User,
    kind: TermKind,
    raw: Mapping[str, Any],
    *,
    code: str | None = None,
    seen: Mapping[str, Any] | None = None,
) -> Any:
    """Add a challenge or a technology, or change the one of that code; `seen` is the term as the editor saw it."""
    rules.require(may(actor, "edit-terms"))
    acquire_write_lock(session)
    lookup(session).forget_terms()
    row = lookup(session).terms(kind).get(code) if code is not None else None
    if code is not None and row is None:
        raise NotFound(gettext_noop("There is no such term."))
    if row is not None:
        session.refresh(row)
    before = None if row is None else entries.snapshot(kind, row)
    if seen is not None and before is not None and before != seen:
        fields = [name for name, value in before.items() if seen.get(name) != value]
        raise EditConflict(SAME_FIELDS, fields=fields, mine=dict(raw), theirs=before, base=seen)
    data = load(session, kind, raw if code is None else {**raw, "code": code})
    if code is None and data["code"] in lookup(session).terms(kind):
        raise Invalid({"code": [Message(gettext_noop("There is already a term with this code."))]})
    if data != before:
        row = entries.write_term(session, kind, data, row)
        record_audit_event(session, actor, "edit-terms", kind, data["code"], before=before, after=data)
        session.flush()
    return row


def save_source(session: Session, actor: User, url: str, title: str | None, seen_on: str | None) -> Source:
    """Change the title of a source and the day it was last seen, for all entries that cite it."""
    rules.require(may(actor, "publish"))
    acquire_write_lock(session)
    row = session.scalars(select(Source).where(Source.url == url)).one_or_none()
    if row is None:
        raise NotFound(gettext_noop("There is no such source."))
    loaded = SourceRow().load({"url": url, "title": title, "seen_on": seen_on})
    before = {"title": row.title, "seen_on": row.seen_on.isoformat() if row.seen_on else None}
    cite(lookup(session), loaded)
    record_audit_event(
        session,
        actor,
        "edit-source",
        "source",
        row.id,
        url=url,
        before=before,
        after={"title": title, "seen_on": seen_on},
    )
    session.flush()
    return row
