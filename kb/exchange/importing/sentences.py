"""Sentences in and out of the database: a Phrase as plain JSON, with the column it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kb.core.i18n import Label, Message, Value

Kept = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A sentence about a row; `column` is the letter of the column it is about, None for the whole row."""

    column: str | None
    phrase: Message


def kept(phrase: Message) -> Kept:
    """The phrase as JSON."""
    return {"template": phrase.template, "values": {name: _as_json(value) for name, value in phrase.values.items()}}


def phrase(held: Mapping[str, Any]) -> Message:
    """The phrase that was kept."""
    return Message(held["template"], {name: _value(value) for name, value in held["values"].items()})


def _as_json(value: Value) -> Any:
    match value:
        case Message():
            return kept(value)
        case Label():
            return {"label": value.text}
        case tuple():
            return [_as_json(one) for one in value]
    return value


def _value(held: Any) -> Any:
    match held:
        case {"template": _}:
            return phrase(held)
        case {"label": text}:
            return Label(text)
        case list():
            return tuple(_value(one) for one in held)
    return held


def kept_trouble(trouble: Trouble) -> Kept:
    """A trouble as JSON."""
    return {"column": trouble.column, **kept(trouble.phrase)}


def trouble(held: Mapping[str, Any]) -> Trouble:
    """The trouble that was kept."""
    return Trouble(held["column"], phrase(held))
