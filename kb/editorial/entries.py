"""Writing whole entries, given as plain dictionaries, into the catalogue."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, Session

from kb.catalogue.entries import ENTRIES, TERMS, EntryKind, TermKind, fill, snapshot

from .lookup import lookup, unused_slug
from .models import Withdrawal

__all__ = ["fill", "recreate", "snapshot", "title_of", "write", "write_term"]


def title_of(kind: EntryKind, entry: Any) -> str:
    """The title or name of an entry."""
    title: str = getattr(entry, ENTRIES[kind].title)
    return title


def write(
    session: Session, kind: EntryKind, data: Mapping[str, Any], entry: Any = None, *, slug: str | None = None
) -> Any:
    """Make an entry, or change `entry` in place, from data that were checked; flush, and return it.

    A new entry gets `slug`, or one made from its title. A place without a page that is referred to gets one, as a City;
    `lookup(session).city("place:ID")` then finds it.
    """
    is_new = entry is None
    with session.no_autoflush:
        if is_new:
            definition = ENTRIES[kind]
            slug = slug or unused_slug(session, kind, data[definition.title])
            entry = definition.model(slug=slug, **_no_rows_yet(definition.model))
        fill(lookup(session), kind, entry, data)
    if is_new:
        session.add(entry)
    session.flush()
    return entry


def _no_rows_yet(model: type[Any]) -> dict[str, list[Any]]:
    """The lists of a new entry, empty: so they need not be asked for when it is read back."""
    mapper: Mapper[Any] = inspect(model)
    return {
        relationship.key: []
        for relationship in mapper.relationships
        if relationship.uselist and not relationship.viewonly
    }


def recreate(session: Session, kind: EntryKind, data: Mapping[str, Any], withdrawal: Withdrawal) -> Any:
    """Create an entry again that was withdrawn, with its former id, slug and dates."""
    entry = ENTRIES[kind].model(
        id=withdrawal.entry_id,
        slug=withdrawal.slug,
        created_at=withdrawal.created_at,
        confirmed_on=withdrawal.confirmed_on,
    )
    with session.no_autoflush:
        fill(lookup(session), kind, entry, data)
    session.add(entry)
    session.flush()
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
