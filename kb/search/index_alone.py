"""Answers searches by the index alone, with the titles and passages that it stores, while no database can be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .engine_types import Engine, Query, StoredText
from .facets import FACETS, index_filters
from .kind_definition import SearchedKind
from .kinds import key_of
from .parsing import ParsedQuery, parse
from .results import PAGE_SIZE, SearchQuery, pages_of
from .snippets import Pieces, highlight, snippet


@dataclass(frozen=True, slots=True)
class StoredHit:
    """One entry as the index stores it. `slug` leads to its page; empty for what has no page of its own."""

    kind: SearchedKind
    slug: str
    title: Pieces
    snippet: Pieces


@dataclass(frozen=True, slots=True)
class StoredResults:
    """A page of results by the index alone, as of the change that it holds; `pages` is at least 1.

    `left_out` are the filters that only the database understands: the results are not narrowed down by them.
    """

    question: SearchQuery
    total: int
    pages: int
    hits: tuple[StoredHit, ...]
    left_out: tuple[str, ...]


def answer_from_index(engine: Engine, question: SearchQuery) -> StoredResults:
    """Answer a question; no other spellings are looked for, and no country comes first. Raises IndexUnreadable."""
    chosen = {name: codes for name, codes in question.chosen.items() if name in FACETS}
    parsed = parse(question.text)
    offset = (question.page - 1) * PAGE_SIZE
    query = Query(parsed, filters=index_filters(chosen, {}), sort=question.sort, offset=offset, limit=PAGE_SIZE)
    result = engine.search(query)
    ids = [id_ for id_, _ in result.hits]
    texts = engine.stored_texts(ids)
    hits = tuple(_hits(ids, texts, parsed))
    return StoredResults(
        question, result.total, pages_of(result.total), hits, tuple(question.chosen.keys() - chosen.keys())
    )


def _hits(ids: Sequence[int], texts: Mapping[int, StoredText], parsed: ParsedQuery) -> Sequence[StoredHit]:
    return [
        StoredHit(key_of(id_)[0], text.slug, highlight(text.title, parsed), snippet(text.passage, parsed))
        for id_ in ids
        # A commit between search and reading may have taken one away.
        if (text := texts.get(id_)) is not None
    ]
