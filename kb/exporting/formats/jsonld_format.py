"""JSON-LD: the entries as linked data."""

import json
from collections.abc import Iterator

from sqlalchemy.orm import Session

from ..export import Export, Links
from ..linked_data import node
from ..vocabulary import CONTEXT


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """A graph with a node for each entry."""
    yield b'{"@context": ' + json.dumps(CONTEXT).encode() + b', "@graph": ['
    before = "\n"
    for entries, names in export.named_batches(session):
        lines = []
        for entry in entries:
            lines.append(before + json.dumps(node(export.kind, entry, names, links), ensure_ascii=False))
            before = ",\n"
        yield "".join(lines).encode()
    yield b"\n]}\n"
