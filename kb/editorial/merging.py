"""Merges two versions of an entry with their common base, field by field; what both changed is a conflict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.catalogue.entries import EntryKind, schema_of
from kb.catalogue.entries.lists import Rows

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MergeResult:
    """`data` has both sides' changes; `overlap` are the fields that both changed, and differently."""

    data: Data
    overlap: tuple[str, ...]


def three_way_merge(
    kind: EntryKind, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> MergeResult:
    """Merge two versions of `base`. Fields with the same `together`, such as a cost and its currency, count as one."""
    data, overlap = dict(theirs), []
    for group in _groups(kind, base):
        my_change = {name: mine[name] for name in group if mine[name] != base[name]}
        their_change = {name: theirs[name] for name in group if theirs[name] != base[name]}
        if not my_change:
            continue
        data |= {name: mine[name] for name in group}
        if their_change and any(mine[name] != theirs[name] for name in group):
            overlap += [name for name in group if mine[name] != theirs[name]]
    return MergeResult(data, tuple(overlap))


def _groups(kind: EntryKind, base: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The fields that are in an entry, those that belong together in one group, in their order."""
    for group in schema_of(kind).groups:
        if there := tuple(name for name in group if name in base):
            yield there


def fill_gaps(kind: EntryKind, kept: Mapping[str, Any], duplicate: Mapping[str, Any]) -> Data:
    """The kept entry, with its unknown fields taken from the duplicate and the rows of both."""
    joined: Data = {}
    for name, value in kept.items():
        other = duplicate[name]
        if isinstance(value, list):
            field = schema_of(kind).declared[name]
            joined[name] = _all_rows(field.key if isinstance(field, Rows) else (), value, other)
        else:
            joined[name] = other if value is None else value
    if joined.get("cost_amount") != kept.get("cost_amount"):
        # A cost belongs to its own currency and year.
        joined |= {name: duplicate[name] for name in ("cost_currency", "cost_year", "cost_is_citys_own")}
    return joined


def _all_rows(key: Sequence[str], mine: list[Any], other: list[Any]) -> list[Any]:
    """The rows of both; where the key is one field, only the first row of each key."""
    if len(key) == 1 and mine:
        (name,) = key
        there = {row[name] for row in mine}
        return [*mine, *(row for row in other if row[name] not in there)]
    return [*mine, *(row for row in other if row not in mine)]
