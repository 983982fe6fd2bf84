"""The end of writing: what is missing, how it will look, handing it in, taking it back; and what scripts ask."""

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from kb.editorial import actions
from kb.editorial.errors import EditConflict, Invalid

from ...core import context, forms
from ...core.access import actor, requires
from ...core.context import session
from .. import conflict_resolution, notifications, preview_page, step_saving
from ..check_page import page_of_check
from ..duplicates import possible_duplicates
from .blueprint import blueprint


@blueprint.get("/desk/proposals/<int:key>/check")
@requires("propose")
def check(key: int) -> ResponseReturnValue:
    """The last step: what publishing still needs, what is wrong, and the button that hands it in."""
    draft = step_saving.draft_of(session(), actor(), key)
    return render_template("desk/check.html", **page_of_check(session(), actor(), draft))


@blueprint.post("/desk/proposals/<int:key>/check")
@requires("propose")
def check_submit(key: int) -> ResponseReturnValue:
    """Hand it in for review; an editor may publish the own without it, which is recorded."""
    draft = step_saving.draft_of(session(), actor(), key)
    note, seen = request.form.get("note", ""), request.form.get("seen", 0, type=int)
    try:
        with context.database().writing() as writing:
            kept = actions.save_draft(writing, actor(), key, draft.data, seen=seen, note=note)
            if request.form.get("go") == "publish":
                actions.publish(writing, actor(), key, seen=kept.version)
            elif request.form.get("go") == "send":
                actions.submit(writing, actor(), key, seen=kept.version)
    except Invalid as problem:
        return render_template("desk/check.html", **page_of_check(session(), actor(), draft, problem)), 422
    except EditConflict as conflict:
        if conflict_resolution.is_stale(conflict):
            draft = step_saving.draft_of(context.refresh_session(), actor(), key)
            return render_template("desk/check.html", **page_of_check(session(), actor(), draft), stale=True), 409
        return conflict_resolution.of_proposal(draft, conflict)
    if request.form.get("go") == "send":
        notifications.notify_editors(key)
    return redirect(url_for("desk.proposal", key=key), 303)


@blueprint.get("/desk/proposals/<int:key>/preview")
@requires("propose")
def preview(key: int) -> ResponseReturnValue:
    """The public page as this proposal would make it; nothing is published by looking."""
    proposal = step_saving.proposal_for(session(), actor(), key)
    back = request.args.get("from", "")
    return preview_page.page(proposal.kind, proposal.data, step_saving.way_back(proposal, back))


@blueprint.post("/desk/proposals/<int:key>/take-back")
@requires("propose")
def take_back(key: int) -> ResponseReturnValue:
    """The author takes a proposal back, or throws a draft away."""
    step_saving.proposal_for(session(), actor(), key)
    taken = forms.pressed(lambda writing: actions.take_back(writing, actor(), key))
    return redirect(url_for("desk.desk") if taken else url_for("desk.proposal", key=key), 303)


@blueprint.get("/desk/alike")
@requires("propose")
def alike() -> ResponseReturnValue:
    """Entries that may be what is being written up already, as a piece of a page."""
    duplicates = possible_duplicates(session(), request.args.get("title", ""), request.args.getlist("city"))
    return render_template("desk/duplicates.html", alike=duplicates)


@blueprint.get("/desk/token")
@requires("propose")
def token() -> Response:
    """A new token for a form whose session was renewed meanwhile; only pages of this site can read it."""
    response = jsonify(token=generate_csrf())
    response.headers["Cache-Control"] = "no-store"
    return response
