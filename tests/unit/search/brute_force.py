"""What a search ought to find, worked out the plain way: every document is read for every query."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kb.core.text import fold, sort_key
from kb.search.analysis import Form, forms
from kb.search.engine_types import Document, Query
from kb.search.parsing import Clause, Group, ParsedQuery, Phrase, Prefix, Word


@dataclass(frozen=True)
class Expected:
    """What an engine should answer, and in which order for the sorts that are not by relevance."""

    total: int
    ids: list[int]
    facets: dict[str, dict[str, int]]
    mode: Literal["all", "any"]


class BruteForce:
    """The documents an engine should hold, and what it should answer about them."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self.documents = {document.id: document for document in documents}

    def answer(self, query: Query) -> Expected:
        matching, mode = self._matching(query.parsed, query)
        documents = [document for document in matching if _passes(document, query)]
        facets = {
            field: dict(Counter(v for d in matching if _passes(d, query, but=field) for v in d.facets.get(field, ())))
            for field in query.facets
        }
        return Expected(len(documents), [document.id for document in _ordered(documents, query)], facets, mode)

    def scores(self, words: Sequence[str]) -> dict[int, float]:
        """BM25 with k1 1.2 and b .75 of the documents with any of up to three stems, straight from the formula.

        With more, that of titles and texts is added, and what most documents hold says next to nothing.
        """
        is_sentence = len(words) > 3
        whole = {id_: _stems(forms(d.title) + forms(d.text)) for id_, d in self.documents.items()}
        titles = {id_: _stems(forms(d.title)) for id_, d in self.documents.items()}
        scores: dict[int, float] = {}
        for word in words:
            count = sum(word in stems for stems in whole.values())
            rare = math.log(1 + (len(whole) - count + 0.5) / (count + 0.5))
            idf = rare if is_sentence else math.log(len(whole) / (count + 1)) + 1
            for field in (whole, titles) if is_sentence else (whole,):
                average = sum(map(len, field.values())) / len(field)
                for id_, stems in field.items():
                    if tf := stems.count(word):
                        norm = 1.2 * (0.25 + 0.75 * len(stems) / average)
                        scores[id_] = scores.get(id_, 0.0) + idf * tf * 2.2 / (tf + norm)
        return scores

    def _matching(self, parsed: ParsedQuery, query: Query) -> tuple[list[Document], Literal["all", "any"]]:
        documents = sorted(self.documents.values(), key=lambda document: document.id)
        if parsed.only_stop_words:
            return [d for d in documents if parsed.title and fold(d.title) == parsed.title], "all"
        plain = [group for group in parsed.groups if not group.required]
        if len(plain) > 3 and query.mode != "all":
            return [d for d in documents if _matches(d, _without_phrases(parsed), every=False)], "any"
        wants_any = query.mode == "any"
        found = [d for d in documents if _matches(d, parsed, every=not wants_any)]
        if query.mode == "auto" and not wants_any and len(plain) > 1 and not found:
            wants_any = True
            found = [d for d in documents if _matches(d, parsed, every=False)]
        return found, "any" if wants_any and parsed.groups else "all"


def _without_phrases(parsed: ParsedQuery) -> ParsedQuery:
    """The query with the words of its phrases instead."""
    clauses = [clause for group in parsed.groups if group.required for clause in group.alternatives]
    words = [Group((Word(stem),)) for clause in clauses if isinstance(clause, Phrase) for _, stem in clause.terms]
    return replace(parsed, groups=(*(group for group in parsed.groups if not group.required), *words))


def _stems(words: Iterable[Form]) -> list[str]:
    return [form.stem for form in words if form.stem]


def _words(document: Document) -> list[Form]:
    return forms(document.title) + forms(document.text)


def _matches(document: Document, parsed: ParsedQuery, every: bool) -> bool:
    if any(_holds(document, clause) for clause in parsed.excluded):
        return False
    required = [group for group in parsed.groups if group.required]
    plain = [group for group in parsed.groups if not group.required]
    if not all(_holds_any(document, group) for group in required):
        return False
    if every:
        return all(_holds_any(document, group) for group in plain)
    return bool(required) or not plain or any(_holds_any(document, group) for group in plain)


def _holds_any(document: Document, group: Group) -> bool:
    return any(_holds(document, clause) for clause in group.alternatives)


def _holds(document: Document, clause: Clause) -> bool:
    words = _words(document)
    match clause:
        case Word(stem):
            return any(form.stem == stem for form in words)
        case Prefix(start):
            return any(form.surface.startswith(start) for form in words)
        case Phrase(terms):
            for part in (document.title, document.text):
                stems = [form.stem for form in forms(part)]
                starts = range(len(stems) - terms[-1][0])
                if any(all(stems[start + place] == stem for place, stem in terms) for start in starts):
                    return True
            return False


def _passes(document: Document, query: Query, but: str | None = None) -> bool:
    return all(set(values) & set(_values(document, field)) for field, values in query.filters.items() if field != but)


def _values(document: Document, field: str) -> tuple[str, ...]:
    return tuple(map(str, document.cities)) if field == "city" else document.facets.get(field, ())


def _ordered(documents: list[Document], query: Query) -> list[Document]:
    match query.sort:
        case "newest":
            return sorted(documents, key=lambda d: (d.newest is None, -(d.newest or 0), d.id))
        case "evidence":
            return sorted(documents, key=lambda d: (d.evidence is None, -(d.evidence or 0), d.id))
        case "title":
            return sorted(documents, key=lambda d: (sort_key(d.title), fold(d.title), d.id))
        case _:
            return documents
