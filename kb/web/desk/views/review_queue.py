"""The queue: what waits for review, the oldest first, with filters; and accepting many at once."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.editorial import actions

from ...core import context
from ...core.access import actor, requires
from ...core.context import session
from .. import notifications, review_queue
from .blueprint import blueprint


@blueprint.get("/desk/queue")
@requires("review")
def queue() -> ResponseReturnValue:
    """Proposals by state, kind, city, author, origin and age."""
    asked, _ = review_queue.QueueSchema().read(request.args)
    return render_template("desk/queue.html", **review_queue.page_of_queue(session(), actor(), asked))


@blueprint.post("/desk/queue")
@requires("review")
def queue_submit() -> ResponseReturnValue:
    """Accept those that were chosen, each on its own, say what came of each, and go on on the same page."""
    asked, _ = review_queue.QueueSchema().read(request.args)
    chosen = review_queue.chosen(request.form.getlist("choose"))
    with context.database().writing() as writing:
        decided = actions.accept_many(writing, actor(), chosen)
        accepted = [decision.proposal_id for decision in decided if decision.revision is not None]
    notifications.notify_authors(*accepted)
    done, troubles = review_queue.in_words(decided)
    if not decided:
        flash(gettext("Nothing was chosen."), "trouble")
    elif accepted:
        flash(done)
    if not troubles:
        return redirect(review_queue.link_to_queue(asked), 303)
    page = review_queue.page_of_queue(context.refresh_session(), actor(), asked)
    return render_template("desk/queue.html", **page, troubles=troubles)
