"""Technologies: the list, and a page each."""

from flask import Blueprint, render_template

from kb.catalogue import queries

from ...core import jsonld
from ...core.context import session

blueprint = Blueprint("technologies", __name__)


@blueprint.get("/technologies")
def technologies() -> str:
    """The technologies by group, with how many initiatives use each."""
    listed = queries.technologies(session())
    return render_template(
        "catalogue/technologies.html",
        technologies=listed,
        per_technology=queries.initiatives_per_technology(session()),
        jsonld=jsonld.term_set("Technologies of cities", listed),
    )


@blueprint.get("/technologies/<code>")
def technology(code: str) -> str:
    """A technology, and the initiatives that use it."""
    entry = queries.technology_by_code(session(), code)
    query = queries.initiatives_using(code)
    return render_template(
        "catalogue/technology.html",
        technology=entry,
        initiatives=queries.initiative_cards(session(), query.limit(queries.SHOWN)),
        total=queries.count_initiatives(session(), query),
        jsonld=jsonld.term(entry),
    )
