"""The addresses of the map and of the list of cities, each read into what it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import Any

from marshmallow import fields, post_load
from marshmallow.validate import OneOf, Range, Regexp

from kb.catalogue.choices import STAGES

from ..core.query_schemas import PageNumber, QuerySchema, Several, Text
from ..core.world_map import AREA_NAMES, HEIGHT, MAX_ZOOM, WIDTH


@dataclass(frozen=True, slots=True)
class MapFilter:
    """Which initiatives the map shows, as the search names it, and one of AREA_NAMES; None stands for all."""

    goal: int | None = None
    challenge: str | None = None
    region: str | None = None
    stage: str | None = None
    decade: str | None = None
    area: str | None = None

    @property
    def chosen(self) -> dict[str, Any]:
        """The choices that were made, by their names in addresses."""
        return {field.name: value for field in fields_of(self) if (value := getattr(self, field.name)) is not None}


@dataclass(frozen=True, slots=True)
class MapQuery:
    """A filter of the map and what is looked at: a point of the sheet with a zoom, and cities by their slugs."""

    map_filter: MapFilter
    x: float | None = None
    y: float | None = None
    zoom: float | None = None
    narrow: bool = False
    city: Sequence[str] = ()


class MapSchema(QuerySchema):
    """The fields of MapFilter and of MapQuery, as a MapQuery; which terms there are, only the database knows."""

    goal = fields.Integer(load_default=None, validate=Range(1, 17))
    challenge = Text(load_default=None)
    region = Text(load_default=None)
    stage = fields.String(load_default=None, validate=OneOf(STAGES))
    decade = fields.String(load_default=None, validate=Regexp(r"\d{3}0s\Z"))
    area = fields.String(load_default=None, validate=OneOf(AREA_NAMES))
    x = fields.Float(load_default=None, validate=Range(0, WIDTH))
    y = fields.Float(load_default=None, validate=Range(0, HEIGHT))
    zoom = fields.Float(load_default=None, validate=Range(0, MAX_ZOOM))
    narrow = fields.Boolean(load_default=False)
    city = Several(load_default=())

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> MapQuery:
        names = {field.name for field in fields_of(MapFilter)}
        rest = {name: value for name, value in loaded.items() if name not in names}
        return MapQuery(MapFilter(**{name: loaded[name] for name in names}), **rest)


class CitiesSchema(QuerySchema):
    """`page`: of the list of cities."""

    page = PageNumber()
