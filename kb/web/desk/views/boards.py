"""Boards: what is stale, incomplete, without a source or in doubt; and what people searched for in vain."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from ...core.access import actor, requires
from ...core.context import session
from .. import boards
from .door import blueprint


@blueprint.get("/desk/boards")
@requires("propose")
def board_list() -> ResponseReturnValue:
    """The boards, with how many entries are on each."""
    return render_template("desk/boards.html", **boards.page_of_boards(session(), actor()))


@blueprint.get("/desk/boards/<any(stale, incomplete, unsourced, doubt):name>")
@requires("propose")
def board(name: str) -> ResponseReturnValue:
    """The entries on one board, those first that have waited longest."""
    asked, _ = boards.BoardSchema().read(request.args)
    return render_template("desk/board.html", **boards.page_of_board(session(), name, asked["page"]))


@blueprint.get("/desk/boards/demand")
@requires("see-demand")
def demand() -> ResponseReturnValue:
    """Questions that found nothing, the most frequent first, and challenges that no initiative takes on."""
    return render_template("desk/demand.html", **boards.page_of_demand(session()))
