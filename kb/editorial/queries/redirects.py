"""What is left at addresses where an entry no longer is."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind

from ..models import Redirect, Withdrawal


def moved_to(kind: EntryKind, slug: str) -> Select[int]:
    """The id of the entry that an address leads to since the one that stood there was merged."""
    return select(Redirect.entry_id).where(Redirect.kind == kind, Redirect.slug == slug)


def redirects_to(kind: EntryKind, entry_id: int) -> Select[Redirect]:
    """The former addresses that lead to an entry."""
    return select(Redirect).where(Redirect.kind == kind, Redirect.entry_id == entry_id)


def withdrawal_of(session: Session, kind: EntryKind, entry_id: int) -> Withdrawal | None:
    """What is left of an entry that was withdrawn, by the id that it had."""
    return session.scalars(
        select(Withdrawal).where(Withdrawal.kind == kind, Withdrawal.entry_id == entry_id)
    ).one_or_none()


def withdrawal_at(session: Session, kind: EntryKind, slug: str) -> Withdrawal | None:
    """What is left of the withdrawn entry of an address; also of a former one, which was merged before that."""
    query = select(Withdrawal).where(Withdrawal.kind == kind, Withdrawal.slug == slug)
    left = session.scalars(query).one_or_none()
    if left is None and (entry_id := session.scalar(moved_to(kind, slug))) is not None:
        left = withdrawal_of(session, kind, entry_id)
    return left
