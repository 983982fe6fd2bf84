"""What the entries share: parts that are matched with what is wanted, and sources."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from kb.catalogue.models import Source

Data = dict[str, Any]
Part = TypeVar("Part")


def matched(
    parts: Sequence[Part],
    wanted: Sequence[Mapping[str, Any]],
    said: Callable[[Part], Mapping[str, Any]],
    key: Callable[[Mapping[str, Any]], Hashable],
) -> list[Part | None]:
    """For each wanted row the part that is to become it, or None for a new one; no part is given twice.

    First those that say the very same, then those with the same key, then whatever is left, in order.
    """
    free = list(parts)
    found: list[Part | None] = [None] * len(wanted)

    def pair(alike: Callable[[Part, Mapping[str, Any]], bool]) -> None:
        for place, row in enumerate(wanted):
            if found[place] is None:
                part = next((part for part in free if alike(part, row)), None)
                if part is not None:
                    free.remove(part)
                    found[place] = part

    pair(lambda part, row: said(part) == row)
    pair(lambda part, row: key(said(part)) == key(row))
    pair(lambda _part, _row: True)
    return found


def keep(rows: list[Any], wanted: Sequence[Any]) -> None:
    """Make a relationship hold exactly the wanted rows, touching only those that come and go."""
    for row in [row for row in rows if row not in wanted]:
        rows.remove(row)
    for row in wanted:
        if row not in rows:
            rows.append(row)


def put(row: Any, values: Mapping[str, Any]) -> None:
    """Set what differs."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def source_rows(sources: Sequence[Source]) -> list[Data]:
    """Sources as rows of an entry that cites them by their own titles."""
    return [
        {"url": one.url, "title": one.title, "seen_on": one.seen_on.isoformat() if one.seen_on else None}
        for one in sources
    ]
