"""Lists the entries that a question finds: a page at a time, a sample, counts by facets, or what changed.

By id, a page begins after the last id that was given: whatever is saved meanwhile, an entry that matches all the time
comes once. In any other order, a cursor holds how many were given and a hash of which: where the list begins
differently by now, the next page might skip or double, so the answer is 409.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from flask import Response, current_app
from flask_babel import gettext
from sqlalchemy import Select, String, bindparam, func, literal_column, select
from werkzeug.exceptions import Conflict

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.queries import latest_changes
from kb.core.cache import DerivedCache
from kb.search.facets import FILTERS, FIRST_YEAR, LAST_YEAR
from kb.search.kinds import kind_called
from kb.search.results import SearchQuery
from kb.search.selection import Documents, Selection, keys_of
from kb.web.core import context
from kb.web.core.search_schema import MOST_LISTED

from .answers import answer, paged
from .caching import change_number, last_change, rest_on
from .changes import deleted, number_since
from .cursors import read_cursor, write_cursor
from .query_schemas import InvalidParameters
from .reading import Data

Query = Mapping[str, Any]
"""What an address asks, as `query_schemas.SearchedSchema` reads it."""


@dataclass(frozen=True, slots=True)
class Pagination:
    """Where a page of a list begins: which list it is of, since which change it is read, and after what it goes on."""

    question: Mapping[str, Any]
    change: int
    position: Any = None

    @classmethod
    def from_cursor(cls, question: Mapping[str, Any], cursor: str) -> "Pagination":
        """Where a cursor goes on, or the first page without one. Raises BadRequest for a cursor that is of no use."""
        if not cursor:
            return cls(question, change_number())
        change, position = read_cursor(question, cursor)
        # What was saved since may be of entries on earlier pages: whoever follows the changes begins before that.
        rest_on(change)
        return cls(question, change, position)

    def cursor(self, position: Any) -> str:
        """The cursor of the page that begins at a position."""
        return write_cursor(self.question, [min(self.change, change_number()), position])


def selected(question: SearchQuery) -> Selection:
    """What a question finds. Raises InvalidParameters for values that no list knows."""
    selection = context.search().selection(context.session(), question)
    unknown: dict[str, list[str]] = {}
    for field, value in selection.unknown:
        unknown.setdefault(field, []).append(_refusal(field, value))
    if unknown:
        raise InvalidParameters(unknown)
    rest_on(selection.last_change)
    return selection


def _refusal(field: str, value: str) -> str:
    """Why a value of a filter is refused, and what would be right."""
    if field in {"year_from", "year_to"}:
        return str(gettext("This should be a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))
    choices = FILTERS[field].choices
    if not callable(choices) and 0 < len(choices) <= MOST_LISTED:
        return str(gettext("“%(name)s” is not known. Use one of: %(listed)s.", name=value, listed=", ".join(choices)))
    return str(
        gettext("“%(value)s” is not a value of this filter. /api/v1/openapi.json lists all values.", value=value)
    )


NO_SLUG = literal_column("NULL", String)
"""Stands in the place of the slug in a query of what has none."""

Read = Callable[[Sequence[int]], list[Data]]
"""Gives what is there of some ids, in their order."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a list is of: its kind in the change log, a query of the ids and slugs of all, and how they are read.

    `size` tells how many there are without counting them.
    """

    kind: str
    query: Select[int, str | None]
    read: Read
    size: Callable[[], int] | None = None

    @classmethod
    def of_kind(cls, kind: EntryKind, read: Read) -> "Rows":
        """All entries of a kind."""

        def size() -> int:
            return len(context.catalogue().tables[kind])

        return cls(kind, _all_of_kind(kind), read, size)

    @property
    def key(self) -> Any:
        """The column of ids."""
        return self.query.selected_columns[0]

    def count(self, identity: Mapping[str, Any]) -> int:
        """How many there are. Counting walks them all, so it is done once for each state of the catalogue."""
        if self.size is not None:
            return self.size()
        counts: DerivedCache[str, int] = current_app.extensions["kb_api_counts"]
        counted = self.query.with_only_columns(func.count(self.key), maintain_column_froms=True).order_by(None)
        key = repr(sorted((name, value) for name, value in identity.items() if name != "since"))
        return counts.get(key, lambda: context.session().scalar(counted) or 0, last_change())

    def after(self, entry_id: int, count: int) -> list[int]:
        """The ids that follow an id."""
        rows = context.session().connection().execute(_following(self.query), {"last": entry_id, "most": count})
        return [key for (key,) in rows]

    def slugs(self, ids: Sequence[int]) -> dict[int, str | None]:
        """The slugs of those that are there."""
        return {row[0]: row[1] for row in context.session().execute(self.query.where(self.key.in_(ids)))}


@cache
def _all_of_kind(kind: EntryKind) -> Select[int, str | None]:
    model: Any = ENTRIES[kind].model
    return select(model.id, model.slug)


@lru_cache(maxsize=16)
def _following(query: Select[int, str | None]) -> Select[int]:
    """The ids that follow an id; made once, since to make such a statement takes longer than to ask it."""
    key: Any = query.selected_columns[0]
    following = query.with_only_columns(key, maintain_column_froms=True).where(key > bindparam("last"))
    return following.order_by(None).order_by(key).limit(bindparam("most"))


def entries(rows: Rows, query: Query) -> Response:
    """The answer of a list with filters."""
    question: SearchQuery = query["question"]
    is_all = query["by_id"] and not question.text and not question.chosen
    question = replace(question, chosen={**question.chosen, "kind": (str(rows.kind),)})
    if query["group_by"]:
        return groups(selected(question), query["group_by"])
    if query["sample"]:
        selection = selected(question)
        documents = selection.sample(query["sample"], query["seed"])
        return _page(selection.total, rows.read(_ids(documents)))
    identity = {"since": str(query["changed_since"]), **identity_of(query)}
    if is_all:
        return all_of(rows, query, identity)
    pagination = _pagination(rows, query, identity)
    selection = selected(question)
    if query["changed_since"] is not None:
        return _changed(rows, query, pagination, selection)
    page_of = by_id if query["by_id"] else in_order
    documents, cursor = page_of(selection, query, pagination)
    return _page(selection.total, rows.read(_ids(documents)), cursor)


def all_of(rows: Rows, query: Query, identity: Mapping[str, Any] | None = None) -> Response:
    """The answer of a list without filters, straight from the database."""
    pagination = _pagination(rows, query, identity or {"since": str(query["changed_since"])})
    if query["changed_since"] is not None:
        return _changed(rows, query, pagination, None)
    limit = query["limit"]
    ids = rows.after(pagination.position or 0, limit + 1)
    page = ids[:limit]
    cursor = pagination.cursor(page[-1]) if len(ids) > limit else None
    return _page(rows.count(pagination.question), rows.read(page), cursor)


def _pagination(rows: Rows, query: Query, identity: Mapping[str, Any]) -> Pagination:
    return Pagination.from_cursor({"list": str(rows.kind), **identity}, query["cursor"])


def _page(total: int, items: list[Data], cursor: str | None = None, **more: Any) -> Response:
    return paged({"total": total, "change": change_number(), "items": items, **more}, cursor)


def _ids(documents: Documents) -> list[int]:
    return [entry_id for _, entry_id in keys_of(documents)]


def identity_of(query: Query) -> dict[str, Any]:
    """What makes one list another: not how many are on a page, nor which fields are given."""
    question: SearchQuery = query["question"]
    chosen = {field: sorted(values) for field, values in sorted(question.chosen.items())}
    return {"q": question.text, "chosen": chosen, "sort": "id" if query["by_id"] else question.sort}


def by_id(selection: Selection, query: Query, pagination: Pagination) -> tuple[Documents, str | None]:
    """A page by id, and the cursor of the next."""
    limit = query["limit"]
    documents = selection.after(pagination.position or 0, limit + 1)
    page = documents[:limit]
    return page, pagination.cursor(int(page[-1])) if len(documents) > limit else None


def in_order(selection: Selection, query: Query, pagination: Pagination) -> tuple[Documents, str | None]:
    """A page in an order other than by id, and the cursor of the next. Raises Conflict where the list has moved."""
    limit = query["limit"]
    given, digest = pagination.position or (0, "")
    documents = selection.first(given + limit + 1)
    if given and _digest(documents[:given]) != digest:
        raise Conflict(
            gettext(
                "The list has changed since you began, so the next page might skip or repeat entries. "
                "Begin again without a cursor, or use sort=id, which goes on whatever is saved."
            )
        )
    so_far = documents[: given + limit]
    cursor = pagination.cursor([len(so_far), _digest(so_far)]) if len(documents) > len(so_far) else None
    return so_far[given:], cursor


def _digest(documents: Documents) -> str:
    return hashlib.blake2b(documents.astype("<i8").tobytes(), digest_size=9).hexdigest()


def _changed(rows: Rows, query: Query, pagination: Pagination, selection: Selection | None) -> Response:
    """What changed since a number or a time, in the order of the changes."""
    since = number_since("changed_since", query["changed_since"])
    after = max(since, pagination.position or 0)
    page, last = latest_changes(context.session(), (str(rows.kind),), after, query["limit"])
    if selection is not None and selection.last_change is not None:
        # What the index has yet to read is for the next time.
        page = [change for change in page if change.id <= selection.last_change]
        last = None if last is None or last >= selection.last_change else last
    ids = [change.entry_id for change in page]
    there = rows.slugs(ids)
    matching = there.keys() if selection is None else selection.holding(kind_called(rows.kind), there.keys())
    return _page(
        rows.count(pagination.question) if selection is None else selection.total,
        rows.read([key for key in ids if key in matching]),
        None if last is None else pagination.cursor(last),
        deleted=deleted(rows.kind, [change for change in page if change.entry_id not in there]),
        unmatched=[{"id": key, "slug": there[key]} for key in ids if key in there and key not in matching],
    )


def groups(selection: Selection, names: Sequence[str]) -> Response:
    """Counts of what is found by one field or two, the most first."""
    labels = context.search().labels(context.session()).of
    counts: Mapping[Any, int]
    if len(names) == 1:
        counts = {(code,): count for code, count in selection.counts(names[0]).items()}
    else:
        counts = selection.table(names[0], names[1])
    rows = []
    for codes, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        row: Data = {}
        for name, code in zip(names, codes, strict=True):
            row |= {name: code, f"{name}_label": labels.get(name, {}).get(code)}
        rows.append({**row, "count": count})
    return answer({"total": selection.total, "change": change_number(), "groups": rows})
