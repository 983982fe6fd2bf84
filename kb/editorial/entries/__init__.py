"""Between the catalogue's rows and whole entries as plain dictionaries: `snapshot` reads one, `write` makes or changes.

Both go field by field, by kind. A write changes rows in place and matches the parts of an entry, so that what did not
change is neither deleted nor made anew, and the change log sees the rest.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, Session

from kb.catalogue.changes import ENTRIES

from ..known import Known, known
from ..models import Withdrawal
from . import city, initiative, leader, term, vision
from .slugs import unused_slug

Data = dict[str, Any]


_KINDS: Mapping[str, Any] = {
    "initiative": initiative,
    "city": city,
    "leader": leader,
    "vision": vision,
    "challenge": term.challenge,
    "technology": term.technology,
}

TITLES = {"initiative": "title", "vision": "title", "city": "name", "leader": "name"}
"""The field that an entry is called by."""


def snapshot(kind: str, entry: Any) -> Data:
    """The whole entry as `checking.check` would give it."""
    data: Data = _KINDS[kind].snapshot(entry)
    return data


def fill(known: Known, kind: str, entry: Any, data: Mapping[str, Any]) -> None:
    """Make the rows of an entry say what checked data say, without writing them."""
    _KINDS[kind].fill(known, entry, data)


def write(session: Session, kind: str, data: Mapping[str, Any], entry: Any = None) -> Any:
    """Make an entry, or change `entry` in place, from data that were checked; flush, and return it.

    A place without a page that is referred to gets one, as a City; `known(session).city("place:ID")` then finds it.
    """
    made = entry is None
    if made:
        entry = ENTRIES[kind](slug=unused_slug(session, kind, data[TITLES[kind]]), **_no_rows_yet(ENTRIES[kind]))
    with session.no_autoflush:
        _KINDS[kind].fill(known(session), entry, data)
    if made:
        session.add(entry)
    session.flush()
    return entry


def _no_rows_yet(model: type[Any]) -> dict[str, list[Any]]:
    """The lists of a new entry, empty: so they need not be asked for when it is read back."""
    mapper: Mapper[Any] = inspect(model)
    return {one.key: [] for one in mapper.relationships if one.uselist and not one.viewonly}


def write_again(session: Session, kind: str, data: Mapping[str, Any], left: Withdrawal) -> Any:
    """Make an entry anew that was withdrawn: with the id, the address and the days that it had."""
    entry = ENTRIES[kind](id=left.entry_id, slug=left.slug, created_at=left.created_at, confirmed_on=left.confirmed_on)
    with session.no_autoflush:
        _KINDS[kind].fill(known(session), entry, data)
    session.add(entry)
    session.flush()
    return entry


def write_term(session: Session, kind: str, data: Mapping[str, Any], term_row: Any = None) -> Any:
    """Make or change a challenge or a technology, which have a code instead of a slug; flush, and return it."""
    row = _KINDS[kind].write(known(session), data, term_row)
    session.flush()
    known(session).forget_terms()
    return row
