"""The history of an entry: its revisions, and what changed between two of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields
from marshmallow.validate import Range
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.column_types import LARGEST_ID
from kb.core.errors import NotFound
from kb.editorial import queries
from kb.editorial.models import Revision
from kb.editorial.queries import HistoryOwner

from ..core.forms import Form
from ..core.query_schemas import AddressSchema
from .display_values import DisplayValues
from .step_saving import places_now
from .version_diff import changes

FOLDERS = {definition.folder: kind for kind, definition in ENTRIES.items()}
ON_A_PAGE = 40


class HistorySchema(AddressSchema):
    """`before` and `after`: the revisions to compare; `until`: show those older than this one."""

    before = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    after = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    until = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))


def page_of_history(
    session: Session,
    person: User | None,
    kind: EntryKind,
    slug: str,
    whose: HistoryOwner,
    asked: Mapping[str, int | None],
    form: Form | None = None,
) -> Mapping[str, Any]:
    """What the page of a history shows. Raises NotFound for a revision of another."""
    rows = _revisions(session, kind, whose.entry_id, asked["until"])
    shown, more = rows[:ON_A_PAGE], len(rows) > ON_A_PAGE
    after = _asked(session, kind, whose.entry_id, asked["after"]) or (
        shown[0] if shown and not asked["until"] else None
    )
    before = _asked(session, kind, whose.entry_id, asked["before"]) or (
        queries.revision_before(session, after) if after else None
    )
    differ = (
        changes(kind, before.data if before else None, after.data, DisplayValues(session, places_now()))
        if after
        else []
    )
    return {
        "form": form or Form(),
        "kind": kind,
        "slug": slug,
        "title": whose.title,
        "left": whose.withdrawal,
        "revisions": shown,
        "older": shown[-1].id if more else None,
        "before": before,
        "after": after,
        "changes": differ,
        "newest": rows[0].id if rows and not asked["until"] else None,
        "may_restore": may(person, "restore") and whose.is_there,
        "names": person is not None,
    }


def _revisions(session: Session, kind: EntryKind, entry_id: int, until: int | None) -> Sequence[Revision]:
    """One more than a page of revisions, the newest first."""
    query = queries.without_data(queries.revisions_of(kind, entry_id))
    if until is not None:
        query = query.where(Revision.id < until)
    return session.scalars(query.limit(ON_A_PAGE + 1)).all()


def _asked(session: Session, kind: EntryKind, entry_id: int, key: int | None) -> Revision | None:
    return None if key is None else queries.revision_of(session, kind, entry_id, key)


def slug_of(session: Session, kind: EntryKind, entry_id: int) -> str:
    """The address of an entry that is there. Raises NotFound."""
    entry: Any = session.get(ENTRIES[kind].model, entry_id)
    if entry is None:
        raise NotFound
    return str(entry.slug)
