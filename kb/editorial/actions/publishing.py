"""Publishes entries: rows, revision and change log in one transaction. Nothing else writes entries."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import EntryKind
from kb.core.i18n import gettext_noop

from .. import entries, rules
from ..errors import EditConflict, Invalid
from ..lookup import lookup
from ..merging import three_way_merge
from ..models import Revision
from ..queries import newest_revision
from ..validation import Entry, ValidationResult, validate
from .row_locks import entry_to_change

Data = dict[str, Any]

SAME_FIELDS = gettext_noop("Someone else saved first. Please compare both versions.")


def publish_entry(
    session: Session,
    actor: User,
    kind: EntryKind,
    raw: Entry,
    *,
    entry_id: int | None = None,
    base: Mapping[str, Any] | None = None,
    why: str | None = None,
    import_id: int | None = None,
) -> Revision:
    """Publish an entry without a proposal, as imports do that may; return its new revision, or the newest if none.

    With `base`, the entry as the sender last saw it, others' changes since are kept; where both changed the same,
    EditConflict is raised. Raises Invalid for what is wrong or missing.
    """
    rules.require(may(actor, "import-published"))
    acquire_write_lock(session)
    entry = None if entry_id is None else entry_to_change(session, kind, entry_id)
    revision = publish_data(session, actor, kind, raw, entry, base, why=why, made_from="import", import_id=import_id)
    record_audit_event(session, actor, "publish", kind, revision.entry_id, import_id=import_id)
    return revision


def publish_data(
    session: Session,
    actor: User | None,
    kind: EntryKind,
    raw: Entry,
    entry: Any,
    base: Mapping[str, Any] | None,
    **details: Any,
) -> Revision:
    """Write an entry and its revision; the caller holds the write lock and has loaded the entry under it."""
    if entry is None:
        data = publishable(validate(session, kind, raw), None)
        entry = entries.write(session, kind, data)
        return add_revision(session, kind, entry, actor, **details)
    before = entries.snapshot(kind, entry)
    data = merged_with_current(session, kind, raw, before, base, entry)
    newest = ensure_revision(session, kind, entry, before)
    if data == before:
        return newest
    entries.write(session, kind, data, entry)
    return add_revision(session, kind, entry, actor, **details)


def merged_with_current(
    session: Session, kind: EntryKind, raw: Entry, current: Data, base: Mapping[str, Any] | None, entry: Any
) -> Data:
    """What was sent with what others changed since `base`; raises EditConflict and Invalid."""
    result = validate(session, kind, raw, entry)
    if base is not None:
        mine = result.data
        # The catalogue may have come to write the same in another way, as when a place got its page.
        three = three_way_merge(kind, validate(session, kind, base, entry).data, mine, current)
        if three.overlap:
            raise EditConflict(
                SAME_FIELDS, fields=three.overlap, mine=mine, theirs=current, base=base, version=entry.version
            )
        if three.data != mine:
            result = validate(session, kind, three.data, entry)
    return publishable(result, current)


def publishable(result: ValidationResult, before: Data | None) -> Data:
    """The data, or Invalid; what an entry has lacked all along does not keep it from being edited."""
    missing = {
        path: messages
        for path, messages in result.missing.items()
        if before is None or "." in path or before.get(path) not in (None, [])
    }
    if missing or result.errors:
        raise Invalid({**missing, **result.errors})
    return result.data


def ensure_revision(session: Session, kind: EntryKind, entry: Any, before: Data) -> Revision:
    """The newest revision of an entry, added first where the rows differ from it, so that nothing published is lost."""
    newest = newest_revision(session, kind, entry.id)
    if newest is None or newest.data != before:
        newest = Revision(
            kind=kind, entry_id=entry.id, version=entry.version, at=entry.updated_at, made_from="seed", data=before
        )
        session.add(newest)
        session.flush()
    return newest


def add_revision(session: Session, kind: EntryKind, entry: Any, actor: User | None, **details: Any) -> Revision:
    """Add a revision of the entry as it now is, and of cities created along with it."""
    pages, lookup(session).new_cities = lookup(session).new_cities, []
    for page in pages:
        if page in session:
            _add(session, EntryKind.CITY, page, actor, made_from="companion", import_id=details.get("import_id"))
    revision = _add(session, kind, entry, actor, **details)
    session.flush()
    return revision


def _add(session: Session, kind: EntryKind, entry: Any, actor: User | None, **details: Any) -> Revision:
    revision = Revision(
        kind=kind,
        entry_id=entry.id,
        version=entry.version,
        actor_id=actor.id if actor else None,
        actor_name=actor.name if actor else None,
        data=entries.snapshot(kind, entry),
        **details,
    )
    session.add(revision)
    return revision
