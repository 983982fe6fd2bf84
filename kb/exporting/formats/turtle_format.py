"""Turtle: the entries as linked data, the same triples as in JSON-LD.

Written here: rdflib takes five milliseconds to write what one entry says, this a hundredth of that. The tests read it
with rdflib.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from ..export import Export, Links
from ..linked_data import CONTEXT, Node, node

_PREFIXES = {"schema": CONTEXT["@vocab"]} | {name: space for name, space in CONTEXT.items() if name[0] != "@"}


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """The prefixes, then what is said of each entry and of what it names."""
    yield "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in sorted(_PREFIXES.items())).encode()
    for entries, names in export.named_batches(session):
        lines: list[str] = []
        for entry in entries:
            _add(lines, node(export.kind, entry, names, links))
        yield "".join(lines).encode()


def _add(lines: list[str], made: Node) -> None:
    """Write a node, then those in it."""
    inner: list[Node] = []
    said = []
    for key, value in made.items():
        if key == "@type":
            said.append(f"a {_word(value)}")
        elif key != "@id":
            values = value if isinstance(value, list) else [value]
            inner += [item for item in values if isinstance(item, dict) and item.keys() > {"@id"} and "@id" in item]
            said.append(f"{_word(key)} {', '.join(map(_object, values))}")
    lines.append(f"\n<{made['@id']}>\n    " + " ;\n    ".join(said) + " .\n")
    for item in inner:
        _add(lines, item)


def _object(value: Any) -> str:
    if isinstance(value, dict):
        return f"<{value['@id']}>" if "@id" in value else f"{_quoted(value['@value'])}^^{value['@type']}"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    # A double has an exponent, without which it would be a decimal.
    return f"{text}e0" if isinstance(value, float) and "e" not in text else text


def _quoted(text: str) -> str:
    """A text in quotes; JSON escapes what Turtle does, in the same way."""
    return json.dumps(text, ensure_ascii=False)


def _word(name: str) -> str:
    """A word with its prefix."""
    return name if ":" in name else f"schema:{name}"
