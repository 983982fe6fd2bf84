"""BibTeX: a record for the page of each entry."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ..citations import Reference, bibtex_record, references, tex
from ..export import LICENCE_NAME, PUBLISHER, Export, Links


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """The records, in UTF-8."""
    for batch in references(session, export, links):
        yield "".join(map(_record, batch)).encode()


def _record(reference: Reference) -> str:
    fields = {
        "author": f"{{{PUBLISHER}}}",
        "title": f"{{{tex(reference.title)}}}",
        "year": str(reference.changed_on.year),
        "month": str(reference.changed_on.month),
        "howpublished": "Web page",
        "publisher": PUBLISHER,
        "url": reference.address,
        "urldate": reference.retrieved_on.isoformat(),
        "language": reference.language,
        "abstract": tex(reference.abstract) if reference.abstract else "",
        "keywords": tex(", ".join(keyword.replace(",", "") for keyword in reference.keywords)),
        "note": f"Last changed {reference.changed_on.isoformat()}, {LICENCE_NAME}",
    }
    return bibtex_record(reference.key, fields)
