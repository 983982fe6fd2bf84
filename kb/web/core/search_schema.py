"""The address of a search, read in one way by the page, its files, feeds and the interface for programs."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, get_args

from flask import g, request
from marshmallow import Schema, fields, post_load
from marshmallow.validate import OneOf
from werkzeug.datastructures import MultiDict

from kb.core.text import clean_line
from kb.search.engine_types import Sort
from kb.search.facets import FILTERS, FIRST_YEAR, LAST_YEAR
from kb.search.results import SearchQuery

from .query_schemas import LONGEST_VALUE, PageNumber, QuerySchema, RefusedValues, Several, Text

SORTS: tuple[Sort, ...] = get_args(Sort)

LONGEST_QUESTION = 1_000
"""Signs of a question that are read: some 150 words, more than anybody types and less than a page can be slowed by."""

_Filters: type[Schema] = QuerySchema.from_dict(
    {name: Several() if filter_.has_several else Text() for name, filter_ in FILTERS.items()}, name="Filters"
)

_FOR_OTHERS = re.compile(r"more|utm_\w+|mc_[ce]id|fbclid|gclid|msclkid", re.ASCII)
"""Names that no filter has: what a page shows of its filters, and what newsletters and advertisements add to links."""

MOST_UNKNOWN = 10
"""Unknown names of an address that are told."""


class SearchSchema(_Filters):  # type: ignore[misc, valid-type] # made above, with one field for each of FILTERS
    """`q`, each of FILTERS (most may be repeated for several values), `sort` and `page`, as a SearchQuery."""

    q = Text(longest=LONGEST_QUESTION, load_default="")
    sort = fields.String(load_default="relevance", validate=OneOf(SORTS))
    page = PageNumber()

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> SearchQuery:
        chosen = {
            name: tuple(loaded[name]) if filter_.has_several else (loaded[name],)
            for name, filter_ in FILTERS.items()
            if loaded.get(name)
        }
        return SearchQuery(text=clean_line(loaded["q"]), chosen=chosen, sort=loaded["sort"], page=loaded["page"])

    def read(self, address: MultiDict[str, str], others: Collection[str] = ()) -> tuple[SearchQuery, RefusedValues]:
        """Load an address; `others` are names in it that do not belong to the search.

        A name that is neither is refused as a filter that there is not: ("filter", name). One that takes a single value
        and has several is refused too, though the first of them is loaded: ("repeated", name).
        """
        question, refused = super().read(address)
        repeated = [name for name, field in self.fields.items() if _is_repeated(field, address.getlist(name))]
        unknown = unknown_names(address, {*self.fields, *others})
        more = [("repeated", name) for name in repeated] + [("filter", name) for name in unknown[:MOST_UNKNOWN]]
        return question, (*refused, *more)


def _is_repeated(field: fields.Field[Any], values: Sequence[str]) -> bool:
    return not isinstance(field, fields.List) and sum(1 for value in values if value.strip()) > 1


def unknown_names(address: MultiDict[str, str], known: Collection[str]) -> Sequence[str]:
    """Names of an address that say something and that nobody knows."""
    return [
        name[:LONGEST_VALUE]
        for name in address
        if name not in known and address[name] and not _FOR_OTHERS.fullmatch(name)
    ]


@cache
def search_schema() -> SearchSchema:
    """The schema, made once: marshmallow copies every field each time, which takes longer than reading an address."""
    return SearchSchema()


def requested_search() -> tuple[SearchQuery, RefusedValues]:
    """What the address of this request asks of the search: read once, for the page, its files and its frame."""
    if "search_asked" not in g:
        g.search_asked = search_schema().read(request.args)
    read: tuple[SearchQuery, RefusedValues] = g.search_asked
    return read


def note_shown_search(question: SearchQuery) -> None:
    """Note what the page of this request shows, without values that no list knows, for its files and its feed."""
    g.search_shown = question


def shown_search() -> SearchQuery:
    """What the page of this request shows of the search that was asked."""
    question: SearchQuery = g.get("search_shown") or requested_search()[0]
    return question


def filter_where_none_is(address: MultiDict[str, str], others: Collection[str] = ()) -> str | None:
    """What is wrong with an address that has filters where there are none, in English, for programs; else None.

    `others` are names that it may have.
    """
    unknown = unknown_names(address, {"page", *others})
    if not unknown:
        return None
    return f"There is no filter {unknown[0]} at this address. It always gives all entries. Use /search to filter."


MOST_LISTED = 20
"""Values of a filter that a sentence lists."""


def refusal_in_words(refused: RefusedValues) -> str:
    """What is wrong with the first of some refused values, and what would be right; in English, for programs."""
    name, value = refused[0]
    if name == "repeated":
        return f"{value} is given more than once. Give it once."
    if name == "filter":
        return f"The search has no filter {value}. Use one of: {', '.join(FILTERS)}."
    if name == "page":
        return f"{name}={value} is not a page number. Page numbers begin at 1."
    if name in {"year_from", "year_to"}:
        return f"{name}={value} is not a year. Give a year from {FIRST_YEAR} to {LAST_YEAR}."
    choices = SORTS if name == "sort" else FILTERS[name].choices
    if not callable(choices) and 0 < len(choices) <= MOST_LISTED:
        return f"{name}={value} is not known. Use one of: {', '.join(choices)}."
    return f"The search does not know this value: {name}={value}. The search page lists all values."
