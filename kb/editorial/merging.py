"""Joining what two people made of one entry, field by field; where both changed the same, nothing is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .schemas import SCHEMAS

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Joined:
    """`data` has both sides' changes; `overlap` are the fields that both changed, and differently."""

    data: Data
    overlap: tuple[str, ...]


def three_ways(kind: str, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Joined:
    """What both made of `base`. Fields that say one thing together, such as a cost and its currency, count as one."""
    schema = SCHEMAS[kind]
    data, overlap = dict(theirs), []
    for group in _groups(schema.together, base):
        my_change = {name: mine[name] for name in group if mine[name] != base[name]}
        their_change = {name: theirs[name] for name in group if theirs[name] != base[name]}
        if not my_change:
            continue
        data |= {name: mine[name] for name in group}
        if their_change and any(mine[name] != theirs[name] for name in group):
            overlap += [name for name in group if mine[name] != theirs[name]]
    return Joined(data, tuple(overlap))


def _groups(together: tuple[frozenset[str], ...], base: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The fields, those that belong together in one group, in the order of the entry."""
    groups: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for name in base:
        if name not in seen:
            group = next((group for group in together if name in group), frozenset({name}))
            groups.append(tuple(other for other in base if other in group))
            seen |= group
    return groups


# Rows of a list that speak of the same thing have the same value here.
_KEYS = {
    "goals": "goal",
    "targets": "target",
    "sources": "url",
    "challenges": "challenge",
    "partners": "name",
}


def filled_up(kept: Mapping[str, Any], duplicate: Mapping[str, Any]) -> Data:
    """Of two entries on the same thing, one: what the kept one says, and what only the duplicate knows."""
    joined: Data = {}
    for name, value in kept.items():
        other = duplicate[name]
        if isinstance(value, list):
            joined[name] = _all_rows(name, value, other)
        else:
            joined[name] = other if value is None else value
    if joined.get("cost_amount") != kept.get("cost_amount"):
        # A cost without its own currency and year would say something that nobody said.
        joined |= {name: duplicate[name] for name in ("cost_currency", "cost_year", "cost_is_citys_own")}
    return joined


def _all_rows(name: str, mine: list[Any], other: list[Any]) -> list[Any]:
    key = _KEYS.get(name)
    if key and mine and isinstance(mine[0], dict):
        there = {row[key] for row in mine}
        return [*mine, *(row for row in other if row[key] not in there)]
    return [*mine, *(row for row in other if row not in mine)]
