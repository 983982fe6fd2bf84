"""The texts of a release: its data package, what it is, how to cite it, and its licence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kb.catalogue.entries import ENTRIES, EntryKind

from ..citations import Citation, apa
from ..export import LICENCE, PUBLISHER
from .schemas import ReleaseTable

TITLE = "CityPeers: what cities do with technology to become sustainable"

_LICENCE_TEXT = f"""Creative Commons Attribution 4.0 International (CC BY 4.0)
{LICENCE}

You may use, share and adapt these data for any purpose, also a commercial one, if you give CityPeers as the source,
link to the licence, and say what you changed. The full text is at {LICENCE}legalcode

Names, coordinates and populations of places: GeoNames (https://www.geonames.org/), CC BY 4.0.
Regions of countries: United Nations (M49). Income groups of countries: World Bank.
Goals and targets: United Nations; their short labels are in our own words.
Texts and figures rest on the sources that each entry lists. Pictures are not part of this archive; the tables of
pictures say who made each and under which licence.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the texts say of a release."""

    name: str
    version: str
    made_on: date
    change_number: int
    site: str
    entries: Mapping[str, int]
    previous: str | None
    changes: Mapping[str, int]

    @property
    def address(self) -> str:
        """The address that it is cited by."""
        return f"{self.site}{address_of(self.name)}"

    @property
    def citation(self) -> Citation:
        """How it is cited; its checksum is known only once it is written."""
        return release_citation(self.name, self.version, self.made_on, self.address)


def address_of(name: str) -> str:
    """The path of a release."""
    return f"/data/releases/{name}"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """The size and the SHA-256 of a file of the archive."""

    size: int
    checksum: str


def release_citation(name: str, version: str, made_on: date, address: str, checksum: str | None = None) -> Citation:
    """How a release is cited."""
    return Citation(key=name, title=TITLE, version=version, made_on=made_on, address=address, checksum=checksum)


def texts(about: About) -> dict[str, str]:
    """The texts by their path, but for the data package."""
    return {"README.md": _readme(about), "CITATION.cff": _citation_file(about), "LICENSE.txt": _LICENCE_TEXT}


def data_package(about: About, tables: Sequence[tuple[ReleaseTable, WrittenFile]]) -> str:
    """The description of the tables for programs, after the Data Package standard of the Frictionless project."""
    described: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": about.name,
        "title": TITLE,
        "version": about.version,
        "created": f"{about.made_on.isoformat()}T00:00:00Z",
        "homepage": about.address,
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE, "title": "Creative Commons Attribution 4.0"}],
        "contributors": [{"title": PUBLISHER, "path": about.site, "role": "publisher"}],
        "sources": [{"title": "GeoNames", "path": "https://www.geonames.org/"}],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": table.name,
                "title": table.label,
                "path": table.path,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": file.size,
                "hash": f"sha256:{file.checksum}",
                "schema": table.schema(),
            }
            for table, file in tables
        ],
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _citation_file(about: About) -> str:
    """CITATION.cff, as cite tools and GitHub read it (Citation File Format 1.2)."""
    return f"""cff-version: 1.2.0
message: "If you use these data, please cite them as below."
type: dataset
title: {json.dumps(TITLE)}
authors:
  - name: {PUBLISHER}
    website: {json.dumps(about.site)}
version: {json.dumps(about.version)}
date-released: {about.made_on.isoformat()}
license: CC-BY-4.0
url: {json.dumps(about.address)}
"""


def _readme(about: About) -> str:
    entries = "\n".join(f"- {ENTRIES[EntryKind(kind)].plural}: {count:,}" for kind, count in about.entries.items())
    changes = (
        f"Since {about.previous}: " + ", ".join(f"{count:,} {what}" for what, count in about.changes.items()) + "."
        if about.previous
        else "This is the first release."
    )
    return f"""# {TITLE}

Version {about.version}: the catalogue as it was after change {about.change_number}, on {about.made_on.isoformat()}.

{entries}

{changes}

## Files
- `data/`: the tables. One row for each entry in `initiatives.csv`, `cities.csv`, `leaders.csv` and `visions.csv`; lists
  of an entry in tables of their own, such as `initiatives-outcomes.csv`; and the lists that entries refer to.
- Also in `data/`: public sessions of the forum in `sessions.csv`, with speakers, programme and what was said in tables
  of their own, such as `sessions-programme.csv`; questions of their audience that were answered in `answers.csv`; and
  questions of readers that cities answered in `city-answers.csv`. Names of people who asked, or who answered
  without speaking in the session, are left out.
- `datapackage.json`: types, keys and references of all tables (Frictionless Data Package).
- `codebook.csv`: what each column means.
- `coverage.csv`: how many entries there are by region, income of the country, size of the city, goal and decade, and
  how many have no cost, no goal and so on. This is not a sample of the world's cities: it has what was published and
  what was found.
- `changes.csv`: entries, sessions and answers that were added, changed, withdrawn or merged since the previous release.
- `entries.csv` and `sessions-and-answers.csv`: every entry, session and answer with a checksum of what it says.
- `CITATION.cff`, `LICENSE.txt`, and `SHA256SUMS` (check with `sha256sum -c SHA256SUMS`).

Tables are UTF-8 with commas; an empty cell is unknown. A text that a spreadsheet would run as a formula, since it
begins with one of `= + - @`, has an apostrophe in front.

## How to cite
{apa(about.citation)}
"""
