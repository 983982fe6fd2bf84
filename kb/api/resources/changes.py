"""What was saved or deleted in the whole catalogue, and where the interface begins."""

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, url_for
from sqlalchemy import select

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.queries import latest_changes
from kb.exporting.export import LICENCE
from kb.forum import queries
from kb.forum.kinds import ForumKind
from kb.forum.models import ForumSession, Question
from kb.questions.choices import QuestionKind
from kb.questions.models import CityAnswer
from kb.questions.queries import shown_answers
from kb.web.core import context
from kb.web.core.links import absolute, link_to, link_to_entry

from ..answers import answer, paged
from ..blueprint import gives
from ..caching import change_number
from ..changes import Changed, deleted, number_since
from ..json_schemas import list_schema, named
from ..listing import Pagination
from ..query_schemas import Names, PagedSchema, Since
from ..reading import Data
from ..specification import API_VERSION

KINDS = (*map(str, EntryKind), str(ForumKind.SESSION), str(ForumKind.ANSWER), str(QuestionKind.CITY_ANSWER))


class ChangesSchema(PagedSchema):
    """Changes since a number or a time, of all kinds or of some."""

    since = Since(
        load_default=0,
        metadata={
            "description": "A change number, or a time such as 2026-11-23T09:30:00Z. Without it, all changes.",
        },
    )
    kind = Names(KINDS, metadata={"description": "Only entries of these kinds, with commas between them."})


@gives(
    "/changes",
    list_schema(named("Change")),
    query=ChangesSchema,
    tag="Changes",
    summary="What was saved or deleted: each entry once, with its last change",
)
def changes(query: Data) -> Response:
    """List the changes."""
    kinds = query["kind"] or KINDS
    since = number_since("since", query["since"])
    question = {"list": "changes", "since": str(query["since"]), "kinds": kinds}
    pagination = Pagination.from_cursor(question, query["cursor"])
    page, last = latest_changes(context.session(), kinds, max(since, pagination.position or 0), query["limit"])
    cursor = None if last is None else pagination.cursor(last)
    return paged({"change": change_number(), "items": _told(page)}, cursor)


def _told(page: Sequence[Changed]) -> list[Data]:
    """Changes in their order, each with the entry's page, or with what is told of one that is gone."""
    told: dict[int, Data] = {}
    for kind in {change.kind for change in page}:
        of_kind = [change for change in page if change.kind == kind]
        there = _there(kind, [change.entry_id for change in of_kind])
        gone = deleted(kind, [change for change in of_kind if change.entry_id not in there])
        tombstones = {tombstone["id"]: tombstone for tombstone in gone}
        for change in of_kind:
            slug, url = there.get(change.entry_id, (None, None))
            tombstone = tombstones.get(change.entry_id)
            if url is None and tombstone is None:
                continue
            told[change.id] = {
                "change": change.id,
                "at": change.at.isoformat(),
                "kind": kind,
                "id": change.entry_id,
                "action": "deleted" if tombstone else "saved",
                "slug": tombstone["slug"] if tombstone else slug,
                "url": url,
                "deleted": tombstone,
            }
    return [told[change.id] for change in page if change.id in told]


def _there(kind: str, ids: Sequence[int]) -> dict[int, tuple[str | None, str]]:
    """Slug and page of those that everybody may see."""
    session = context.session()
    if kind == ForumKind.SESSION:
        rows = session.scalars(queries.public_sessions().where(ForumSession.id.in_(ids)))
        return {row.id: (row.slug, absolute(link_to(row))) for row in rows}
    if kind == ForumKind.ANSWER:
        answers = session.scalars(queries.answered().where(Question.id.in_(ids)))
        return {row.id: (None, absolute(link_to(row))) for row in answers}
    if kind == QuestionKind.CITY_ANSWER:
        shown = session.scalars(shown_answers().where(CityAnswer.id.in_(ids)))
        return {row.id: (None, absolute(link_to(row))) for row in shown}
    model: Any = ENTRIES[EntryKind(kind)].model
    found = session.execute(select(model.id, model.slug).where(model.id.in_(ids)))
    return {row.id: (row.slug, absolute(link_to_entry(kind, row.slug))) for row in found}


_LISTS = (
    *(definition.folder for definition in ENTRIES.values()),
    "challenges", "technologies", "goals", "targets", "places", "sessions", "answers", "city-answers", "search",
    "changes",
)  # fmt: skip


@gives("", named("Start"), tag="About", summary="The addresses of all lists, and the number of the last change")
def start(_query: Data) -> Response:
    """Name the lists."""
    return answer(
        {
            "title": "CityPeers",
            "version": API_VERSION,
            "license": LICENCE,
            "documentation": absolute(url_for("about.api")),
            "openapi": absolute(url_for("api.openapi")),
            "change": change_number(),
            "lists": {name: absolute(url_for(f"api.{name.replace('-', '_')}")) for name in _LISTS},
        }
    )


@gives("/openapi.json", {"type": "object"}, tag="About", summary="The description of all addresses, as OpenAPI 3.1")
def openapi(_query: dict[str, Any]) -> Response:
    """Describe every address, as OpenAPI 3.1."""
    return answer(current_app.extensions["kb_specification"].described())
