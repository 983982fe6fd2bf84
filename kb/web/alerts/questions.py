"""The question of an alert, as the search page's own address has it, and the words that it is called by."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from kb.search.results import Results, SearchQuery

from ..core.labels import FILTER_LABELS
from ..core.language import translated
from ..core.links import search_link
from ..core.search_schema import SearchSchema
from ..core.search_words import chosen_in_words


def written(question: SearchQuery) -> str:
    """A question as the parameters of the search page, in one order and without page and sorting."""
    return urlsplit(search_link(replace(question, sort="relevance", page=1))).query


def read(parameters: str) -> SearchQuery:
    """The question that some parameters are; what no list knows any more is left out."""
    question: SearchQuery = SearchSchema().read(MultiDict(parse_qsl(parameters)))[0]
    return question


def words(answer: Results) -> str:
    """What a search is called, in the reader's language: its words, and its filters by their labels."""
    chosen: dict[str, list[str]] = {}
    for name, _code, value in chosen_in_words(answer):
        chosen.setdefault(name, []).append(value)
    parts = [f"“{answer.question.text}”"] if answer.question.text else []
    parts += [f"{translated(FILTER_LABELS[name])}: {', '.join(values)}" for name, values in chosen.items()]
    return " · ".join(parts) or gettext("All entries")
