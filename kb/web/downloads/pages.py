"""What the pages of downloads show, and what they say to machines: schema.org, and links to files (signposting.org)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlsplit

from flask import url_for

from kb.exporting.citations import Citation, apa
from kb.exporting.coverage import Coverage
from kb.exporting.downloads.models import Download
from kb.exporting.export import LICENCE, PUBLISHER
from kb.exporting.formats import FORMATS, Format

from ..core import context
from ..core.forms import Form
from ..core.jsonld import JSONLD
from ..core.links import absolute, site_address
from ..core.pages import Page

Distribution = tuple[str, str, int, str]
"""A file: its path, its media type, its size in bytes and its SHA-256."""


def dataset(citation: Citation, description: str, distribution: Distribution) -> JSONLD:
    """A data set that is cited, with its file."""
    path, mimetype, size, checksum = distribution
    publisher = {"@type": "Organization", "name": PUBLISHER, "url": f"{site_address()}/"}
    return {
        "@type": "Dataset",
        "name": citation.title,
        "description": description,
        "url": citation.address,
        "identifier": citation.address,
        "version": citation.version,
        "datePublished": citation.made_on.isoformat(),
        "license": LICENCE,
        "creator": publisher,
        "publisher": publisher,
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": absolute(path),
                "encodingFormat": mimetype,
                "contentSize": f"{size} B",
                "sha256": checksum,
            }
        ],
    }


def link_header(citation: Citation, item: tuple[str, str], citations: Sequence[tuple[str, str]]) -> str:
    """The `Link` header of a data set's page: what it is cited as, its file, and files that describe it, by path."""
    links = [
        f'<{citation.address}>; rel="cite-as"',
        f'<{LICENCE}>; rel="license"',
        '<https://schema.org/Dataset>; rel="type"',
        '<https://schema.org/AboutPage>; rel="type"',
        f'<{absolute(item[0])}>; rel="item"; type="{item[1]}"',
    ]
    return ", ".join(
        links + [f'<{absolute(path)}>; rel="describedby"; type="{mimetype}"' for path, mimetype in citations]
    )


Choice = tuple[str, str, str]
"""A value of a form with its label and a hint, both translated."""


@dataclass(frozen=True, kw_only=True)
class NewDownloadPage(Page):
    """The form: which entries of a search, and in which format; `unknown` are filters that were left out."""

    template = "downloads/new.html"
    form: Form
    question: str
    filters: Sequence[Sequence[str]]
    search_url: str
    hidden: Sequence[tuple[str, str]]
    kinds: Sequence[Choice]
    formats: Sequence[Choice]
    unknown: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class WaitingDownloadPage(Page):
    """A download that is being made, or could not be: then `problem` says why, and `again` is what to send."""

    template = "downloads/waiting.html"
    download: Download
    problem: str | None
    again: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class DownloadPage(Page):
    """A download that is made."""

    template = "downloads/download.html"
    download: Download
    coverage: Coverage

    @property
    def format(self) -> Format:
        """The format of its file."""
        return FORMATS[self.download.format]

    @property
    def made_on(self) -> date:
        """The day on which it was made."""
        return made_on(self.download)

    @property
    def search_url(self) -> str:
        """The path of the search that was downloaded, which shows what it finds today."""
        return context.config().site_path + self.download.path

    @property
    def has_year_bounds(self) -> bool:
        """Whether the search asks for start years, and so leaves out entries without one."""
        return not {"year_from", "year_to"}.isdisjoint(parse_qs(urlsplit(self.download.path).query))

    @property
    def citation(self) -> str:
        """How to cite it, in one line."""
        return apa(citation_of(self.download))

    @property
    def jsonld(self) -> JSONLD:
        """The download as a data set, for machines."""
        description = f"{self.download.entries} entries of CityPeers, as of change {self.download.change_number}."
        file = (self.file_path, self.format.mimetype, self.download.size or 0, self.download.checksum or "")
        return dataset(citation_of(self.download), description, file)

    @property
    def file_path(self) -> str:
        """The path of its file."""
        return url_for("downloads.data", code=self.download.code, file_format=self.download.format)

    def links(self) -> str:
        """Its `Link` header."""
        code = self.download.code
        citations = [
            (url_for("downloads.citation_bibtex", code=code), FORMATS["bib"].mimetype),
            (url_for("downloads.citation_ris", code=code), FORMATS["ris"].mimetype),
        ]
        return link_header(citation_of(self.download), (self.file_path, self.format.mimetype), citations)


def made_on(download: Download) -> date:
    """The day on which a download was made."""
    return (download.made_at or download.asked_at).date()


def citation_of(download: Download) -> Citation:
    """What is cited of a download."""
    return Citation(
        key=f"citypeers-{download.code}",
        title=download.words,
        version=str(download.change_number),
        made_on=made_on(download),
        address=absolute(url_for("downloads.download", code=download.code)),
        checksum=download.checksum,
    )
