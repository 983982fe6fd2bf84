"""The history of an entry: its revisions, and what changed between two of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields
from marshmallow.validate import Range
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.changes import ENTRIES
from kb.columns import LARGEST_ID
from kb.editorial.entries import TITLES
from kb.editorial.models import Redirect, Revision, Withdrawal
from kb.problems import NotFound

from ..addresses import AddressSchema
from .changes import changes
from .saving import places_now
from .values import Values

FOLDERS = {"initiatives": "initiative", "cities": "city", "leaders": "leader", "visions": "vision"}
ON_A_PAGE = 40


class HistorySchema(AddressSchema):
    """`before` and `after`: the revisions to compare; `until`: show those older than this one."""

    before = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    after = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    until = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))


def page_of_history(
    session: Session, person: User | None, kind: str, slug: str, asked: Mapping[str, int | None]
) -> Mapping[str, Any]:
    """What the page of a history shows. Raises NotFound for what was never an entry, or a revision of another."""
    entry_id, title, is_there = _entry(session, kind, slug)
    rows = revisions(session, kind, entry_id, asked["until"])
    shown, more = rows[:ON_A_PAGE], len(rows) > ON_A_PAGE
    after = _revision(session, kind, entry_id, asked["after"]) or (shown[0] if shown and not asked["until"] else None)
    before = _revision(session, kind, entry_id, asked["before"]) or _one_before(session, after)
    differ = changes(kind, before.data if before else None, after.data, Values(session, places_now())) if after else []
    return {
        "kind": kind,
        "slug": slug,
        "title": title,
        "revisions": shown,
        "older": shown[-1].id if more else None,
        "before": before,
        "after": after,
        "changes": differ,
        "newest": rows[0].id if rows and not asked["until"] else None,
        "may_restore": may(person, "restore") and is_there,
        "names": person is not None,
    }


def revisions(session: Session, kind: str, entry_id: int, until: int | None) -> Sequence[Revision]:
    """One more than a page of revisions, the newest first, without the entries themselves."""
    chosen = select(Revision).where(Revision.kind == kind, Revision.entry_id == entry_id)
    if until is not None:
        chosen = chosen.where(Revision.id < until)
    chosen = chosen.order_by(Revision.id.desc()).limit(ON_A_PAGE + 1).options(defer(Revision.data))
    return session.scalars(chosen).all()


def slug_of(session: Session, kind: str, entry_id: int) -> str:
    """The address of an entry that is there. Raises NotFound."""
    entry: Any = session.get(ENTRIES[kind], entry_id)
    if entry is None:
        raise NotFound
    return str(entry.slug)


def _entry(session: Session, kind: str, slug: str) -> tuple[int, str, bool]:
    """The id and title of an entry by its address, and whether it is there; also of one withdrawn or merged."""
    model: Any = ENTRIES[kind]
    entry = session.scalars(select(model).where(model.slug == slug)).one_or_none()
    if entry is not None:
        return entry.id, getattr(entry, TITLES[kind]), True
    gone = select(Withdrawal).where(Withdrawal.kind == kind, Withdrawal.slug == slug)
    left = session.scalars(gone).one_or_none()
    if left is not None:
        return left.entry_id, left.title, False
    moved = select(Redirect.former_id).where(Redirect.kind == kind, Redirect.slug == slug)
    former_id = session.scalar(moved)
    if former_id is None:
        raise NotFound
    newest = revisions(session, kind, former_id, None)
    return former_id, str(newest[0].data[TITLES[kind]]) if newest else slug, False


def _revision(session: Session, kind: str, entry_id: int, key: int | None) -> Revision | None:
    if key is None:
        return None
    chosen = select(Revision).where(Revision.id == key, Revision.kind == kind, Revision.entry_id == entry_id)
    found = session.scalars(chosen).one_or_none()
    if found is None:
        raise NotFound
    return found


def _one_before(session: Session, revision: Revision | None) -> Revision | None:
    if revision is None:
        return None
    chosen = select(Revision).where(
        Revision.kind == revision.kind, Revision.entry_id == revision.entry_id, Revision.id < revision.id
    )
    return session.scalars(chosen.order_by(Revision.id.desc()).limit(1)).one_or_none()
