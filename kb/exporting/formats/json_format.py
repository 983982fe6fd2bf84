"""JSON: whole entries, as they are declared, with labels beside codes; or the rows of another table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from ..export import LICENCE, PUBLISHER, Export, Links
from ..labels import labelled
from ..plain_tables import PlainTable


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """What the file is about, and its entries."""
    about = {
        "title": export.title,
        "address": export.address,
        "publisher": PUBLISHER,
        "licence": LICENCE,
        "change_number": export.change_number,
        "made_on": export.made_on.isoformat(),
        "kind": str(export.kind),
    }
    batches = (
        (labelled(export.kind, entry, names, links) for entry in entries)
        for entries, names in export.named_batches(session)
    )
    return write_list(about, "entries", batches)


def write_table(table: PlainTable) -> Iterator[bytes]:
    """What the file is about, and an object for each row."""
    about = {"title": table.title, "address": table.address, "publisher": PUBLISHER, "licence": LICENCE}
    header = table.header
    return write_list(
        about, "rows", ([dict(zip(header, row, strict=True)) for row in rows] for rows in table.batches())
    )


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
