"""JSON: whole entries, as they are declared, with labels beside codes."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ..export import LICENCE, PUBLISHER, Export, Links
from ..labels import labelled
from .json_lists import write_list


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
