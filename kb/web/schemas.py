"""The addresses of a search, of suggestions, of the map and of the list of cities, each read into what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from marshmallow import Schema, fields, post_load
from marshmallow.validate import OneOf, Range

from kb.catalogue.terms import STAGES
from kb.search.answers import FACETS, Question
from kb.search.contract import Sort

from .addresses import AddressSchema, Page, Several, Text
from .atlas import AREA_NAMES

SORTS: tuple[Sort, ...] = get_args(Sort)

LONGEST_QUESTION = 1_000
"""Signs of a question that are read: some 150 words, more than anybody types and less than a page can be slowed by."""

_Facets: type[Schema] = AddressSchema.from_dict({field: Several() for field in FACETS}, name="Facets")


class SearchSchema(_Facets):  # type: ignore[misc, valid-type] # made above, with one field for each of FACETS
    """`q`, each of FACETS (repeated for several values), `sort` and `page`, as a Question."""

    q = Text(longest=LONGEST_QUESTION, load_default="")
    sort = fields.String(load_default="relevance", validate=OneOf(SORTS))
    page = Page(load_default=1, validate=Range(min=1))

    @post_load
    def _question(self, loaded: Mapping[str, Any], **_settings: Any) -> Question:
        chosen = {field: tuple(loaded[field]) for field in FACETS if loaded.get(field)}
        return Question(text=loaded["q"], chosen=chosen, sort=loaded["sort"], page=loaded["page"])


class SuggestSchema(AddressSchema):
    """`q`: what was typed so far."""

    q = Text(load_default="")


@dataclass(frozen=True, slots=True)
class MapAsked:
    """What the map shows: the choices that narrow it, and one of AREA_NAMES; None stands for all, and for the world."""

    goal: int | None = None
    challenge: str | None = None
    stage: str | None = None
    area: str | None = None


class MapSchema(AddressSchema):
    """`goal`, `challenge`, `stage` and `area`, as a MapAsked; which challenges there are, only the database knows."""

    goal = fields.Integer(load_default=None, validate=Range(1, 17))
    challenge = Text(load_default=None)
    stage = fields.String(load_default=None, validate=OneOf(STAGES))
    area = fields.String(load_default=None, validate=OneOf(AREA_NAMES))

    @post_load
    def _asked(self, loaded: Mapping[str, Any], **_settings: Any) -> MapAsked:
        return MapAsked(**loaded)


class CitiesSchema(AddressSchema):
    """`page`: of the list of cities."""

    page = Page(load_default=1, validate=Range(min=1))
