"""The address of a search, read in one way by the page, its files, feeds and the interface for programs."""

from collections.abc import Mapping
from typing import Any, get_args

from marshmallow import Schema, fields, post_load
from marshmallow.validate import OneOf

from kb.search.engine_types import Sort
from kb.search.facets import FACETS
from kb.search.results import SearchQuery

from .query_schemas import PageNumber, QuerySchema, Several, Text

SORTS: tuple[Sort, ...] = get_args(Sort)

LONGEST_QUESTION = 1_000
"""Signs of a question that are read: some 150 words, more than anybody types and less than a page can be slowed by."""

_Facets: type[Schema] = QuerySchema.from_dict({field: Several() for field in FACETS}, name="Facets")


class SearchSchema(_Facets):  # type: ignore[misc, valid-type] # made above, with one field for each of FACETS
    """`q`, each of FACETS (repeated for several values), `sort` and `page`, as a SearchQuery."""

    q = Text(longest=LONGEST_QUESTION, load_default="")
    sort = fields.String(load_default="relevance", validate=OneOf(SORTS))
    page = PageNumber()

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> SearchQuery:
        chosen = {field: tuple(loaded[field]) for field in FACETS if loaded.get(field)}
        return SearchQuery(text=loaded["q"], chosen=chosen, sort=loaded["sort"], page=loaded["page"])
