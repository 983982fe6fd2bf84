"""The files that go with a page: for its menu, its head, its `Link` headers, and for readers who ask by `Accept`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request, url_for
from werkzeug.datastructures import MIMEAccept

from kb.catalogue.entries import EntryKind
from kb.exporting.columns import tables_of
from kb.exporting.export import LICENCE
from kb.exporting.formats import FORMATS, TABLE_WRITERS, Format
from kb.exporting.linked_data import SCHEMA_TYPES

from ..core.links import absolute, canonical, current_path, path_to, with_query
from ..core.search_schema import shown_search
from .selections import PAGES, PageWithFiles, kind_of_file

_ABOUT_PAGE = "https://schema.org/AboutPage"

_MIMETYPES = frozenset(written_as.mimetype for written_as in FORMATS.values())


@dataclass(frozen=True, slots=True)
class FileOffer:
    """A file of the page of this request: its format, what it is for (English, marked for translation), and its path.

    `tables` are the other tables of the format, by label (English, marked for translation), each with its path.
    """

    format: Format
    purpose: str
    url: str
    tables: Mapping[str, str]


def file_offers() -> list[FileOffer]:
    """The files of the page of this request, for its menu, head and `Link`; none where it has none."""
    if "file_offers" not in g:
        g.file_offers = _offers()
    offers: list[FileOffer] = g.file_offers
    return offers


def _offers() -> list[FileOffer]:
    with_files = PAGES.get(request.endpoint or "")
    if with_files is None:
        return []
    kind = _kind(with_files)
    parameters = with_files.asked() if with_files.asked is not None else ""
    path = current_path()
    return [_offer(FORMATS[code], with_query(f"{path}.{code}", parameters), kind) for code in _formats(with_files)]


def _kind(with_files: PageWithFiles) -> EntryKind | None:
    """The kind of the entries in the files of this request's page; None where they hold a table without entries."""
    if request.endpoint != "search.search":
        return with_files.kind
    kind = kind_of_file(shown_search())
    return EntryKind(kind) if kind in set(EntryKind) else None


def _formats(with_files: PageWithFiles) -> Sequence[str]:
    return with_files.formats if _kind(with_files) is not None else tuple(TABLE_WRITERS)


def table_offers(page: str, **values: Any) -> list[FileOffer]:
    """The files of a table that stands on the page of this request; `page` and `values` are those of its address."""
    return [
        _offer(FORMATS[code], url_for("files.list_file", page=page, suffix=code, **values), None)
        for code in TABLE_WRITERS
    ]


def _offer(written_as: Format, url: str, kind: EntryKind | None) -> FileOffer:
    """The offer of a file of entries of a kind, or of a table without entries."""
    if kind is None:
        return FileOffer(written_as, written_as.purpose_of_table or written_as.purpose, url, {})
    tables = list(tables_of(kind).values())[1:] if written_as.code == "csv" else []
    more = "&" if "?" in url else "?"
    addresses = {table.label: f"{url}{more}table={table.name}" for table in tables}
    return FileOffer(written_as, written_as.purpose, url, addresses)


def _negotiate() -> None:
    """Note the format in which a page was asked for, if not as a page."""
    with_files = PAGES.get(request.endpoint or "")
    if with_files is None or request.method not in {"GET", "HEAD"}:
        return
    # Browsers name none of them, so for most pages nobody need find out which there are.
    if not _MIMETYPES.isdisjoint(mimetype.lower() for mimetype in request.accept_mimetypes.values()):
        code = wanted_format(request.accept_mimetypes, _formats(with_files))
        if code is not None:
            g.file_format = code


def wanted_format(accepted: MIMEAccept, formats: Sequence[str]) -> str | None:
    """The format that a reader names and likes at least as well as a page, if it does not name that too; else None."""
    named = {mimetype.lower(): quality for mimetype, quality in accepted if "*" not in mimetype}
    best = max(formats, key=lambda code: named.get(FORMATS[code].mimetype, 0.0))
    quality = named.get(FORMATS[best].mimetype, 0.0)
    page = max(accepted["text/html"], accepted["application/xhtml+xml"])
    is_page_named = not named.keys().isdisjoint({"text/html", "application/xhtml+xml"})
    return best if quality > page or (quality == page > 0 and not is_page_named) else None


def _label(response: Response) -> Response:
    """Tell programs what there is besides a page: its files, and what it is cited as (signposting.org)."""
    with_files = PAGES.get(request.endpoint or "")
    if with_files is None:
        return response
    response.vary.add("Accept")
    if with_files.is_one_entry and with_files.kind and response.status_code == 200 and "file_format" not in g:
        links = [f'<{canonical()}>; rel="cite-as"', f'<{LICENCE}>; rel="license"']
        links.append(f'<{absolute(path_to("about.about"))}>; rel="author"')
        links += [f'<{_ABOUT_PAGE}>; rel="type"', f'<{SCHEMA_TYPES[with_files.kind]}>; rel="type"']
        links += [
            f'<{absolute(offer.url)}>; rel="{"describedby" if offer.format.is_about else "alternate"}"; '
            f'type="{offer.format.mimetype}"'
            for offer in file_offers()
        ]
        response.headers.add("Link", ", ".join(links))
    return response


def register(app: Flask) -> None:
    """Look at `Accept` before a page is looked for in caches, and let templates ask for the files of their page."""
    app.before_request(_negotiate)
    app.after_request(_label)
    app.jinja_env.globals.update(file_offers=file_offers, table_offers=table_offers, kind_of_file=kind_of_file)
