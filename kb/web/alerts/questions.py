"""The question of an alert, as the search page's own address has it."""

from dataclasses import replace
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from kb.search.results import SearchQuery

from ..core.links import search_parameters
from ..core.search_schema import search_schema


def written(question: SearchQuery) -> str:
    """A question as the parameters of the search page, in one order and without page and sorting."""
    return search_parameters(replace(question, sort="relevance", page=1))


def read(parameters: str) -> SearchQuery:
    """The question that some parameters are; what no list knows any more is left out."""
    question: SearchQuery = search_schema().read(MultiDict(parse_qsl(parameters)))[0]
    return question
