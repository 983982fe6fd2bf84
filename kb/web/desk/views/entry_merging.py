"""Merging two entries on one thing: look at both, choose field by field, see what will happen, confirm."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.editorial import actions
from kb.editorial.errors import Invalid

from ...core import context, forms
from ...core.access import actor, requires
from ...core.context import session
from ...core.forms import Form
from ...core.links import link_to_entry
from .. import conflict_resolution, entry_merging, entry_status
from .blueprint import blueprint

_MERGE = "/desk/entries/<entry_kind:kind>/<slug>/merge"


@blueprint.get(_MERGE)
@requires("merge")
def merge(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Both entries side by side, with what each choice would keep."""
    typed = request.args.get("with", "")
    try:
        pair = entry_merging.pair_of(session(), kind, slug, typed)
    except Invalid as problem:
        return _which(kind, slug, forms.beside(Form({"with": typed}), problem))
    return render_template("desk/merge.html", **entry_merging.page_of_merge(session(), pair))


@blueprint.post(_MERGE)
@requires("merge")
def merge_submit(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Make one of both; the other one's address leads to it from now on."""

    def act(writing: Session) -> None:
        pair = entry_merging.pair_of(writing, kind, slug, request.form.get("with", ""))
        data = entry_merging.joined(pair, conflict_resolution.picked())
        actions.merge(writing, actor(), kind, pair.kept.id, pair.other.id, data=data, why=request.form.get("why"))

    form = forms.tried(forms.sent(), act)
    if "with" in form.errors:
        return _which(kind, slug, form)
    if form.is_wrong:
        pair = entry_merging.pair_of(context.refresh_session(), kind, slug, request.form.get("with", ""))
        page = entry_merging.page_of_merge(session(), pair, conflict_resolution.picked(), form)
        return render_template("desk/merge.html", **page), forms.code_of(form)
    return redirect(link_to_entry(kind, slug), 303)


def _which(kind: EntryKind, slug: str, form: Form) -> ResponseReturnValue:
    """The page of the entry, which asks for the address of the other one again."""
    page = entry_status.page_of_entry(context.refresh_session(), actor(), kind, slug, form)
    return render_template("desk/entry.html", **page), forms.code_of(form)
