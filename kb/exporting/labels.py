"""The labels of the codes that entries hold, and which fields hold codes."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from kb.catalogue.entries import Data, EntryKind, TermKind, schema_of
from kb.catalogue.entries.fields import Declared
from kb.catalogue.entries.lists import Rows, Several, Terms

from .cells import Cell
from .export import Links
from .names import Names


def labelled(kind: EntryKind, entry: Data, names: Names, links: Links) -> Data:
    """A whole entry with its address, and the label beside each code in NAME_label, a list beside a list of codes."""
    data: Data = {"address": links.entry(kind, entry["slug"])}
    declared = schema_of(kind).declared
    for name, value in entry.items():
        field = declared.get(name)
        if field is None:
            if name != "id":
                data[name] = value
        elif isinstance(field, Rows):
            data[name] = [_labelled_fields(row, field.fields, names) for row in value]
        elif isinstance(field, Several):
            label = label_reader(element_of(field))
            data[name] = value
            if label:
                data[f"{name}_label"] = list(map(label(names), value))
        else:
            data |= _labelled_fields({name: value}, declared, names)
    return data


def label_of(field: Any, value: Any, names: Names) -> Cell:
    """The label of a code, or of an item of a list of codes; None where there is none."""
    label = label_reader(element_of(field) if isinstance(field, Several) else field)
    return label(names)(value) if label else None


def term_labels(kind: EntryKind, entry: Data, names: Names) -> Iterator[str]:
    """The labels of the terms that the lists of an entry name."""
    for name, field in schema_of(kind).declared.items():
        key = key_of(field) if isinstance(field, Several) else None
        if key is not None and isinstance(key[1].refers, TermKind):
            inner, element = key
            known = names.terms[element.refers]
            codes = (item[inner] if inner else item for item in entry[name])
            yield from (known[code] for code in codes if code in known)


def _labelled_fields(row: Data, fields: Mapping[str, Any], names: Names) -> Data:
    data: Data = {}
    for name, value in row.items():
        data[name] = value
        label = label_reader(fields[name])
        if label:
            data[f"{name}_label"] = None if value is None else label(names)(value)
    return data


@cache
def label_reader(field: Declared) -> Callable[[Names], Callable[[Any], Cell]] | None:
    """Gives, for some names, the function from a code to its label; None where codes have no labels here."""
    choices, refers = field.choices, field.refers
    if choices is not None:
        return lambda _names: lambda code: choices.get(str(code))
    if isinstance(refers, TermKind):
        return lambda names: names.terms[refers].get
    if isinstance(refers, EntryKind):
        return lambda names: names.entries[refers].get
    return None


def key_of(field: Several) -> tuple[str, Any] | None:
    """The field of a row that names what it is about, and "" where the items of a list are codes themselves."""
    if not isinstance(field, Rows):
        return "", element_of(field)
    if not field.unique:
        return None
    (name,) = field.key
    element = field.fields[name]
    return (name, element) if element.refers else None


def element_of(field: Several) -> Any:
    """The field of one item of a list of codes; a list of terms says itself what it refers to."""
    element: Any = field.inner
    return field if isinstance(field, Terms) else element
