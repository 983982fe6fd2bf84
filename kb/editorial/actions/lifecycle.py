"""Actions on published entries: restore, merge, withdraw, reinstate, confirm."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from kb.accounts import queries
from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import ENTRIES, EntryKind, schema_of
from kb.catalogue.entries.fields import Link
from kb.core.column_types import now
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop
from kb.core.text import clean_text

from .. import entries, rules
from ..errors import EditConflict, Invalid
from ..merging import fill_gaps
from ..models import Redirect, Revision, Withdrawal
from ..queries import newest_revision, open_proposals_on, redirects_to, withdrawal_of
from ..validation import validate
from .images import note_images, remove_images, without_removed_images
from .links import dependents, move_foreign_links, with_links_changed
from .publishing import SAME_FIELDS, add_revision, ensure_revision, publishable
from .row_locks import entry_to_change

Data = dict[str, Any]

# Without their city they would be limited to none: at once, when their account is opened again, or as contributors.
_HAS_PEOPLE = gettext_noop(
    "Some accounts belong to this city. Merge it with another city, or ask an administrator to change the city of these"
    " accounts first, also of closed ones."
)


def restore(
    session: Session, actor: User, revision_id: int, *, seen: int | None = None, why: str | None = None
) -> Revision:
    """Publish an earlier revision again, as a new one; `seen` is the id of the newest that the actor saw."""
    rules.require(may(actor, "restore"))
    acquire_write_lock(session)
    revision = session.get(Revision, revision_id)
    if revision is None:
        raise NotFound(gettext_noop("There is no such version."))
    entry = entry_to_change(session, revision.kind, revision.entry_id)
    current = entries.snapshot(revision.kind, entry)
    newest = ensure_revision(session, revision.kind, entry, current)
    if seen is not None and newest.id != seen:
        raise EditConflict(
            SAME_FIELDS,
            fields=[name for name, value in current.items() if revision.data.get(name) != value],
            mine=revision.data,
            theirs=current,
            version=newest.id,
        )
    former = without_removed_images(session, revision.kind, revision.data)
    data = publishable(validate(session, revision.kind, former, entry), former)
    if data == current:
        return newest
    entries.write(session, revision.kind, data, entry)
    new_revision = add_revision(
        session, revision.kind, entry, actor, why=_cleaned(why), made_from="restore", restored_id=revision.id
    )
    record_audit_event(session, actor, "restore", revision.kind, entry.id, revision=revision.id)
    session.flush()
    remove_images(session, revision.kind, current, after=new_revision.data)
    return new_revision


def merge(
    session: Session,
    actor: User,
    kind: EntryKind,
    kept_id: int,
    duplicate_id: int,
    *,
    data: Mapping[str, Any] | None = None,
    why: str | None = None,
) -> Revision:
    """Make one entry of two; the duplicate's address leads to the kept one, and all that pointed to it points there.

    `data` is the entry that an editor made of both; without it the kept one stays as it is, and gets what
    only the duplicate has. Both entries' histories stay.
    """
    rules.require(may(actor, "merge"))
    if kept_id == duplicate_id:
        raise Refused(gettext_noop("An entry cannot be merged with itself."))
    acquire_write_lock(session)
    kept, duplicate = entry_to_change(session, kind, kept_id), entry_to_change(session, kind, duplicate_id)
    before, other = entries.snapshot(kind, kept), entries.snapshot(kind, duplicate)
    ensure_revision(session, kind, kept, before)
    ensure_revision(session, kind, duplicate, other)
    merged = _without_itself(dict(data) if data is not None else fill_gaps(kind, before, other), kept, duplicate)
    data_to_write = publishable(validate(session, kind, merged, kept), before)
    details = {"why": _cleaned(why), "made_from": "merge"}
    session.add(_last_revision(kind, duplicate, other, actor, details))
    former = duplicate.slug
    for dependent_kind, entry in dependents(session, kind, duplicate):
        if entry is not kept:
            _redirect_links(session, actor, dependent_kind, entry, kind, {former: kept.slug}, details)
    move_foreign_links(session, ENTRIES[kind].model, duplicate.id, kept.id)
    _add_redirects(session, kind, duplicate, kept)
    session.delete(duplicate)
    session.flush()
    entries.write(session, kind, data_to_write, kept)
    revision = add_revision(session, kind, kept, actor, **details)
    record_audit_event(session, actor, "merge", kind, kept.id, duplicate=duplicate_id, slug=former)
    session.flush()
    remove_images(session, kind, before, other, after=revision.data)
    return revision


def _without_itself(data: Data, kept: Any, duplicate: Any) -> Data:
    """An initiative that was adapted from its duplicate is not adapted from itself."""
    if data.get("adapted_from") in {kept.slug, duplicate.slug}:
        data["adapted_from"] = None
    return data


def _last_revision(kind: EntryKind, entry: Any, data: Data, actor: User, details: Mapping[str, Any]) -> Revision:
    return Revision(
        kind=kind,
        entry_id=entry.id,
        version=entry.version,
        actor_id=actor.id,
        actor_name=actor.name,
        data=data,
        **details,
    )


def _add_redirects(session: Session, kind: EntryKind, duplicate: Any, kept: Any) -> None:
    """Former addresses and open proposals of the duplicate are the kept one's from now on."""
    for redirect in session.scalars(redirects_to(kind, duplicate.id)):
        redirect.entry_id = kept.id
    session.add(Redirect(kind=kind, slug=duplicate.slug, entry_id=kept.id, former_id=duplicate.id))
    for proposal in session.scalars(open_proposals_on(kind, duplicate.id)):
        proposal.entry_id = kept.id


