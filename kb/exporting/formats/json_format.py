"""JSON: whole entries, as they are declared, with labels beside codes; or the rows of another table."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ..export import LICENCE, PUBLISHER, Export, Links
from ..labels import labelled
from ..plain_tables import PlainTable
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


def write_table(table: PlainTable) -> Iterator[bytes]:
    """What the file is about, and an object for each row."""
    about = {"title": table.title, "address": table.address, "publisher": PUBLISHER, "licence": LICENCE}
    header = table.header
    return write_list(
        about, "rows", ([dict(zip(header, row, strict=True)) for row in rows] for rows in table.batches())
    )
