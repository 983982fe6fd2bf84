"""A leader as a whole, with terms of office."""

from collections.abc import Mapping
from typing import Any

from kb.catalogue.models import Leader, LeaderTerm

from ..known import Known
from .city import page_of
from .parts import Data, keep, matched, put
from .sourcing import linked


def snapshot(entry: Leader) -> Data:
    """The whole leader, the latest term first."""
    terms = sorted(entry.terms, key=lambda term: (-(term.start_year or 0), term.id))
    return {"name": entry.name, "terms": [_term(term) for term in terms]}


def _term(term: LeaderTerm) -> Data:
    return {
        "city": term.city.slug,
        "title": term.title,
        "start_year": term.start_year,
        "end_year": term.end_year,
        "source": term.source.url if term.source else None,
    }


def fill(known: Known, entry: Leader, data: Mapping[str, Any]) -> None:
    """Make the rows of a leader say what the data say."""
    cities = [page_of(known, row["city"]) for row in data["terms"]]
    put(entry, {"name": data["name"]})
    terms = matched(entry.terms, data["terms"], _term, lambda row: (row["city"], row["start_year"]))
    kept = []
    for term, row, city in zip(terms, data["terms"], cities, strict=True):
        held = term or LeaderTerm()
        put(
            held,
            {
                "city": city,
                "title": row["title"],
                "start_year": row["start_year"],
                "end_year": row["end_year"],
                "source": linked(known, row["source"]),
            },
        )
        kept.append(held)
    keep(entry.terms, kept)
