"""The entries of the catalogue: lists, and each by its slug."""

from typing import Any

from flask import Response
from sqlalchemy import func, select

from kb.catalogue.entries import ENTRIES, EntryKind, loading
from kb.catalogue.entries.rows import dump
from kb.core.errors import NotFound
from kb.web.core import context
from kb.web.core.links import absolute, link_to_entry

from ..answers import answer, paged
from ..blueprint import gives
from ..cursors import read_cursor, write_cursor
from ..queries import PagedSchema

Data = dict[str, Any]


def _read(kind: EntryKind, ids: list[int]) -> list[Data]:
    model: Any = ENTRIES[kind].model
    rows = context.session().scalars(select(model).where(model.id.in_(ids)).options(*loading(kind)))
    found = {row.id: {"id": row.id, "url": absolute(link_to_entry(kind, row.slug)), **dump(kind, row)} for row in rows}
    return [found[entry_id] for entry_id in ids if entry_id in found]


def _list(kind: EntryKind, query: Data) -> Response:
    model: Any = ENTRIES[kind].model
    question = {"kind": str(kind)}
    after = read_cursor(question, query["cursor"]) if query["cursor"] else 0
    session = context.session()
    chosen = select(model.id).where(model.id > after).order_by(model.id).limit(query["limit"] + 1)
    ids = list(session.scalars(chosen))
    page = ids[: query["limit"]]
    cursor = write_cursor(question, page[-1]) if len(ids) > len(page) else None
    total = session.scalar(select(func.count(model.id)))
    return paged({"total": total, "items": _read(kind, page)}, cursor)


def _entry(kind: EntryKind, slug: str) -> Response:
    model: Any = ENTRIES[kind].model
    found = context.session().scalar(select(model.id).where(model.slug == slug))
    if found is None:
        raise NotFound(ENTRIES[kind].absent, given=slug)
    return answer(_read(kind, [found])[0])


def _add(kind: EntryKind) -> None:
    """Add the list of a kind, and the address of one."""
    definition = ENTRIES[kind]
    folder = definition.folder

    @gives(
        f"/{folder}",
        {"type": "object"},
        endpoint=folder,
        query=PagedSchema,
        tag=definition.plural,
        summary=f"{definition.plural}, a page at a time",
    )
    def list_entries(query: Data) -> Response:
        """List the entries of a kind."""
        return _list(kind, query)

    @gives(
        f"/{folder}/<slug>",
        {"type": "object"},
        endpoint=str(kind),
        tag=definition.plural,
        summary=f"{definition.label}, by its slug",
    )
    def one_entry(_query: Data, slug: str) -> Response:
        """Give one entry."""
        return _entry(kind, slug)


for _kind in EntryKind:
    _add(_kind)
