"""The entries of the catalogue: lists, and each by its slug."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from flask import Response, g, redirect
from flask_babel import gettext
from sqlalchemy import select

from kb.catalogue.entries import ENTRIES, EntryKind, schema_of
from kb.core.errors import NotFound
from kb.editorial import queries
from kb.web.core import context
from kb.web.core.formatting import day
from kb.web.core.links import site_address
from kb.web.core.problem_details import problem_answer

from .. import listing
from ..answers import answer
from ..blueprint import gives
from ..json_schemas import list_schema, name_of, named
from ..listing import Rows
from ..query_schemas import CHANGED_SINCE, Names, SearchedSchema, StrictSchema
from ..reading import UNDECLARED, Data, expand, expandable, read_entries


def _read(kind: EntryKind, query: Data, ids: Sequence[int]) -> list[Data]:
    """Entries as a query asks for them."""
    found = read_entries(kind, ids, query["fields"] or None)
    expand(kind, found, query["expand"])
    return found


def _entry(kind: EntryKind, query: Data, slug: str) -> Any:
    model: Any = ENTRIES[kind].model
    session = context.session()
    row = session.execute(select(model.id, model.version).where(model.slug == slug)).one_or_none()
    if row is None:
        return _former(kind, slug)
    g.api_version = row.version
    return answer(_read(kind, query, [row.id])[0])


def _former(kind: EntryKind, slug: str) -> Any:
    """The way on from the address of an entry that was merged; since when one is withdrawn, and why."""
    session = context.session()
    target = queries.merged_into(session, kind, slug)
    if target is not None:
        return redirect(f"{site_address()}/api/v1/{ENTRIES[kind].folder}/{target}", 301)
    withdrawal = queries.withdrawal_at(session, kind, slug)
    if withdrawal is None:
        raise NotFound(ENTRIES[kind].absent, given=slug)
    sentence = gettext(
        "This entry was withdrawn on %(day)s: %(reason)s", day=day(withdrawal.at), reason=withdrawal.reason
    )
    return problem_answer(410, sentence)


def _shown(kind: EntryKind) -> dict[str, Any]:
    """The parameters that say how entries are shown."""
    return {
        "fields": Names(
            (*UNDECLARED, *schema_of(kind).declared),
            metadata={"description": "Only these fields, with commas between them. `id` and `url` are always given."},
        ),
        "expand": Names(
            expandable(kind),
            metadata={"description": "Fields that give whole objects instead of slugs and codes."},
        ),
    }


def _add(kind: EntryKind) -> None:
    """Add the list of a kind, and the address of one."""
    definition = ENTRIES[kind]
    folder, plural = definition.folder, definition.plural

    class ListSchema(SearchedSchema):
        class Meta(SearchedSchema.Meta):
            exclude: ClassVar[tuple[str, ...]] = ("page", "kind")

    shown = _shown(kind)
    list_query = type(f"{plural}Query", (ListSchema,), {**shown, "changed_since": CHANGED_SINCE})
    one_query = type(f"{definition.label}Query", (StrictSchema,), _shown(kind))

    @gives(
        f"/{folder}",
        list_schema(named(name_of(kind))),
        endpoint=folder,
        query=list_query,
        tag=plural,
        summary=f"{plural}: a page, a sample, counts, or what changed",
    )
    def list_entries(query: Data) -> Response:
        """List the entries of a kind."""
        return listing.entries(Rows.of_kind(kind, partial(_read, kind, query)), query)

    @gives(
        f"/{folder}/<slug>",
        named(name_of(kind)),
        endpoint=str(kind),
        query=one_query,
        tag=plural,
        summary=f"{definition.label}, by its slug",
    )
    def one_entry(query: Data, slug: str) -> Any:
        """Give one entry."""
        return _entry(kind, query, slug)


for _kind in EntryKind:
    _add(_kind)
