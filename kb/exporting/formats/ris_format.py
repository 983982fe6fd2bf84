"""RIS: a record for the page of each entry, for reference managers."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ..citations import Reference, references, ris_record
from ..export import LICENCE_NAME, PUBLISHER, Export, Links


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """The records, in UTF-8."""
    for batch in references(session, export, links):
        yield "".join(map(_record, batch)).encode()


def _record(reference: Reference) -> str:
    """The page as an electronic source."""
    lines = [
        ("TY", "ELEC"),
        ("ID", reference.key),
        ("AU", PUBLISHER),
        ("TI", reference.title),
        ("PY", str(reference.changed_on.year)),
        ("DA", f"{reference.changed_on:%Y/%m/%d}"),
        ("PB", PUBLISHER),
        ("UR", reference.address),
        ("Y2", f"{reference.retrieved_on:%Y/%m/%d}"),
        ("LA", reference.language),
        ("AB", reference.abstract or ""),
        *(("KW", keyword) for keyword in reference.keywords),
        ("C1", LICENCE_NAME),
    ]
    return ris_record(lines)
