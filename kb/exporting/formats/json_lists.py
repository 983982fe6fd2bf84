"""Writes the list that a JSON file ends with in pieces, an item a line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def write_list(about: Mapping[str, Any], name: str, batches: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """An object with what the file is about, then the items of all batches as a list by a name; a piece a batch."""
    yield f'{_written(about).removesuffix("}")}, "{name}": ['.encode()
    before = "\n"
    for items in batches:
        lines = []
        for item in items:
            lines.append(before + _written(item))
            before = ",\n"
        yield "".join(lines).encode()
    yield b"\n]}\n"


def _written(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
