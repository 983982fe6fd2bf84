"""The places of the gazetteer, by id, by country, or by how their names begin."""

from typing import Any

from flask import Response
from flask_babel import gettext
from sqlalchemy import select

from kb.catalogue.models import Place
from kb.catalogue.queries import country_names
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.peers.place_resolution import suggested
from kb.web.core import context
from kb.web.core.query_schemas import Text

from .. import listing
from ..answers import answer, paged
from ..blueprint import gives
from ..caching import change_number
from ..json_schemas import list_schema, named
from ..listing import NO_SLUG, Rows
from ..query_schemas import PagedSchema, invalid_parameter
from ..reading import Data, places_by_id


class PlacesSchema(PagedSchema):
    """Places, some of a country, or those whose names begin so."""

    q = Text(
        load_default="",
        metadata={"description": "The first letters of a name, in any language. The largest places come first."},
    )
    country = Text(
        load_default="",
        metadata={"description": "The code of a country (ISO 3166-1), such as IN.", "x-values-of": "country"},
    )


def _read(ids: Any) -> list[Data]:
    places = places_by_id(ids)
    return [places[place_id] for place_id in ids if place_id in places]


@gives("/places", list_schema(named("Place")), query=PlacesSchema, tag="Places", summary="Places, a page at a time")
def places(query: Data) -> Response:
    """List places."""
    code = query["country"].upper()
    if code and code not in country_names(context.session()):
        raise invalid_parameter("country", gettext("There is no country with the code “%(code)s”.", code=code))
    if query["q"]:
        if query["cursor"]:
            raise invalid_parameter("cursor", gettext("With “q” there is only one page. Leave the cursor out."))
        typed = f"{query['q']}, {code}" if code else query["q"]
        found = suggested(context.peers().gazetteer, typed, query["limit"])
        items = _read([place.id for place in found])
        return paged({"total": len(items), "change": change_number(), "items": items}, None)
    chosen = select(Place.id, NO_SLUG)
    if code:
        chosen = chosen.where(Place.country_code == code)
    return listing.all_of(Rows("place", chosen, _read), {**query, "changed_since": None}, {"country": code})


@gives("/places/<int:place_id>", named("Place"), tag="Places", summary="A place, by its number in GeoNames")
def place(_query: Data, place_id: int) -> Response:
    """Give one place."""
    found = _read([place_id])
    if not found:
        raise NotFound(gettext_noop("There is no place with the number %(number)s."), number=str(place_id))
    return answer(found[0])
