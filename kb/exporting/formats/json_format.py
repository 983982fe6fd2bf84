"""JSON: whole entries, as they are declared, with labels beside codes."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from ..columns import labelled
from ..export import LICENCE, PUBLISHER, Export, Links


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """What the file is about, and its entries."""
    about: dict[str, Any] = {
        "title": export.title,
        "address": export.address,
        "publisher": PUBLISHER,
        "licence": LICENCE,
        "change_number": export.change_number,
        "made_on": export.made_on.isoformat(),
        "kind": str(export.kind),
    }
    yield _written(about).encode().removesuffix(b"}") + b', "entries": ['
    before = "\n"
    for entries, names in export.named_batches(session):
        lines = []
        for entry in entries:
            lines.append(before + _written(labelled(export.kind, entry, names, links)))
            before = ",\n"
        yield "".join(lines).encode()
    yield b"\n]}\n"


def _written(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)
