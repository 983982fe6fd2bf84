"""Sentences in and out of the database: a Phrase as plain JSON, with the column it is about."""

from collections.abc import Mapping
from typing import Any

from kb.peers.phrases import Phrase

from .rows import Trouble

Kept = dict[str, Any]


def kept(phrase: Phrase) -> Kept:
    """The phrase as JSON."""
    values = {name: kept(value) if isinstance(value, Phrase) else value for name, value in phrase.values.items()}
    return {"template": phrase.template, "values": values}


def phrase(held: Mapping[str, Any]) -> Phrase:
    """The phrase that was kept."""
    values = {name: phrase(value) if isinstance(value, dict) else value for name, value in held["values"].items()}
    return Phrase(held["template"], values)


def kept_trouble(trouble: Trouble) -> Kept:
    """A trouble as JSON."""
    return {"column": trouble.column, **kept(trouble.phrase)}


def trouble(held: Mapping[str, Any]) -> Trouble:
    """The trouble that was kept."""
    return Trouble(held["column"], phrase(held))
