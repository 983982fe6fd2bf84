"""A vision as a whole."""

from collections.abc import Mapping
from typing import Any

from kb.catalogue.models import Vision, VisionGoal

from ..known import Known
from .city import page_of
from .parts import Data, keep, put, source_rows
from .sourcing import cited

_PLAIN = ("title", "adopted_year", "horizon_year", "gist")


def snapshot(entry: Vision) -> Data:
    """The whole vision."""
    return {name: getattr(entry, name) for name in _PLAIN} | {
        "city": entry.city.slug,
        "goals": [
            {"goal": link.goal_number, "origin": link.origin}
            for link in sorted(entry.goals, key=lambda link: link.goal_number)
        ],
        "sources": source_rows(sorted(entry.sources, key=lambda source: source.id)),
    }


def fill(known: Known, entry: Vision, data: Mapping[str, Any]) -> None:
    """Make the rows of a vision say what the data say."""
    put(entry, {name: data[name] for name in _PLAIN} | {"city": page_of(known, data["city"])})
    held = {link.goal_number: link for link in entry.goals}
    links = []
    for row in data["goals"]:
        link = held.get(row["goal"]) or VisionGoal(goal_number=row["goal"])
        put(link, {"origin": row["origin"]})
        links.append(link)
    keep(entry.goals, links)
    keep(entry.sources, [cited(known, row, own_title=False) for row in data["sources"]])
