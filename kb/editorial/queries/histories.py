"""Histories: the revisions of an entry, and whose history an address tells."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop

from ..models import Redirect, Revision, Withdrawal
from .redirects import withdrawal_at


def revisions_of(kind: EntryKind, entry_id: int) -> Select[Revision]:
    """The revisions of an entry, the newest first; of one that is gone, too."""
    return select(Revision).where(Revision.kind == kind, Revision.entry_id == entry_id).order_by(Revision.id.desc())


def newest_revision(session: Session, kind: EntryKind, entry_id: int) -> Revision | None:
    """The newest revision of an entry; None where it was never edited here."""
    return session.scalars(revisions_of(kind, entry_id).limit(1)).one_or_none()


def revision_before(session: Session, revision: Revision) -> Revision | None:
    """The revision that came before another one of its entry; None for the first."""
    older = revisions_of(revision.kind, revision.entry_id).where(Revision.id < revision.id)
    return session.scalars(older.limit(1)).one_or_none()


def revision_of(session: Session, kind: EntryKind, entry_id: int, key: int) -> Revision:
    """A revision of an entry. NotFound where it is of another, or there is none."""
    found = session.scalars(revisions_of(kind, entry_id).where(Revision.id == key)).one_or_none()
    if found is None:
        raise NotFound(gettext_noop("There is no such version of this entry."))
    return found


def revision_by_id(session: Session, key: int) -> Revision:
    """A revision of any entry. NotFound where there is none."""
    found = session.get(Revision, key)
    if found is None:
        raise NotFound(gettext_noop("There is no such version."))
    return found


def without_data(query: Select[Revision]) -> Select[Revision]:
    """Revisions without the entries themselves, as lists show them."""
    return query.options(defer(Revision.data))


@dataclass(frozen=True, slots=True)
class HistoryOwner:
    """The entry whose history an address tells; `left` is what is left of it where it was withdrawn."""

    entry_id: int
    title: str
    is_there: bool
    left: Withdrawal | None = None


def history_owner(session: Session, kind: EntryKind, slug: str) -> HistoryOwner:
    """Whose history an address tells: also of an entry that was withdrawn, or merged. NotFound for what never was."""
    model: Any = ENTRIES[kind].model
    title = ENTRIES[kind].title
    entry = session.scalars(select(model).where(model.slug == slug)).one_or_none()
    if entry is not None:
        return HistoryOwner(entry.id, getattr(entry, title), is_there=True)
    left = withdrawal_at(session, kind, slug)
    if left is not None and left.slug == slug:
        return HistoryOwner(left.entry_id, left.title, is_there=False, left=left)
    former_id = session.scalar(select(Redirect.former_id).where(Redirect.kind == kind, Redirect.slug == slug))
    if former_id is None:
        raise NotFound(gettext_noop("There is no such entry in the catalogue."))
    newest = newest_revision(session, kind, former_id)
    return HistoryOwner(former_id, str(newest.data[title]) if newest else slug, is_there=False, left=left)
