"""The question of a download: a search, as plain JSON and in words."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue.entries import KIND_PLURALS, EntryKind
from kb.catalogue.queries import cities_by_slugs
from kb.search.facets import FILTERS, NUMBERED
from kb.search.results import SearchQuery

LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Described:
    """A question in English: a title, and its filters with their values by labels."""

    title: str
    filters: list[list[str]]


def of_kind(question: SearchQuery, kind: EntryKind) -> SearchQuery:
    """The question, for entries of one kind, all pages of it; what makes no difference is written in one way."""
    chosen = {name: tuple(sorted(question.chosen[name])) for name in FILTERS if question.chosen.get(name)}
    return SearchQuery(text=" ".join(question.text.split()), chosen={**chosen, "kind": (kind,)}, sort=question.sort)


def to_json(question: SearchQuery) -> dict[str, Any]:
    """A question as plain JSON."""
    chosen = {name: [str(value) for value in values] for name, values in question.chosen.items()}
    return {"text": question.text, "chosen": chosen, "sort": question.sort}


def from_json(data: Mapping[str, Any]) -> SearchQuery:
    """Read what `to_json` wrote."""
    return SearchQuery(data["text"], {name: tuple(values) for name, values in data["chosen"].items()}, data["sort"])


def hash_of(*parts: Any) -> str:
    """A hash of plain JSON."""
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def filters_of(session: Session, question: SearchQuery) -> list[list[str]]:
    """The chosen filters but for the kind, each with the label of a value (English), in the order of its list."""
    return [
        [
            definition.label,
            f"{value} {labels[value]}" if name in NUMBERED and value in labels else labels.get(value, value),
        ]
        for name, definition in FILTERS.items()
        if name != "kind" and question.chosen.get(name)
        for labels in [_labels(session, name, question.chosen[name])]
        for value in _in_order(question.chosen[name], labels)
    ]


def _labels(session: Session, name: str, values: Collection[str]) -> Mapping[str, str]:
    """The labels of a filter in their order; of cities only those that are chosen, since there are too many to list."""
    if name == "city":
        return {slug: city.name for slug, city in cities_by_slugs(session, values).items()}
    return FILTERS[name].labels(session)


def _in_order(values: Iterable[str], labels: Mapping[str, str]) -> list[str]:
    """The values as their list has them, those of no list at the end."""
    places = {code: place for place, code in enumerate(labels)}
    return sorted(values, key=lambda value: (places.get(value, len(places)), value))


def described(session: Session, question: SearchQuery, kind: EntryKind) -> Described:
    """The question in words: the kind, what was searched for, and the filters."""
    filters = filters_of(session, question)
    plural = KIND_PLURALS[kind]
    parts = [
        plural if question.text or filters else f"All {plural.lower()}",
        *([f"“{question.text}”"] if question.text else []),
    ]
    alternatives: dict[str, list[str]] = {}
    for name, value in filters:
        alternatives.setdefault(name, []).append(value)
    title = ", ".join(parts + [f"{name}: {' or '.join(values)}" for name, values in alternatives.items()])
    return Described(title if len(title) <= LONGEST_WORDS else f"{title[: LONGEST_WORDS - 1]}…", filters)
