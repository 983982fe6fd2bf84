"""What changed between two versions of an entry, field by field, as a page shows it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from kb.catalogue.entries import EntryKind, schema_of

from .display_values import DisplayValues

_LONG = 40
_WORDS = re.compile(r"\s*\S+\s*")

Piece = tuple[str, str]
"""Words that are in both versions ("same"), in the one before ("gone") or in the one after ("new")."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs: the lines before and after, or, for longer texts, their words in pieces."""

    name: str
    label: str
    before: Sequence[str]
    after: Sequence[str]
    pieces: Sequence[Piece]


def changes(
    kind: EntryKind, before: Mapping[str, Any] | None, after: Mapping[str, Any], values: DisplayValues
) -> list[FieldChange]:
    """The fields that differ, in the order of the form; of a new entry, all that it says."""
    labels = schema_of(kind).labels
    found = []
    for name, value in after.items():
        earlier = None if before is None else before.get(name)
        if (earlier or None) == (value or None) and earlier == value:
            continue
        old, new = values.lines(kind, name, earlier), values.lines(kind, name, value)
        if old != new:
            found.append(FieldChange(name, labels[name], old, new, tuple(_pieces(earlier, value))))
    return found


def _pieces(before: Any, after: Any) -> Iterator[Piece]:
    if not isinstance(before, str) or not isinstance(after, str) or min(len(before), len(after)) < _LONG:
        return
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield "same", "".join(old[i:j])
            continue
        if j > i:
            yield "gone", "".join(old[i:j])
        if m > k:
            yield "new", "".join(new[k:m])
