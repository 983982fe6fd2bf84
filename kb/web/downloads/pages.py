"""What the pages of downloads show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlsplit

from flask import url_for

from kb.exporting.citations import Citation, apa
from kb.exporting.coverage import Coverage
from kb.exporting.downloads.models import Download
from kb.exporting.formats import FORMATS, Format

from ..core import context
from ..core.forms import Form
from ..core.jsonld import JSONLD
from ..core.links import absolute
from ..core.pages import Page
from .datasets import dataset, link_header

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
        """The same question today."""
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
