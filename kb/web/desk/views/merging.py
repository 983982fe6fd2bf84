"""Merging two entries on one thing: look at both, choose field by field, see what will happen, confirm."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from kb.catalogue.changes import ENTRIES
from kb.editorial import actions

from ... import current
from ...access import actor, requires
from ...current import session
from ...links import link_to_entry
from .. import conflicts, merges
from .door import blueprint

_MERGE = f"/desk/entries/<any({', '.join(ENTRIES)}):kind>/<slug>/merge"


@blueprint.get(_MERGE)
@requires("merge")
def merge(kind: str, slug: str) -> ResponseReturnValue:
    """Both entries side by side, with what each choice would keep."""
    pair = merges.pair_of(session(), kind, slug, request.args.get("with", ""))
    return render_template("desk/merge.html", **merges.page_of_merge(session(), pair))


@blueprint.post(_MERGE)
@requires("merge")
def merge_submit(kind: str, slug: str) -> ResponseReturnValue:
    """Make one of both; the other one's address leads to it from now on."""
    with current.database().writing() as writing:
        pair = merges.pair_of(writing, kind, slug, request.form.get("with", ""))
        data = merges.joined(pair, conflicts.picked())
        actions.merge(writing, actor(), kind, pair.kept.id, pair.other.id, data=data, why=request.form.get("why"))
    return redirect(link_to_entry(kind, slug), 303)
