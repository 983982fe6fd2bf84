"""Entries that were kept as JSON before a field was declared have it as they are read, as if it had been left blank."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm.attributes import set_committed_value

from kb.catalogue.entries import EntryKind, schema_of


def complete(kind: EntryKind, data: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with the fields that it lacks."""
    fields = schema_of(kind).declared
    if fields.keys() <= data.keys():
        return dict(data)
    blank: dict[str, Any] = schema_of(kind).load({})
    return {**blank, **data}


def completes(*names: str) -> Any:
    """A class decorator: complete the entries in these columns of a model whenever a row is read."""

    def decorate(model: type[Any]) -> type[Any]:
        def read(row: Any, *_context: Any) -> None:
            for name in names:
                data = row.__dict__.get(name)
                if data and "kind" in row.__dict__ and not schema_of(row.kind).declared.keys() <= data.keys():
                    set_committed_value(row, name, complete(row.kind, data))

        event.listen(model, "load", read)
        event.listen(model, "refresh", read)
        return model

    return decorate
