"""The question of an alert, as the search page's own address has it."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from werkzeug.datastructures import MultiDict

from kb.search.results import SearchQuery

from ..core.links import search_link
from ..core.search_schema import SearchSchema


def written(question: SearchQuery) -> str:
    """A question as the parameters of the search page, in one order and without page and sorting."""
    return urlsplit(search_link(replace(question, sort="relevance", page=1))).query


def read(parameters: str) -> SearchQuery:
    """The question that some parameters are; what no list knows any more is left out."""
    question: SearchQuery = SearchSchema().read(MultiDict(parse_qsl(parameters)))[0]
    return question
