"""The history of an entry: every version that was public, any two compared; editors may restore one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from marshmallow import fields
from marshmallow.validate import Range
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import ENTRIES, KIND_OF_FOLDER, EntryKind
from kb.core.column_types import LARGEST_ID
from kb.core.errors import NotFound
from kb.editorial import actions, queries
from kb.editorial.models import Revision, Withdrawal
from kb.editorial.queries import HistoryOwner, history_owner, revision_by_id

from ..core import context, forms, headers, redirects
from ..core.access import actor, allows, requires
from ..core.context import session
from ..core.forms import Form
from ..core.links import link_to_history
from ..core.pages import Page
from ..core.query_schemas import QuerySchema
from ..desk.display_values import DisplayValues, FieldChange, changes
from ..desk.places import places_now

ON_A_PAGE = 40


class HistorySchema(QuerySchema):
    """`before` and `after`: the revisions to compare; `until`: show those older than this one."""

    before = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    after = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    until = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))


@dataclass(frozen=True, kw_only=True)
class HistoryPage(Page):
    """A page of revisions, two of which are compared; `shows_names` says whether people are named."""

    template = "catalogue/history.html"
    form: Form
    kind: EntryKind
    slug: str
    title: str
    withdrawal: Withdrawal | None
    revisions: Sequence[Revision]
    older: int | None
    before: Revision | None
    after: Revision | None
    changes: Sequence[FieldChange]
    newest: int | None
    may_restore: bool
    shows_names: bool


def page_of_history(
    session: Session,
    person: User | None,
    kind: EntryKind,
    slug: str,
    whose: HistoryOwner,
    asked: Mapping[str, int | None],
    form: Form | None = None,
) -> HistoryPage:
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
    return HistoryPage(
        form=form or Form(),
        kind=kind,
        slug=slug,
        title=whose.title,
        withdrawal=whose.withdrawal,
        revisions=shown,
        older=shown[-1].id if more else None,
        before=before,
        after=after,
        changes=differ,
        newest=rows[0].id if rows and not asked["until"] else None,
        may_restore=may(person, "restore") and whose.is_there,
        shows_names=person is not None,
    )


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


blueprint = Blueprint("history", __name__)

_FOLDER = f"<any({', '.join(KIND_OF_FOLDER)}):folder>"


blueprint.after_request(headers.keep_out_of_search_engines)


@blueprint.get(f"/{_FOLDER}/<slug>/history")
def history(folder: str, slug: str) -> ResponseReturnValue:
    """The versions of an entry, the newest first, and what changed between two of them; drafts are never here.

    Of an entry that was withdrawn only those may read it who may bring it back.
    """
    kind, person = KIND_OF_FOLDER[folder], context.user()
    whose = history_owner(session(), kind, slug)
    if whose.withdrawal is not None and not allows("withdraw"):
        return redirects.withdrawn(whose.withdrawal)
    asked, _ = HistorySchema().read(request.args)
    page = page_of_history(session(), person, kind, slug, whose, asked)
    return page.render()


@blueprint.post("/desk/revisions/<int:key>/restore")
@requires("restore")
def restore(key: int) -> ResponseReturnValue:
    """Bring a version back, as a new one; refused where the entry has changed since the editor looked."""
    restored = revision_by_id(session(), key)
    slug = slug_of(session(), restored.kind, restored.entry_id)
    seen, why = request.form.get("seen", type=int), request.form.get("why")
    form = forms.submit(forms.sent(), lambda writing: actions.restore(writing, actor(), key, seen=seen, why=why))
    if not form.is_wrong:
        return redirect(link_to_history(restored.kind, slug), 303)
    whose = history_owner(context.refresh_session(), restored.kind, slug)
    newest = queries.newest_revision(session(), restored.kind, restored.entry_id)
    data = {"after": key, "before": newest.id if newest else None, "until": None}
    page = page_of_history(session(), actor(), restored.kind, slug, whose, data, form)
    return page.render(), 409
