"""The large map: where initiatives are, narrowed by plain links, with the same as a table beneath."""

from flask import Blueprint, render_template, request

from kb.catalogue import queries
from kb.catalogue.terms import STAGES

from .. import atlas
from ..current import session

blueprint = Blueprint("maps", __name__)


@blueprint.get("/map")
def map() -> str:  # noqa: A001 - a template bears its view's name, and the page is the map
    """Cities with initiatives on the world or on one continent; a goal, challenge or stage narrows them."""
    goals = queries.goals(session())
    challenges = queries.challenges(session())
    known = {
        "goal": {str(goal.number): goal.label for goal in goals},
        "challenge": {challenge.code: challenge.label for challenge in challenges},
        "stage": STAGES,
        "area": atlas.AREA_NAMES,
    }
    chosen = {name: request.args[name] for name, values in known.items() if request.args.get(name) in values}
    filters = {name: value for name, value in chosen.items() if name != "area"}
    cities = queries.cities_on_map(session(), queries.initiatives_chosen(**filters))
    area = chosen.get("area")
    frame = atlas.AREAS[area] if area else atlas.WORLD
    marks = atlas.marks(cities, frame)
    return render_template(
        "map.html",
        known=known,
        chosen=chosen,
        filters=filters,
        frame=frame,
        area=area,
        marks=atlas.named(marks, frame) if area else marks,
        names=round(atlas.NAME_SIZE * frame.width, 2),
        cities=[city for city in cities if frame.holds(*atlas.project(city.latitude, city.longitude))],
        goals=goals,
    )
