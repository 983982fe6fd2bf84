"""How to cite a download, a release, the catalogue itself (APA, BibTeX, RIS), and its entries."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, Data, EntryKind

from .export import LICENCE_NAME, PUBLISHER, Export, Links
from .labels import term_labels
from .names import Names, cities_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """What is cited: a data set with its title, its version, the day it was made, and its whole address.

    `key` names it in a bibliography. `checksum` is the SHA-256 of its file, None where there is none.
    """

    key: str
    title: str
    version: str
    made_on: date
    address: str
    checksum: str | None = None


def apa(citation: Citation) -> str:
    """A line in the style of the American Psychological Association (7th edition), without italics."""
    title = citation.title.rstrip(".")
    made_on = f"{citation.made_on.year}, {citation.made_on:%B} {citation.made_on.day}"
    return f"{PUBLISHER}. ({made_on}). {title} (Version {citation.version}) [Data set]. {citation.address}"


def bibtex(citation: Citation) -> str:
    """An entry for BibTeX; `@misc`, since data sets have no type of their own there."""
    fields = {
        "author": f"{{{PUBLISHER}}}",
        "title": f"{{{tex(citation.title)}}}",
        "year": str(citation.made_on.year),
        "month": str(citation.made_on.month),
        "version": tex(citation.version),
        "howpublished": "Data set",
        "publisher": PUBLISHER,
        "url": citation.address,
        "note": ", ".join((LICENCE_NAME, *([f"SHA-256 {citation.checksum}"] if citation.checksum else []))),
    }
    return bibtex_record(citation.key, fields)


def bibtex_record(key: str, fields: Mapping[str, str]) -> str:
    """A record of the type misc; fields without a value are left out."""
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def ris(citation: Citation) -> str:
    """A record for reference managers (RIS), of the type DATA."""
    made_on = citation.made_on
    lines = [
        ("TY", "DATA"),
        ("AU", PUBLISHER),
        ("TI", citation.title),
        ("PY", str(made_on.year)),
        ("DA", f"{made_on:%Y/%m/%d}"),
        ("ET", citation.version),
        ("PB", PUBLISHER),
        ("UR", citation.address),
        ("N1", f"SHA-256 {citation.checksum}" if citation.checksum else ""),
        ("C1", LICENCE_NAME),
    ]
    return ris_record(lines)


def ris_record(lines: Iterable[tuple[str, str]]) -> str:
    """A record of tags with their values, each in one line, whatever a text has; tags without a value are left out."""
    written = [f"{tag}  - {one_line(value)}\r\n" for tag, value in lines if value]
    return "".join((*written, "ER  - \r\n"))


_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def tex(text: str) -> str:
    """A text as the value of a field of BibTeX, in one line."""
    return "".join(_SPECIAL.get(sign, sign) for sign in one_line(text))


def one_line(text: str) -> str:
    """A text without line breaks."""
    return re.sub(r"\s+", " ", text).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A page of the catalogue: `key` names it in a bibliography, `keywords` are English labels."""

    key: str
    title: str
    changed_on: date
    retrieved_on: date
    address: str
    language: str
    abstract: str | None
    keywords: tuple[str, ...]


def references(session: Session, export: Export, links: Links) -> Iterator[list[Reference]]:
    """The entries of an export in batches, as they are cited."""
    for entries, names in export.named_batches(session):
        yield [_reference(export, entry, names, links) for entry in entries]


def _reference(export: Export, entry: Data, names: Names, links: Links) -> Reference:
    kind, definition = export.kind, ENTRIES[export.kind]
    title = entry[definition.title]
    places = [names.cities[slug].name for slug in cities_of(kind, entry) if slug in names.cities]
    if kind is EntryKind.CITY:
        places = [city.country for slug in cities_of(kind, entry) if (city := names.cities.get(slug))]
    return Reference(
        key=entry["slug"],
        title=f"{title} ({', '.join(places)})" if places else title,
        changed_on=date.fromisoformat(entry["updated_at"][:10]),
        retrieved_on=export.made_on,
        address=links.entry(kind, entry["slug"]),
        language=entry["language"],
        abstract=entry[definition.summary] if definition.summary else None,
        keywords=tuple(dict.fromkeys(term_labels(kind, entry, names))),
    )
