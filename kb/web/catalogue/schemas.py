"""The addresses of the map and of the list of cities, each read into what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, post_load
from marshmallow.validate import OneOf, Range

from kb.catalogue.choices import STAGES

from ..core.query_schemas import PageNumber, QuerySchema, Text
from ..core.world_map import AREA_NAMES


@dataclass(frozen=True, slots=True)
class MapFilter:
    """What the map shows: the choices that narrow it, and one of AREA_NAMES; None stands for all, and for the world."""

    goal: int | None = None
    challenge: str | None = None
    stage: str | None = None
    area: str | None = None


class MapSchema(QuerySchema):
    """`goal`, `challenge`, `stage` and `area`, as a MapFilter; which challenges there are, only the database knows."""

    goal = fields.Integer(load_default=None, validate=Range(1, 17))
    challenge = Text(load_default=None)
    stage = fields.String(load_default=None, validate=OneOf(STAGES))
    area = fields.String(load_default=None, validate=OneOf(AREA_NAMES))

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> MapFilter:
        return MapFilter(**loaded)


class CitiesSchema(QuerySchema):
    """`page`: of the list of cities."""

    page = PageNumber()
