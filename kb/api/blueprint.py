"""The blueprint of all that is read; the modules of `resources` add their addresses to it with `gives`."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask_smorest import Blueprint

from . import caching
from .query_schemas import StrictSchema

View = TypeVar("View", bound=Callable[..., Any])

blueprint = Blueprint("api", __name__, url_prefix="/api/v1", description="The catalogue, for reading.")
blueprint.before_request(caching.answer_unchanged)
blueprint.after_request(caching.label)


def gives(
    rule: str,
    schema: Mapping[str, Any],
    *,
    endpoint: str | None = None,
    query: type[StrictSchema] = StrictSchema,
    summary: str,
    tag: str,
) -> Callable[[View], View]:
    """A decorator: the view answers at an address with JSON of a schema, and is given the query, read by another."""

    def decorate(view: View) -> View:
        documented = blueprint.doc(summary=summary)(blueprint.response(200, dict(schema))(view))
        # One instance for all requests: to make one takes longer than to read an address with it.
        read = blueprint.arguments(query(), location="query")(documented)
        blueprint.add_url_rule(rule, endpoint or view.__name__, read, tags=[tag])
        return view

    return decorate