def withdraw(session: Session, actor: User, kind: EntryKind, entry_id: int, reason: str) -> Withdrawal:
    """Withdraw an entry; its page shows since when and why, its history stays, and it can be reinstated.

    Entries that pointed to it no longer do, with revisions of their own. A city stays while entries or people belong to
    it.
    """
    rules.require(may(actor, "withdraw"))
    cleaned = rules.required_text("reason", reason, gettext_noop("Write why it is withdrawn. Its page will show this."))
    acquire_write_lock(session)
    entry = entry_to_change(session, kind, entry_id)
    pointing = dependents(session, kind, entry)
    if kind == EntryKind.CITY and pointing:
        raise Refused(
            gettext_noop("Initiatives, leaders or strategies belong to this city. Move or withdraw them first.")
        )
    if kind == EntryKind.CITY and session.scalar(queries.people_belonging_to(entry.id).limit(1)) is not None:
        raise Refused(_HAS_PEOPLE)
    data = entries.snapshot(kind, entry)
    ensure_revision(session, kind, entry, data)
    for dependent_kind, dependent in pointing:
        details = {"made_from": "withdrawal", "why": cleaned}
        _redirect_links(session, actor, dependent_kind, dependent, kind, {entry.slug: None}, details)
    withdrawal = Withdrawal(
        kind=kind,
        slug=entry.slug,
        entry_id=entry.id,
        version=entry.version,
        created_at=entry.created_at,
        confirmed_on=entry.confirmed_on,
        title=entries.title_of(kind, entry),
        reason=cleaned,
        actor_id=actor.id,
        actor_name=actor.name,
    )
    session.add(withdrawal)
    session.delete(entry)
    record_audit_event(session, actor, "withdraw", kind, entry_id, title=withdrawal.title, reason=cleaned)
    session.flush()
    note_images(session, withdrawal, data, before={})
    return withdrawal


def reinstate(session: Session, actor: User, kind: EntryKind, entry_id: int, *, why: str | None = None) -> Revision:
    """Publish a withdrawn entry again, as it last was, at its old address."""
    rules.require(may(actor, "withdraw"))
    acquire_write_lock(session)
    withdrawal = withdrawal_of(session, kind, entry_id)
    newest = newest_revision(session, kind, entry_id)
    if withdrawal is None or newest is None:
        raise NotFound(gettext_noop("There is no such withdrawn entry."))
    data = _without_dead_links(session, kind, newest.data)
    entry = entries.write(
        session,
        kind,
        data,
        id=withdrawal.entry_id,
        slug=withdrawal.slug,
        created_at=withdrawal.created_at,
        confirmed_on=withdrawal.confirmed_on,
    )
    session.delete(withdrawal)
    session.flush()
    # Its version continues, so that an edit that began before the withdrawal is a conflict.
    table = ENTRIES[kind].model.__table__
    session.connection().execute(update(table).where(table.c.id == entry_id).values(version=withdrawal.version + 1))  # type: ignore[arg-type] # it is a Table
    session.refresh(entry)
    revision = add_revision(session, kind, entry, actor, why=_cleaned(why), made_from="return")
    record_audit_event(session, actor, "bring-back", kind, entry_id)
    session.flush()
    return revision


def _without_dead_links(session: Session, kind: EntryKind, data: Data) -> Data:
    """The entry as it was, without links to what is no longer there; Invalid where more is wrong."""
    data = without_removed_images(session, kind, data)
    result = validate(session, kind, data)
    fields = schema_of(kind).declared.items()
    gone = [name for name, field in fields if isinstance(field, Link) and not field.needed and name in result.errors]
    result = validate(session, kind, {**data, **dict.fromkeys(gone)})
    if result.errors:
        raise Invalid(result.errors)
    return publishable(result, data)


def confirm(session: Session, actor: User | None, kind: EntryKind, entry_id: int, **how: str) -> None:
    """Record that somebody responsible confirms an entry as true today; this makes no revision.

    The interface has made sure of who it is: a person signed in, or the holder of a link, whom `how` names.
    """
    acquire_write_lock(session)
    entry = entry_to_change(session, kind, entry_id)
    entry.confirmed_on = now().date()
    record_audit_event(session, actor, "confirm", kind, entry_id, **how)
    session.flush()


def _redirect_links(
    session: Session,
    actor: User,
    kind: EntryKind,
    entry: Any,
    target: EntryKind,
    instead: Mapping[str, str | None],
    details: Mapping[str, Any],
) -> None:
    """Change the links of an entry to entries of the kind `target`, with a revision of its own."""
    before = entries.snapshot(kind, entry)
    ensure_revision(session, kind, entry, before)
    entries.write(session, kind, with_links_changed(kind, before, target, instead), entry)
    add_revision(session, kind, entry, actor, **details)


def _cleaned(why: str | None) -> str | None:
    return clean_text(why or "") or None
