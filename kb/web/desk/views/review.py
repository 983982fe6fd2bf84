"""The desk's first page, proposals and what is decided about them, and the queue."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.editorial import actions
from kb.editorial.errors import EditConflict, Invalid

from ...core import context, forms, submissions
from ...core.access import actor, requires
from ...core.context import session
from .. import conflict_resolution, notifications, review, step_saving
from ..dashboard import page_of_dashboard
from ..drafts import Draft
from ..navigation import blueprint
from ..review import page_of_proposal


@blueprint.get("/desk")
@requires("propose")
def desk() -> ResponseReturnValue:
    """What is asked of me, what I am writing, and for editors what waits and for how long."""
    return page_of_dashboard(session(), context.catalogue(), actor()).render()


@blueprint.get("/desk/proposals/<int:key>")
@requires("propose")
def proposal(key: int) -> ResponseReturnValue:
    """What a proposal would change, field by field, with its remarks; and the buttons of whoever may decide."""
    stored = review.proposal_for(session(), actor(), key)
    return page_of_proposal(session(), actor(), stored).render()


@blueprint.post("/desk/proposals/<int:key>/remarks")
@requires("propose")
def remark(key: int) -> ResponseReturnValue:
    """Say something about a field, or about the whole."""
    review.proposal_for(session(), actor(), key)
    text, field = request.form.get("text", ""), request.form.get("field") or None
    form = forms.submit(forms.sent(), lambda writing: actions.remark(writing, actor(), key, text, field))
    if form.is_wrong:
        return _again(key, form)
    return redirect(url_for("desk.proposal", key=key, _anchor="remarks"), 303)


@blueprint.post("/desk/remarks/<int:key>/resolve")
@requires("propose")
def resolve(key: int) -> ResponseReturnValue:
    """Mark a remark as dealt with, or open it again."""
    about = review.remark_for(session(), actor(), key).proposal_id
    forms.run_action(lambda writing: actions.resolve(writing, actor(), key, open_again="again" in request.form))
    return redirect(url_for("desk.proposal", key=about, _anchor="remarks"), 303)


@blueprint.post("/desk/proposals/<int:key>/accept")
@requires("review")
def accept(key: int) -> ResponseReturnValue:
    """Publish it: the catalogue, its history and the change log in one transaction; then tell the author."""
    stored = review.proposal_for(session(), actor(), key)
    try:
        with submissions.writing() as writing:
            actions.accept(writing, actor(), key, seen=request.form.get("seen", 0, type=int))
    except Invalid as problem:
        return page_of_proposal(session(), actor(), stored, problem).render(), 422
    except EditConflict as conflict:
        if conflict_resolution.is_stale(conflict):
            stored = review.proposal_for(context.refresh_session(), actor(), key)
            return page_of_proposal(session(), actor(), stored, stale=True).render(), 409
        return conflict_resolution.of_proposal(Draft(stored.kind, stored.data, stored), conflict)
    notifications.notify_authors(key)
    return redirect(url_for("desk.proposal", key=key), 303)


@blueprint.post("/desk/proposals/<int:key>/ask")
@requires("review")
def ask(key: int) -> ResponseReturnValue:
    """Give it back to its author, with what should be changed, or decline it with the reason."""
    review.proposal_for(session(), actor(), key)
    decide = actions.decline if request.form.get("go") == "decline" else actions.request_changes
    reason, seen = request.form.get("reason", ""), request.form.get("seen", 0, type=int)
    form = forms.submit(forms.sent(), lambda writing: decide(writing, actor(), key, reason, seen=seen))
    if form.is_wrong:
        return _again(key, form)
    notifications.notify_authors(key)
    return redirect(url_for("desk.proposal", key=key), 303)


@blueprint.post("/desk/proposals/<int:key>/join")
@requires("propose")
def join(key: int) -> ResponseReturnValue:
    """Keep what somebody chose who has looked at both versions."""
    draft = step_saving.draft_of(session(), actor(), key)
    stored = review.proposal_for(session(), actor(), key)
    seen = request.form.get("seen", 0, type=int)
    try:
        with submissions.writing() as writing:
            if request.form.get("about") == "entry":
                conflict_resolution.join_with_entry(writing, actor(), stored, seen, conflict_resolution.choices_sent())
            else:
                conflict_resolution.join_drafts(
                    writing,
                    actor(),
                    stored,
                    seen,
                    conflict_resolution.carried_version(),
                    conflict_resolution.choices_sent(),
                )
    except EditConflict as conflict:
        about_entry = request.form.get("about") == "entry"
        return (conflict_resolution.of_proposal if about_entry else conflict_resolution.of_draft)(draft, conflict)
    return redirect(url_for("desk.proposal", key=key), 303)


def _again(key: int, form: forms.Form) -> ResponseReturnValue:
    """The page as the proposal now is, with what was typed and what is wrong with it."""
    stored = review.proposal_for(context.refresh_session(), actor(), key)
    page = page_of_proposal(session(), actor(), stored, form=form)
    return page.render(), form.status


@blueprint.get("/desk/queue")
@requires("review")
def queue() -> ResponseReturnValue:
    """Proposals by state, kind, city, author, origin and age."""
    query, _ = review.QueueSchema().read(request.args)
    return review.page_of_queue(session(), actor(), query).render()


@blueprint.post("/desk/queue")
@requires("review")
def queue_submit() -> ResponseReturnValue:
    """Accept those that were chosen, each on its own, say what came of each, and go on on the same page."""
    query, _ = review.QueueSchema().read(request.args)
    chosen = review.ticked_proposals(request.form.getlist("choose"))
    with submissions.writing() as writing:
        decided = actions.accept_many(writing, actor(), chosen)
        accepted = [decision.proposal_id for decision in decided if decision.revision is not None]
    notifications.notify_authors(*accepted)
    done, troubles = review.decisions_in_words(decided)
    if not decided:
        flash(gettext("Nothing was selected."), "trouble")
    elif accepted:
        flash(done)
    if not troubles:
        return redirect(review.link_to_queue(query), 303)
    return review.page_of_queue(context.refresh_session(), actor(), query, troubles).render()
