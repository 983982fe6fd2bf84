"""Boards: what is stale, incomplete, without a source or in doubt; and what people searched for in vain."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from ...core.access import actor, requires
from ...core.context import session
from .. import worklists
from .blueprint import blueprint


@blueprint.get("/desk/boards")
@requires("propose")
def board_list() -> ResponseReturnValue:
    """The boards, with how many entries are on each."""
    return render_template("desk/worklists.html", **worklists.page_of_worklists(session(), actor()))


@blueprint.get("/desk/boards/<any(stale, incomplete, unsourced, doubt):name>")
@requires("propose")
def board(name: str) -> ResponseReturnValue:
    """The entries on one board, those first that have waited longest."""
    asked, _ = worklists.WorklistSchema().read(request.args)
    return render_template("desk/worklist.html", **worklists.page_of_worklist(session(), name, asked["page"]))


@blueprint.get("/desk/boards/demand")
@requires("see-failed-searches")
def demand() -> ResponseReturnValue:
    """Questions that found nothing, the most frequent first, and challenges that no initiative takes on."""
    return render_template("desk/failed_searches.html", **worklists.page_of_failed_searches(session()))
