"""Two versions of one entry side by side, field by field, and the entry that a person chose of both."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from kb.catalogue.entries import EntryKind, schema_of
from kb.editorial.merging import fill_gaps

from .display_values import DisplayValues

MINE, THEIRS, BOTH = "mine", "theirs", "both"


@dataclass(frozen=True, slots=True)
class Choice:
    """A field in which two versions differ: what each says, whether they can be joined, and what is chosen at first."""

    name: str
    label: str
    mine: list[str]
    theirs: list[str]
    may_join: bool
    first: str


def choices(
    kind: EntryKind,
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    values: DisplayValues,
    fields: Collection[str] | None = None,
    first: str = MINE,
) -> list[Choice]:
    """The fields in which two entries differ, or of those the ones that are named; in the order of the form."""
    labels = schema_of(kind).labels
    return [
        Choice(
            name,
            labels[name],
            values.lines(kind, name, mine[name]),
            values.lines(kind, name, theirs[name]),
            may_join=isinstance(mine[name], list) and bool(mine[name]) and bool(theirs[name]),
            first=_first(mine[name], theirs[name], first),
        )
        for name in mine
        if mine[name] != theirs[name] and (fields is None or name in fields)
    ]


def _first(mine: Any, theirs: Any, otherwise: str) -> str:
    if mine in (None, []):
        return THEIRS
    if theirs in (None, []) or (otherwise == BOTH and not isinstance(mine, list)):
        return MINE
    return otherwise


def chosen(
    kind: EntryKind,
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    picked: Mapping[str, str],
    start: Mapping[str, Any],
) -> dict[str, Any]:
    """The entry of which each picked field is as one side has it, or both together; other fields as in `start`."""
    joined = fill_gaps(kind, mine, theirs)
    sides = {MINE: mine, THEIRS: theirs, BOTH: joined}
    return {name: sides[picked[name]][name] if picked.get(name) in sides else value for name, value in start.items()}
