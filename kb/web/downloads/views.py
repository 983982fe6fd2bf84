"""Making a download that can be cited, its page, and its files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import OneOf
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import TooManyRequests

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.exporting import citations
from kb.exporting.cells import csv_chunks
from kb.exporting.coverage import ROW_NAMES, Coverage
from kb.exporting.downloads import actions, queries, questions
from kb.exporting.downloads.making import Differs, is_small
from kb.exporting.downloads.models import Download
from kb.exporting.downloads.pieces import SOURCE_COLUMNS
from kb.exporting.formats import FORMATS
from kb.search.results import SearchQuery

from ..core import context, errors, forms, headers, limits
from ..core.context import session
from ..core.formatting import number
from ..core.forms import Form
from ..core.language import translated
from ..core.links import below_site, search_link, site_address
from ..core.pages import ErrorPage
from ..core.search_schema import search_schema
from ..search.results import named
from .data import blueprint as data_blueprint
from .data import file_to_keep
from .pages import DownloadPage, NewDownloadPage, WaitingDownloadPage, citation_of, made_on

_WHICH_KIND = gettext_noop("Choose what the file should list.")
_WHICH_FORMAT = gettext_noop("Choose a format.")


class DownloadSchema(Schema):
    """`kind` of entry and `format` of the file; the rest of the form is the search."""

    class Meta:
        """The other fields are the search's."""

        unknown = EXCLUDE

    kind = fields.Enum(
        EntryKind,
        by_value=True,
        required=True,
        error_messages=dict.fromkeys(("required", "null", "invalid", "unknown"), _WHICH_KIND),
    )
    format = fields.String(
        required=True,
        validate=OneOf(list(FORMATS), error=_WHICH_FORMAT),
        error_messages=dict.fromkeys(("required", "null", "invalid"), _WHICH_FORMAT),
    )


KINDS = tuple(ENTRIES)
"""The kinds of which there are files."""


BY_ADDRESS = "60 per hour"
"""How many downloads one address may ask for: an institute has one for all."""

IN_ALL = "600 per hour"
"""How many everybody may ask for; asking for the same again counts too."""

_ENTRIES_OF_A_COUNT = 2_000
_MOST_COST = 50
"""A large one counts as several: what it is made from stays in the database."""

_LOOK_AGAIN_SECONDS = 3
_YEAR_SECONDS = 31_536_000
_CHUNK_BYTES = 1 << 16

