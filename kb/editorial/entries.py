"""Writes whole entries, given as plain dictionaries, into the catalogue."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, TERMS, EntryKind, TermKind, fill, new_row, snapshot

from .lookup import lookup

__all__ = ["fill", "put", "snapshot", "title_of", "write", "write_term"]


def title_of(kind: EntryKind, entry: Any) -> str:
    """The title or name of an entry."""
    title: str = getattr(entry, ENTRIES[kind].title)
    return title


def write(session: Session, kind: EntryKind, data: Mapping[str, Any], entry: Any = None, **columns: Any) -> Any:
    """Create an entry, or change `entry` in place, from validated data; flush, and return it.

    `columns` are as `put` takes them.
    """
    entry = put(session, kind, data, entry, **columns)
    session.flush()
    return entry


def put(session: Session, kind: EntryKind, data: Mapping[str, Any], entry: Any = None, **columns: Any) -> Any:
    """Create or change an entry as `write` does, without flushing, so that many are flushed together.

    A new entry gets a slug made from its title, unless `columns` has one; these are set as they are. A place without a
    page that is referred to gets one, as a City; `lookup(session).city("place:ID")` then finds it.
    """
    is_new = entry is None
    with session.no_autoflush:
        if is_new:
            if "slug" not in columns:
                columns["slug"] = lookup(session).unused_slug(kind, data[ENTRIES[kind].title])
            entry = new_row(kind, **columns)
        fill(lookup(session), kind, entry, data)
    if is_new:
        session.add(entry)
        lookup(session).remember(kind, entry)
    return entry


def write_term(session: Session, kind: TermKind, data: Mapping[str, Any], row: Any = None) -> Any:
    """Make or change a challenge or a technology, which have a code instead of a slug; flush, and return it."""
    terms = lookup(session).terms(kind).values()
    if row is None:
        row = TERMS[kind].model(code=data["code"], position=max((term.position for term in terms), default=-1) + 1)
    with session.no_autoflush:
        fill(lookup(session), kind, row, data)
    session.add(row)
    session.flush()
    lookup(session).forget_terms()
    return row
