"""How to cite a download, a release, or the catalogue itself: APA, BibTeX and RIS."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .export import LICENCE_NAME, PUBLISHER


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
