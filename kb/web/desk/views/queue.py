"""The queue: what waits for review, the oldest first, with filters; and accepting many at once."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.editorial import actions

from ...core import context
from ...core.access import actor, requires
from ...core.context import session
from .. import queueing, telling
from .door import blueprint


@blueprint.get("/desk/queue")
@requires("review")
def queue() -> ResponseReturnValue:
    """Proposals by state, kind, city, author, origin and age."""
    asked, _ = queueing.QueueSchema().read(request.args)
    return render_template("desk/queue.html", **queueing.page_of_queue(session(), actor(), asked))


@blueprint.post("/desk/queue")
@requires("review")
def queue_submit() -> ResponseReturnValue:
    """Accept those that were chosen, each on its own, say what came of each, and go on on the same page."""
    asked, _ = queueing.QueueSchema().read(request.args)
    chosen = queueing.chosen(request.form.getlist("choose"))
    with context.database().writing() as writing:
        decided = actions.accept_many(writing, actor(), chosen)
        accepted = [one.proposal_id for one in decided if one.revision is not None]
    telling.tell_authors(*accepted)
    done, troubles = queueing.in_words(decided)
    if not decided:
        flash(gettext("Nothing was chosen."), "trouble")
    elif accepted:
        flash(done)
    if not troubles:
        return redirect(queueing.link_to_queue(asked), 303)
    page = queueing.page_of_queue(context.look_again(), actor(), asked)
    return render_template("desk/queue.html", **page, troubles=troubles)
