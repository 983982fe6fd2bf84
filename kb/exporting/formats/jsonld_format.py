"""JSON-LD: the entries as linked data."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ..export import Export, Links
from ..linked_data import CONTEXT, node
from .json_format import write_list


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """A graph with a node for each entry."""
    batches = (
        (node(export.kind, entry, names, links) for entry in entries)
        for entries, names in export.named_batches(session)
    )
    return write_list({"@context": CONTEXT}, "@graph", batches)
