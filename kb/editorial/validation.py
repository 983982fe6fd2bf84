"""Validates a whole entry that a form, an import or an interface sends, field by field."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind, Kind, Reference, TermKind, schema_of
from kb.catalogue.entries.fields import Link, PlaceId, Year, place_of
from kb.catalogue.entries.lists import Several
from kb.catalogue.entries.registry import definition_of
from kb.catalogue.entries.schema import EntrySchema
from kb.core.i18n import Message, gettext_noop
from kb.core.text import clean_text

from .errors import Errors, Invalid
from .lookup import Lookup, lookup

Data = dict[str, Any]
Strictness = Literal["draft", "publish"]

LONGEST_ENTRY = 1_000_000
"""Signs of a whole entry as JSON."""

_EMPTY = {None, "", False, "editor"}


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """An entry that was read: `data` is cleaned, and where a value is wrong it is kept as it was sent.

    `errors` are what is wrong, `missing` what publishing still needs, both by field path.
    """

    data: Data
    errors: Errors
    missing: Errors

    @property
    def problems(self) -> Errors:
        """Everything that stands between the entry and its being published."""
        return {**self.missing, **self.errors}


Entry = Mapping[str, Any] | ValidationResult
"""An entry as it was sent, or as it was validated in the same transaction: actions take both."""


def blank(kind: Kind) -> Data:
    """An entry of which nothing is known."""
    loaded: Data = schema_of(kind).load({})
    return loaded


def validate(session: Session, kind: Kind, raw: Entry, entry: Any = None) -> ValidationResult:
    """Read an entry; `entry` is the row that it would change, if there is one. What was validated is given back.

    Only what no form sends raises Invalid: a field that does not exist, something else than a row, an entry too large.
    """
    if isinstance(raw, ValidationResult):
        return raw
    schema = schema_of(kind)
    sent = _without_blank_rows(_plain_json(raw))
    data, errors = _load(schema, sent)
    _resolve_references(lookup(session), schema, data, errors)
    _refuse_contradictions(lookup(session), kind, schema, data, errors, entry)
    return ValidationResult(data, errors, _missing(schema, data, errors))


def load(
    session: Session, kind: Kind, raw: Mapping[str, Any], strictness: Strictness = "publish", entry: Any = None
) -> Data:
    """The cleaned entry. "publish" raises Invalid for all that is wrong or missing; "draft" lets a person go on."""
    checked = validate(session, kind, raw, entry)
    if strictness == "publish" and checked.problems:
        raise Invalid(checked.problems)
    return checked.data


def _plain_json(raw: Mapping[str, Any]) -> Data:
    """A copy in plain JSON, of a size that can be."""
    if not isinstance(raw, Mapping):
        raise Invalid({"": [Message(gettext_noop("This should be a group of fields."))]})
    try:
        text = json.dumps(dict(raw), allow_nan=True)
    except (TypeError, ValueError, RecursionError):
        raise Invalid({"": [Message(gettext_noop("This cannot be read."))]}) from None
    if len(text) > LONGEST_ENTRY:
        raise Invalid({"": [Message(gettext_noop("This is too long for an entry."))]})
    # NaN and infinity become the words that were sent, since no database stores them as numbers.
    read: Data = json.loads(text, parse_constant=str)
    return read


def _without_blank_rows(raw: Data) -> Data:
    """Drop the rows that a form offers and nobody filled."""

    def is_filled(row: Any) -> bool:
        if not isinstance(row, dict):
            return row is not None and _storable(row) != ""
        return any(
            isinstance(value, list | dict) or (value.strip() if isinstance(value, str) else value) not in _EMPTY
            for value in row.values()
        )

    return {
        name: [row for row in value if is_filled(row)] if isinstance(value, list) else value
        for name, value in raw.items()
    }


def _load(schema: EntrySchema, sent: Data) -> tuple[Data, dict[str, list[Message]]]:
    """Load what can be loaded; put back as it was sent what cannot, with the reasons."""
    try:
        return schema.load(sent), {}
    except ValidationError as problem:
        errors = dict(_flat(problem.messages_dict))
    unknown = {
        path: messages for path, messages in errors.items() if path.endswith("_schema") or not _exists(schema, path)
    }
    if unknown:
        raise Invalid(unknown)
    loadable = copy.deepcopy(sent)
    wrong = {_of_whole_list(sent, path) for path in errors}
    for path in wrong:
        holder, name = _holder(loadable, path)
        if not _is_typed(holder[name], is_list="." not in path and isinstance(schema.fields[path], Several)):
            raise Invalid(errors)
        holder[name] = None
    data: Data = schema.load(loadable)
    for path in wrong:
        holder, name = _holder(sent, path)
        value = holder[name]
        holder, name = _holder(data, path)
        holder[name] = _storable(value)
    return data, errors


def _is_typed(value: Any, *, is_list: bool) -> bool:
    """Whether a wrong value may have been typed into a form: one value, or a list of such where a list should be."""
    values = value if is_list and isinstance(value, list) else [value]
    return (isinstance(value, list) or not is_list) and not any(isinstance(item, list | dict) for item in values)


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, list[Message]]]:
    """Marshmallow's nested messages by field path."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        yield (
            path,
            [
                message if isinstance(message, Message) else Message(str(message).replace("%", "%%"))
                for message in messages
            ],
        )


def _exists(schema: EntrySchema, path: str) -> bool:
    """Whether the schema has a field at a path such as "outcomes.2.year"."""
    name, *rest = path.split(".")
    field: Any = schema.fields.get(name)
    if field is None or not rest or len(rest) == 1:
        return field is not None
    return rest[1] in field.inner.schema.fields


