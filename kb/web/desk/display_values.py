"""What stands in a field of an entry in words that a person reads, and what changed between two versions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind, Kind, TermKind, schema_of
from kb.catalogue.entries.fields import Declared, Field, Language, Year
from kb.catalogue.entries.lists import Rows
from kb.core.languages import language_name

from ..core.formatting import number
from ..core.language import language, translated
from .places import Places


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, with the key of the picture that it tells of.

    `change` is "gone" or "new" where a list has this row in one of two versions alone.
    """

    text: str
    image: str | None = None
    change: str | None = None


class DisplayValues:
    """The words of one request; what entries refer to is looked up once for each kind."""

    def __init__(self, session: Session, places: Places) -> None:
        self._session, self._places = session, places
        self._labels: dict[TermKind, Mapping[Any, str]] = {}

    def lines(self, kind: Kind, name: str, value: Any) -> list[Line]:
        """A value as lines; none where nothing is known."""
        if value is None or value == []:
            return []
        field = schema_of(kind).declared[name]
        if isinstance(value, list):
            return [self._item(field, item) for item in value]
        return [self._item(field, value)]

    def _item(self, field: Declared, value: Any) -> Line:
        if isinstance(value, Mapping) and isinstance(field, Rows):
            return self._row(field.fields, value)
        return Line(self._plain(field, value))

    def _row(self, fields: Mapping[str, Field], row: Mapping[str, Any]) -> Line:
        """A row of a list: what names it, then whatever else it says with the label of each; and its picture."""
        image = next((row.get(name) for name, field in fields.items() if field.refers == "image"), None)
        labelled = [
            (fields[name].label, self._plain(fields[name], value))
            for name, value in row.items()
            if value is not None and value != fields[name].load_default and fields[name].refers != "image"
        ]
        if not labelled:
            return Line("", image)
        (_, first), *others = labelled
        return Line("; ".join([first, *(f"{translated(label)}: {words}" for label, words in others)]), image)

    def _plain(self, field: Declared, value: Any) -> str:
        if isinstance(value, bool):
            return str(gettext("Yes") if value else gettext("No"))
        if field.choices is not None:
            label = field.choices.get(str(value))
            return translated(label) if label else str(value)
        if isinstance(field, Language):
            return language_name(str(value), language()) or str(value)
        return self._reference(field, value) or _number(field, value)

    def _reference(self, field: Declared, value: Any) -> str | None:
        """What a reference leads to; None for a value that is none."""
        refers = field.refers
        if refers == "place" or refers is EntryKind.CITY:
            return self._city(f"place:{value}" if refers == "place" else str(value))
        if isinstance(refers, TermKind):
            label = translated(self._label(refers, value))
            return f"{value} {label}" if refers in {TermKind.GOAL, TermKind.TARGET} else label
        if isinstance(refers, EntryKind):
            return queries.title_by_slug(self._session, refers, str(value)) or str(value)
        return None

    def _city(self, reference: str) -> str:
        offer = self._places.named([reference]).get(reference)
        return f"{offer.name} ({offer.where})" if offer else reference

    def _label(self, kind: TermKind, key: Any) -> str:
        if kind not in self._labels:
            self._labels[kind] = queries.labels(self._session, kind)
        return self._labels[kind].get(key, str(key))


def _number(field: Declared, value: Any) -> str:
    """A number with the reader's separators; a year, or what is none, as it stands."""
    return str(number(value)) if isinstance(value, int | float) and not isinstance(field, Year) else str(value)


_LONG = 40
_WORDS = re.compile(r"\s*\S+\s*")

Piece = tuple[str, str]
"""Words that are in both versions ("same"), in the one before ("gone") or in the one after ("new")."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs: the lines before and after, or, for longer texts, their words in pieces."""

    name: str
    label: str
    before: Sequence[Line]
    after: Sequence[Line]
    pieces: Sequence[Piece]


def changes(
    kind: EntryKind, before: Mapping[str, Any] | None, after: Mapping[str, Any], values: DisplayValues
) -> list[FieldChange]:
    """The fields that differ, in the order of the form; of a new entry, all that it says."""
    labels = schema_of(kind).labels
    differing = []
    for name, value in after.items():
        earlier = None if before is None else before.get(name)
        if earlier == value:
            continue
        old, new = values.lines(kind, name, earlier), values.lines(kind, name, value)
        if old != new:
            if isinstance(earlier, list) and isinstance(value, list):
                old, new = _marked(old, new, "gone"), _marked(new, old, "new")
            differing.append(FieldChange(name, labels[name], old, new, tuple(_pieces(earlier, value))))
    return differing


def _marked(lines: Sequence[Line], other: Sequence[Line], change: str) -> list[Line]:
    """The rows of a list, those marked that the other version does not have."""
    return [line if line in other else replace(line, change=change) for line in lines]


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
