"""What the pages of downloads show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kb.exporting.citations import Citation, apa
from kb.exporting.coverage import Coverage
from kb.exporting.downloads.models import Download
from kb.exporting.formats import FORMATS, Format

from ..core.forms import Form
from ..core.links import absolute
from ..core.pages import Page

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
        return self.download.path

    @property
    def citation(self) -> str:
        """How to cite it, in one line."""
        return apa(citation_of(self.download))


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
        address=absolute(f"/downloads/{download.code}"),
        checksum=download.checksum,
    )