def _of_whole_list(sent: Data, path: str) -> str:
    """A wrong value in a list of plain values spoils the list; in a row, only its own field."""
    parts = path.split(".")
    return parts[0] if len(parts) == 2 or not isinstance(sent.get(parts[0]), list) else path


def _holder(data: Any, path: str) -> tuple[Any, str]:
    """What holds the value at a path, and under which name."""
    parts = path.split(".")
    return (data, path) if len(parts) == 1 else (data[parts[0]][int(parts[1])], parts[2])


def _storable(value: Any) -> Any:
    """A wrong value that any database takes."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(name): _storable(item) for name, item in value.items()}
    return value


def _resolve_references(lookup: Lookup, schema: EntrySchema, data: Data, errors: dict[str, list[Message]]) -> None:
    """Look up references and write them in their canonical form; put lists in their order, without duplicates."""
    unreadable = {path.split(".")[0] for path in errors}
    for where, reference in schema.references.items():
        name, _, inner = where.partition(".")
        if name in unreadable and not inner:
            continue
        for path, holder, key in _places(data, name, inner):
            value = holder[key]
            if value is None or path in errors:
                continue
            canonical = _canonical(lookup, reference, value)
            if canonical is None:
                errors[path] = [Message(_absence(reference), {"given": str(value)})]
            else:
                holder[key] = canonical
    for name, value in data.items():
        if isinstance(value, list) and name not in unreadable:
            field = schema.declared[name]
            data[name] = field.in_order(value, lookup.terms) if isinstance(field, Several) else value


def _places(data: Data, name: str, inner: str) -> Iterator[tuple[str, Any, Any]]:
    """Each value of a field, or of a field of its rows: its path, what holds it, and under which key."""
    value = data[name]
    if inner:
        yield from ((f"{name}.{number}.{inner}", row, inner) for number, row in enumerate(value))
    elif isinstance(value, list):
        yield from ((f"{name}.{number}", value, number) for number in range(len(value)))
    else:
        yield name, data, name


def _absence(reference: Reference) -> str:
    """The message for a reference to something that does not exist."""
    if reference == "place":
        return gettext_noop("There is no place %(given)s in our list of places.")
    if reference == "image":
        return gettext_noop("This picture was removed; choose the file again.")
    return definition_of(reference).absent


def _canonical(lookup: Lookup, reference: Reference, value: Any) -> Any:
    """The canonical form of a reference; None where what it refers to does not exist."""
    if reference == "place":
        return value if lookup.place(value) else None
    if reference == "image":
        return value if lookup.image(value) else None
    if isinstance(reference, TermKind):
        return value if value in lookup.terms(reference) else None
    if reference is EntryKind.CITY:
        city = lookup.city(value)
        place_id = place_of(value)
        if city is None and place_id is not None and lookup.place(place_id) is not None:
            return value
        return city.slug if city else None
    entry = lookup.entry(reference, value)
    return entry.slug if entry else None


def _refuse_contradictions(
    lookup: Lookup, kind: Kind, schema: EntrySchema, data: Data, errors: dict[str, list[Message]], entry: Any
) -> None:
    """What is wrong only together with something else, in the entry or among the other rows."""
    _refuse_ends_before_beginnings(schema, data, errors)
    for name, field in schema.declared.items():
        if isinstance(field, Link) and field.refers == kind and entry is not None and data[name] == entry.slug:
            errors[name] = [Message(gettext_noop("An initiative cannot be adapted from itself."))]
        if isinstance(field, PlaceId) and name not in errors and data[name] is not None:
            page = lookup.city(f"place:{data[name]}")
            if page is not None and page is not entry:
                template = gettext_noop("This place already has a page: %(name)s.")
                errors[name] = [Message(template, {"name": page.name})]
    if data.get("cost_amount") is not None and data["cost_currency"] is None and "cost_amount" not in errors:
        errors.setdefault("cost_currency", [Message(gettext_noop("Choose the currency of the cost."))])


def _refuse_ends_before_beginnings(schema: EntrySchema, data: Data, errors: dict[str, list[Message]]) -> None:
    """Nothing ends before it began; a year that cannot be read is reported elsewhere."""
    for where, field in schema.paths.items():
        if not isinstance(field, Year) or field.not_before is None:
            continue
        name, _, last = where.rpartition(".")
        for path, row in _rows(data, name):
            begins, ends = row[field.not_before], row[last]
            if isinstance(begins, int) and isinstance(ends, int) and ends < begins:
                values = {"last": str(ends), "first": str(begins)}
                errors.setdefault(f"{path}{last}", [Message(gettext_noop("%(last)s is before %(first)s."), values)])


def _rows(data: Data, name: str) -> list[tuple[str, Data]]:
    """The entry itself, or each row of one of its lists, with what stands before its fields in a path."""
    if not name:
        return [("", data)]
    return [(f"{name}.{number}.", row) for number, row in enumerate(data[name]) if isinstance(row, dict)]


def _missing(schema: EntrySchema, data: Data, errors: Errors) -> dict[str, list[Message]]:
    missing: dict[str, list[Message]] = {}
    for where, words in schema.needed.items():
        name, _, inner = where.partition(".")
        if inner:
            rows = data[name] if isinstance(data[name], list) else []
            paths = [
                f"{name}.{number}.{inner}"
                for number, row in enumerate(rows)
                if isinstance(row, dict) and row.get(inner) is None
            ]
        else:
            paths = [name] if data[name] in (None, []) else []
        missing |= {path: [Message(words)] for path in paths if path not in errors}
    return missing
