"""The desk's first page: what waits for whoever is signed in."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ...core.access import actor, requires
from ...core.context import session
from ..dashboard import page_of_dashboard
from .blueprint import blueprint


@blueprint.get("/desk")
@requires("propose")
def desk() -> ResponseReturnValue:
    """What is asked of me, what I am writing, and for editors what waits and for how long."""
    return render_template("desk/desk.html", **page_of_dashboard(session(), actor()))
