"""Sentences in and out of the database: a Phrase as plain JSON, with the column it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kb.core.i18n import Label, Message, Value

MessageJSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowMessage:
    """A sentence about a row; `column` is the letter of the column it is about, None for the whole row."""

    column: str | None
    message: Message


def message_to_json(message: Message) -> MessageJSON:
    """The phrase as JSON."""
    return {"template": message.template, "values": {name: _as_json(value) for name, value in message.values.items()}}


def message_from_json(held: Mapping[str, Any]) -> Message:
    """The phrase that was kept."""
    return Message(held["template"], {name: _value(value) for name, value in held["values"].items()})


def _as_json(value: Value) -> Any:
    match value:
        case Message():
            return message_to_json(value)
        case Label():
            return {"label": value.text}
        case tuple():
            return [_as_json(one) for one in value]
    return value


def _value(held: Any) -> Any:
    match held:
        case {"template": _}:
            return message_from_json(held)
        case {"label": text}:
            return Label(text)
        case list():
            return tuple(_value(one) for one in held)
    return held


def row_message_to_json(row_message: RowMessage) -> MessageJSON:
    """A trouble as JSON."""
    return {"column": row_message.column, **message_to_json(row_message.message)}


def row_message_from_json(held: Mapping[str, Any]) -> RowMessage:
    """The trouble that was kept."""
    return RowMessage(held["column"], message_from_json(held))
