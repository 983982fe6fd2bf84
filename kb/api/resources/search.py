"""The search over everything, with the parameters of its page."""

from collections.abc import Sequence

from flask import Response

from kb.search.kinds import Key
from kb.search.results import SearchQuery
from kb.search.selection import keys_of
from kb.search.snippets import Pieces
from kb.web.core import context
from kb.web.core.links import absolute, link_to

from .. import listing
from ..answers import paged
from ..blueprint import gives
from ..caching import change_number
from ..json_schemas import list_schema, named
from ..listing import Pagination, identity_of, selected
from ..query_schemas import SearchedSchema
from ..reading import Data


@gives(
    "/search",
    list_schema(named("Hit")),
    query=SearchedSchema,
    tag="Search",
    summary="Search entries, sessions, talks and answers, or count what is found",
)
def search(query: Data) -> Response:
    """Give hits of every kind."""
    question: SearchQuery = query["question"]
    selection = selected(question)
    if query["group_by"]:
        return listing.groups(selection, query["group_by"])
    if query["sample"]:
        documents, cursor = selection.sample(query["sample"], query["seed"]), None
    else:
        pagination = Pagination.from_cursor({"list": "search", **identity_of(query)}, query["cursor"])
        page_of = listing.by_id if query["by_id"] else listing.in_order
        documents, cursor = page_of(selection, query, pagination)
    items = _hits(question.text, keys_of(documents))
    return paged({"total": selection.total, "change": change_number(), "items": items}, cursor)


def _hits(text: str, keys: Sequence[Key]) -> list[Data]:
    return [
        {
            "kind": str(hit.kind),
            "id": hit.entry.id,
            "url": absolute(link_to(hit.entry)),
            "slug": getattr(hit.entry, "slug", None),
            "title": _plain(hit.title),
            "snippet": _plain(hit.snippet),
        }
        for hit in context.search().hits(context.session(), text, keys)
    ]


def _plain(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)
