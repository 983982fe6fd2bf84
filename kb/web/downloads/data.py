"""The page about the data as files: the releases, what changed between them, each column, and how to cite."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.core.errors import NotFound
from kb.exporting import citations, codebook
from kb.exporting.cells import csv_chunks
from kb.exporting.citations import Citation, apa
from kb.exporting.formats import FORMATS, Format
from kb.exporting.releases.documents import address_of, release_citation
from kb.exporting.releases.listing import Release, Releases
from kb.exporting.releases.schemas import ReleaseTable
from kb.exporting.releases.tables import codebook_rows, release_tables

from ..core import context
from ..core.headers import as_attachment, open_to_other_sites
from ..core.jsonld import JSONLD
from ..core.links import site_address
from ..core.pages import Page
from .pages import dataset

blueprint = Blueprint("data", __name__)

_YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, kw_only=True)
class DataPage(Page):
    """The releases, the newest first, the tables with their columns, and the formats of files."""

    template = "downloads/data.html"
    releases: Sequence[Release]
    tables: Sequence[ReleaseTable]
    formats: Sequence[Format]

    @property
    def citation(self) -> str:
        """How to cite the newest release; empty where there is none."""
        return apa(_citation(self.releases[0])) if self.releases else ""

    @property
    def jsonld(self) -> JSONLD | None:
        """The newest release as a data set, for machines; None where there is none."""
        if not self.releases:
            return None
        release = self.releases[0]
        path = url_for("data.archive", name=release.name)
        description = f"All tables of CityPeers with {release.total} entries, as of change {release.change_number}."
        return dataset(_citation(release), description, (path, "application/zip", release.size, release.checksum))


@blueprint.get("/data")
def data() -> str:
    """The releases, each with what changed since the one before; the columns of all tables; and how to cite."""
    return DataPage(releases=_releases().all(), tables=release_tables(), formats=list(FORMATS.values())).render()


@blueprint.get("/data/codebook.csv")
def codebook_file() -> ResponseReturnValue:
    """What each column of each table means, as a table."""
    return file_to_keep(csv_chunks(codebook.HEADER, [codebook_rows()]), "citypeers-codebook.csv", "text/csv")


@blueprint.get("/data/releases/<name>")
def release(name: str) -> ResponseReturnValue:
    """The address that a release is cited by; leads to where it is listed."""
    return redirect(url_for("data.data", _anchor=_release(name).name))


@blueprint.get("/data/releases/<name>.zip")
def archive(name: str) -> ResponseReturnValue:
    """The archive of a release."""
    release = _release(name)
    response = send_file(
        _releases().path_of(release).absolute(),
        mimetype="application/zip",
        etag=release.checksum,
    )
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    return open_to_other_sites(as_attachment(response, release.archive))


@blueprint.get("/data/releases/<name>.bib")
def citation_bibtex(name: str) -> ResponseReturnValue:
    """How to cite a release, for BibTeX."""
    text = citations.bibtex(_citation(_release(name)))
    return file_to_keep(text, f"{name}.bib", FORMATS["bib"].mimetype)


@blueprint.get("/data/releases/<name>.ris")
def citation_ris(name: str) -> ResponseReturnValue:
    """How to cite a release, for reference managers."""
    text = citations.ris(_citation(_release(name)))
    return file_to_keep(text, f"{name}.ris", FORMATS["ris"].mimetype)


def _releases() -> Releases:
    return Releases(context.config().releases_folder)


def _release(name: str) -> Release:
    """A release by its name. NotFound where there is none."""
    release = _releases().named(name)
    if release is None:
        raise NotFound(gettext("There is no such release."))
    return release


def _citation(release: Release) -> Citation:
    address = site_address() + address_of(release.name)
    return release_citation(release.name, release.version, release.made_on, address, release.checksum)


def file_to_keep(content: Iterable[bytes] | str, name: str, mimetype: str) -> Response:
    """A file to keep under a name."""
    return open_to_other_sites(as_attachment(Response(content, mimetype=mimetype), name))
