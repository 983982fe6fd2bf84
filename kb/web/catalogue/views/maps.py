"""The large map: where initiatives are, narrowed by plain links, with the same as a table beneath."""

from flask import Blueprint, render_template, request

from ...core.context import session
from ..map_page import page_of_map
from ..schemas import MapSchema

blueprint = Blueprint("maps", __name__)


@blueprint.get("/map")
def map() -> str:  # noqa: A001 - a template bears its view's name, and the page is the map
    """Cities with initiatives on the world or on one continent; a goal, challenge or stage narrows them."""
    asked, refused = MapSchema().read(request.args)
    return render_template("catalogue/map.html", **page_of_map(session(), asked, refused))
