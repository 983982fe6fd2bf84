"""Answers with files: streamed from a session of their own, which ends with the answer, however that ends."""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue.change_log import log_position
from kb.core.database_errors import DatabaseUnavailable
from kb.core.db import Database
from kb.core.errors import NotFound
from kb.core.standbys import NEWEST
from kb.exporting.columns import tables_of
from kb.exporting.export import Export, Links
from kb.exporting.formats import FORMATS, TABLE_WRITERS, Format

from ..core import context, limits, redirects
from ..core.context import session
from ..core.errors import plain_refusal
from ..core.formatting import today
from ..core.headers import as_attachment, open_to_other_sites
from ..core.links import absolute, site_address
from ..core.packing import Encoding, packer, wanted_encoding
from ..core.pages import ErrorPage
from ..core.search_schema import filter_where_none_is
from .selections import PAGES, AnySelection, ForumSelection, Selection, TableSelection, UnknownFilter

blueprint = Blueprint("files", __name__)

_ENTRIES_OF_A_PAGE = 1_000
"""As many rows or entries of a CSV file count as another page, against the rate of an address."""


def entry_file(page: str, suffix: str, **key: str) -> ResponseReturnValue:
    """One entry as a file, in the format of the suffix."""
    return answer(page, suffix, **key)


def list_file(page: str, suffix: str, **key: str) -> ResponseReturnValue:
    """All entries of a list or a search as a file, in the format of the suffix."""
    return answer(page, suffix, **key)


for _page, _with_files in PAGES.items():
    blueprint.add_url_rule(
        f"{_with_files.path}.<suffix>",
        "entry_file" if _with_files.is_one_entry else "list_file",
        entry_file if _with_files.is_one_entry else list_file,
        defaults={"page": _page},
    )


def answer(page: str, suffix: str, **key: str) -> ResponseReturnValue:
    """The file of a page in a format; where there is none, what there is."""
    with_files = PAGES[page]
    if suffix not in with_files.formats:
        return _no_such_format(with_files.formats)
    refused = None
    if with_files.asked is None and not with_files.is_one_entry:
        refused = filter_where_none_is(request.args, others=("table",) if with_files.kind else ())
    if refused is not None:
        return plain_refusal(refused)
    try:
        return _file(with_files.find(**key), FORMATS[suffix], with_files.is_one_entry)
    except UnknownFilter as problem:
        return plain_refusal(str(problem))
    except NotFound:
        kind = with_files.kind if with_files.is_one_entry else None
        former = redirects.at(kind, key["slug"], ending=f".{suffix}") if kind else None
        if former is None:
            raise
        return former


def _file(selection: AnySelection, written_as: Format, is_one_entry: bool) -> ResponseReturnValue:
    """The file of a selection; for HEAD nothing is found and nothing is read."""
    address = absolute(selection.page)
    if not isinstance(selection, Selection):
        if written_as.code not in TABLE_WRITERS:
            return _no_such_format(TABLE_WRITERS)
        return _response(
            _table(selection, written_as, address), written_as, selection.name, f'<{address}>; rel="canonical"'
        )
    part = request.args.get("table", "") if written_as.code == "csv" else ""
    tables = tables_of(selection.kind)
    if part and part not in tables:
        return _no_such_file(gettext("There are these tables: %(tables)s.", tables=", ".join(tables)))
    ids = () if request.method == "HEAD" else selection.ids()
    _count(len(ids) * written_as.effort)
    export = Export(
        kind=selection.kind,
        ids=ids,
        title=selection.title,
        address=address,
        change_number=log_position(session())[0],
        made_on=today(),
        table=part,
    )
    links = Links(site_address())
    pieces = _streamed(context.database(), session(), lambda reading: written_as.write(reading, export, links))
    name = f"{selection.name}-{part}" if part else selection.name
    return _response(pieces, written_as, name, f'<{address}>; rel="{"describes" if is_one_entry else "canonical"}"')


def _table(selection: TableSelection | ForumSelection, written_as: Format, address: str) -> Generator[bytes]:
    """A table in a format; what a search finds of the forum is read while it is written."""
    write = TABLE_WRITERS[written_as.code]
    if request.method == "HEAD":
        return _whole()
    if isinstance(selection, TableSelection):
        table = selection.make(address)
        _count(len([*table.rows]) * written_as.effort)
        return _whole(*write(table))
    ids, made_on = selection.ids(), today()
    _count(len(ids) * written_as.effort)
    return _streamed(
        context.database(), session(), lambda reading: write(selection.table(reading, ids, address, made_on))
    )


def _count(entries: int) -> None:
    """Count a large file as several pages, but never as more than half of what an address may ask for."""
    rate = context.config().rate_limit
    cost = min(entries // _ENTRIES_OF_A_PAGE, limits.amount_of(rate) // 2)
    if cost and not limits.is_exempt():
        limits.spend(rate, "page", limits.client_address(), cost=cost)


def _whole(*pieces: bytes) -> Generator[bytes]:
    """A file that was made already."""
    yield from pieces


def _response(pieces: Generator[bytes], written_as: Format, name: str, link: str) -> Response:
    file_name = f"citypeers-{name}-{today().isoformat()}.{written_as.code}"
    response = as_attachment(Response(mimetype=written_as.mimetype), file_name)
    response.headers.add("Link", link)
    encoding = wanted_encoding() if written_as.is_text else None
    if encoding:
        pieces = _packed(pieces, encoding)
        response.headers["Content-Encoding"] = encoding
    response.response = pieces
    return response


def _streamed(database: Database, session: Session, write: Callable[[Session], Iterator[bytes]]) -> Generator[bytes]:
    """What a format writes, of one state of the database that the request's session reads; opened when it is asked."""
    has_begun = False
    try:
        with database.snapshot(beside=session) as reading:
            pieces = write(reading)
            # The first may be a heading, for which nothing is read.
            first = tuple(islice(pieces, 2))
            has_begun = True
            yield from first
            yield from pieces
        return
    except DatabaseUnavailable:
        # What has been sent cannot be taken back.
        if has_begun or database.is_sqlite:
            raise
    with database.snapshot(after=NEWEST) as reading:
        yield from write(reading)


def _packed(pieces: Generator[bytes], encoding: Encoding) -> Generator[bytes]:
    """The pieces, packed; a thread packs each one while the next is written."""
    packing = packer(encoding)
    with ThreadPoolExecutor(1) as thread, closing(pieces):
        packed = thread.submit(bytes)
        for piece in pieces:
            before, packed = packed, thread.submit(packing.compress, piece)
            yield before.result()
        yield packed.result()
        yield packing.flush()


def _no_such_format(formats: Iterable[str]) -> ResponseReturnValue:
    endings = ", ".join(f".{code}" for code in formats)
    return _no_such_file(
        gettext("This page is available as a file with one of these endings: %(endings)s.", endings=endings)
    )


def _no_such_file(words: str) -> ResponseReturnValue:
    return ErrorPage(code=404, title=gettext("There is no such file"), explanation=words).render(), 404


def _answer_by_accept() -> ResponseReturnValue | None:
    """The file of a page that was asked for by `Accept`."""
    code: str | None = g.get("file_format")
    return answer(str(request.endpoint), code, **(request.view_args or {})) if code else None


def _open(response: Response) -> Response:
    return open_to_other_sites(response) if request.blueprint == "files" or "file_format" in g else response


def register(app: Flask) -> None:
    """Answer with files also where a page was asked for, once it is known that the reader has it not yet."""
    app.before_request(_answer_by_accept)
    app.after_request(_open)