blueprint = Blueprint("downloads", __name__)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search as an address or a form has it: what was left out of it, and what it finds, by kind."""

    question: SearchQuery
    unknown: Sequence[tuple[str, str]]
    counts: Counter[str]


@blueprint.get("/downloads")
def downloads() -> ResponseReturnValue:
    """Where the ways to get data are told."""
    return redirect(url_for("data.data"))


@blueprint.get("/downloads/new")
def new_download() -> ResponseReturnValue:
    """The form for a search, whose address it repeats: which entries, and in which format."""
    search = _read(request.args)
    chosen = search.question.chosen.get("kind", ())
    kind = next((str(kind) for kind in KINDS if (kind in chosen if chosen else search.counts[kind])), "")
    wanted = request.args.get("format", "")
    form = Form({"kind": kind, "format": wanted if wanted in FORMATS else next(iter(FORMATS))})
    return headers.keep_out_of_search_engines(make_response(_new_page(form, search).render()))


@blueprint.post("/downloads")
def download_submit() -> ResponseReturnValue:
    """Make a download, or find that there is one already; with something wrong, the form again."""
    search = _read(request.form)
    data, form = forms.read(DownloadSchema(), request.form)
    page = _new_page(form, search)
    if data is None:
        return page.render(), 422
    count = search.counts[data["kind"]]
    if not count:
        nothing = gettext("This search finds nothing of this kind, so there is nothing to download.")
        return replace(page, form=form.with_problem(nothing)).render(), 422
    try:
        cost = min(1 + count // _ENTRIES_OF_A_COUNT, _MOST_COST)
        limits.spend(BY_ADDRESS, "download", limits.client_address(), cost=cost)
        limits.spend(IN_ALL, "download", cost=cost)
    except TooManyRequests as problem:
        text, seconds = limits.seconds_to_wait(problem)
        return replace(page, form=form.with_problem(text)).render(), 429, {"Retry-After": str(seconds)}
    asked = questions.of_kind(search.question, data["kind"])
    about = questions.described(session(), asked, data["kind"])
    with context.database().writing() as writing:
        download = actions.ask_for(
            writing,
            question=asked,
            kind=data["kind"],
            file_format=data["format"],
            about=about,
            path=below_site(search_link(asked)),
            site=site_address(),
        )
    if is_small(data["format"], count):
        context.downloads().make(download.id)
    return redirect(url_for("downloads.download", code=download.code), 303)


@blueprint.get("/downloads/<code>")
def download(code: str) -> ResponseReturnValue:
    """The page of a download; while it is being made, one that looks again by itself."""
    download = queries.download_by_code(session(), code)
    if download.code != code:
        return redirect(url_for("downloads.download", code=download.code), 301)
    if download.state == "made":
        made = DownloadPage(download=download, coverage=_coverage(download))
        return made.render(), {"Link": made.links()}
    problem = translated(download.problem or "") if download.state == "failed" else None
    again = [("kind", str(download.kind)), ("format", download.format), *_pairs(download.path)]
    page = WaitingDownloadPage(download=download, problem=problem, again=again).render()
    if problem is not None:
        return page, 503
    context.downloads().make_later(download.id)
    return page, 202, {"Refresh": str(_LOOK_AGAIN_SECONDS)}


@blueprint.get("/downloads/<code>/data.<file_format>")
def data(code: str, file_format: str) -> ResponseReturnValue:
    """The file, byte for byte as it was; where that can no longer be, a page that says so."""
    download = _made(code)
    if download.format != file_format:
        raise NotFound
    try:
        file = context.downloads().open(download)
    except Differs as differs:
        return _gone(download, differs)
    mimetype = FORMATS[file_format].mimetype
    response = file_to_keep(_chunks(file), f"{_name(download)}.{file_format}", mimetype)
    response.call_on_close(file.close)
    response.headers["Content-Length"] = str(download.size)
    response.set_etag(download.checksum or "")
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    return response.make_conditional(request)


@blueprint.get("/downloads/<code>/sources.csv")
def sources(code: str) -> ResponseReturnValue:
    """The sources of the entries as they were: one row for each source of an entry."""
    download = _made(code)
    rows = context.downloads().source_rows(download)
    return file_to_keep(csv_chunks(SOURCE_COLUMNS, rows), f"{_name(download)}-sources.csv", "text/csv")


@blueprint.get("/downloads/<code>/coverage.csv")
def coverage(code: str) -> ResponseReturnValue:
    """What the download covers and lacks, beside the whole catalogue as it was."""
    download = _made(code)
    rows = _coverage(download).rows()
    return file_to_keep(csv_chunks(ROW_NAMES, [rows]), f"{_name(download)}-coverage.csv", "text/csv")


@blueprint.get("/downloads/<code>/citation.bib")
def citation_bibtex(code: str) -> ResponseReturnValue:
    """How to cite it, for BibTeX."""
    download = _made(code)
    text = citations.bibtex(citation_of(download))
    return file_to_keep([text.encode()], f"{_name(download)}.bib", FORMATS["bib"].mimetype)


@blueprint.get("/downloads/<code>/citation.ris")
def citation_ris(code: str) -> ResponseReturnValue:
    """How to cite it, for reference managers."""
    download = _made(code)
    text = citations.ris(citation_of(download))
    return file_to_keep([text.encode()], f"{_name(download)}.ris", FORMATS["ris"].mimetype)


def _made(code: str) -> Download:
    """A download that is made. NotFound for any other."""
    download = queries.download_by_code(session(), code)
    if download.state != "made":
        raise NotFound
    return download


def _coverage(download: Download) -> Coverage:
    return Coverage.from_json(download.coverage or {})


def _name(download: Download) -> str:
    return f"citypeers-{made_on(download).isoformat()}-{download.code}"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _gone(download: Download, differs: Differs) -> ResponseReturnValue:
    """Say that a file cannot be given as it was, instead of another one."""
    words = gettext(
        "This file was deleted to save space. It was built again, but the result is not exactly the same: its checksum "
        "(SHA-256) is %(new)s instead of %(old)s. A newer version of this program may write files differently. You can "
        "make a new download of the same search.",
        new=differs.checksum or gettext("unknown, because its parts could not be read"),
        old=download.checksum,
    )
    if errors.wants_json():
        return jsonify(error=words), 410
    title = gettext("This file is no longer available")
    return ErrorPage(code=410, title=title, explanation=words).render(), 410


def _read(sent: MultiDict[str, str]) -> _Search:
    """Read a search, and count what it finds, whatever kind it names."""
    question, refused = search_schema().read(sent, others=("csrf_token", "format"))
    every = {name: values for name, values in question.chosen.items() if name != "kind"}
    found = context.search().matching_ids(session(), replace(question, chosen=every))
    counts = Counter({str(kind): len(ids) for kind, ids in found.ids.items()})
    return _Search(replace(question.without(found.unknown), page=1), named((*found.unknown, *refused)), counts)


def _new_page(form: Form, search: _Search) -> NewDownloadPage:
    listed = [kind for kind in KINDS if search.counts[kind]] or KINDS
    return NewDownloadPage(
        form=form,
        question=search.question.text,
        filters=questions.filters_of(session(), search.question),
        search_url=search_link(search.question),
        hidden=_pairs(search_link(search.question)),
        kinds=[(str(kind), translated(ENTRIES[kind].plural), _entries(search.counts[kind])) for kind in listed],
        formats=[(each.code, translated(each.label), translated(each.purpose)) for each in FORMATS.values()],
        unknown=search.unknown,
    )


def _entries(count: int) -> str:
    return str(ngettext("%(number)s entry", "%(number)s entries", count, number=number(count)))


def _pairs(path: str) -> list[tuple[str, str]]:
    """The names and values of a search's address, but for the kind."""
    return [(name, value) for name, value in parse_qsl(urlsplit(path).query) if name != "kind"]


BLUEPRINTS = [blueprint, data_blueprint]
