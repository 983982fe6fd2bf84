"""Stores uploaded images, and removes those that nothing shows any more, so that what was removed is gone."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, delete, exists, func, insert, inspect, select, union_all, update
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import Kind, schema_of
from kb.catalogue.entries.lists import Rows
from kb.catalogue.queries import shows
from kb.core.column_types import now
from kb.core.db import insert_if_absent
from kb.images.models import StoredImage

from .. import rules
from ..choices import OPEN_STATES
from ..models import Proposal, Withdrawal, proposal_images, withdrawal_images

UNUSED_HOURS = 24
"""How long an image waits for the draft that was to show it."""


def store_image(session: Session, actor: User, image: StoredImage) -> str:
    """Store an uploaded image; give its key. No page shows it before a proposal does.

    One that is there already, also since another transaction stores it at this moment, waits for its draft anew.
    """
    rules.require(may(actor, "propose"))
    previous = session.scalar(select(func.max(StoredImage.created_at)))
    columns = (column.key for column in inspect(StoredImage).column_attrs)
    values = {name: value for name in columns if (value := getattr(image, name)) is not None}
    if not insert_if_absent(session, StoredImage, **values):
        session.execute(update(StoredImage).where(StoredImage.key == image.key).values(created_at=now()))
    if previous is not None:
        _remove_never_used(session, previous)
    return image.key


def _remove_never_used(session: Session, since: datetime) -> None:
    """Remove the images whose time to wait ended since the upload before this one, and that nothing shows.

    The upload before looked at those before them; one that was shown once goes by `remove_images`.
    """
    wait = timedelta(hours=UNUSED_HOURS)
    unshown = select(StoredImage.key).where(
        StoredImage.created_at >= since - wait,
        StoredImage.created_at < now() - wait,
        ~shows(StoredImage.key),
    )
    _remove_unused(session, session.scalars(unshown).all())


def remove_images(session: Session, kind: Kind, *before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    """Remove the images that an entry had before and has not after, unless something else shows them.

    What came after was flushed.
    """
    removed = set().union(*(images_in(kind, data or {}) for data in before)) - images_in(kind, after)
    if removed:
        _remove_unused(session, removed)


def note_images(
    session: Session, owner: Proposal | Withdrawal, data: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Note which images a proposal or a withdrawn entry shows, for `remove_images`; it was flushed."""
    keys = images_in(owner.kind, data)
    if keys == images_in(owner.kind, before):
        return
    table, column = _OWNERS[type(owner)]
    session.execute(delete(table).where(column == owner.id))
    # What is wrong is kept in a draft as it was sent.
    if rows := [{column.name: owner.id, "image_key": key} for key in sorted(keys) if len(key) == _KEY_LENGTH]:
        session.execute(insert(table), rows)


def lock_for_removal(session: Session, proposal_id: int) -> None:
    """Take the change log's lock where a proposal shows images, which may be removed when it is saved or decided.

    To be called before the proposal is locked: whoever publishes holds the log first, so that nobody waits in a ring.
    """
    if session.scalar(select(exists().where(proposal_images.c.proposal_id == proposal_id))):
        acquire_write_lock(session)


_KEY_LENGTH = 64
_OWNERS: Mapping[type[Any], tuple[Table, Column[Any]]] = {
    Proposal: (proposal_images, proposal_images.c.proposal_id),
    Withdrawal: (withdrawal_images, withdrawal_images.c.withdrawal_id),
}


def images_in(kind: Kind, data: Mapping[str, Any]) -> set[str]:
    """The keys of the images that an entry names."""
    return {
        key
        for name, inner in _image_fields(kind)
        for row in data.get(name) or ()
        if isinstance(row, Mapping) and isinstance(key := row.get(inner), str)
    }


def without_removed_images(session: Session, kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """An earlier version of an entry, without the rows whose images were removed since."""
    keys = images_in(kind, data)
    stored = set(session.scalars(select(StoredImage.key).where(StoredImage.key.in_(keys)))) if keys else set()
    remaining = dict(data)
    for name, inner in _image_fields(kind):
        remaining[name] = [row for row in data.get(name) or () if row.get(inner) in stored]
    return remaining


def _image_fields(kind: Kind) -> list[tuple[str, str]]:
    """The lists of a kind whose rows have an image, with the name of its field."""
    return [
        (name, inner)
        for name, field in schema_of(kind).declared.items()
        if isinstance(field, Rows)
        for inner, row_field in field.fields.items()
        if row_field.refers == "image"
    ]


def _remove_unused(session: Session, keys: Collection[str]) -> None:
    """Remove those images that no published entry, open proposal or withdrawn entry shows."""
    unused = set(keys) - _used(session, keys)
    if unused:
        # Nobody else publishes an image while it is decided whether it stays.
        acquire_write_lock(session)
        unused -= _used(session, unused)
        session.execute(delete(StoredImage).where(StoredImage.key.in_(sorted(unused))))


def _used(session: Session, keys: Collection[str]) -> set[str]:
    """The keys, of these, of images that an entry, an open proposal or a withdrawn entry shows."""
    if not keys:
        return set()
    published = select(StoredImage.key).where(StoredImage.key.in_(keys), shows(StoredImage.key))
    proposed = select(proposal_images.c.image_key).join(Proposal).where(Proposal.state.in_(OPEN_STATES))
    withdrawn = select(withdrawal_images.c.image_key)
    former = (query.where(query.selected_columns.image_key.in_(keys)) for query in (proposed, withdrawn))
    return set(session.scalars(union_all(published, *former)))
