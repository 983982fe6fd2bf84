"""Reads many whole entries at once, as the dictionaries that `dump` makes, without rows of the ORM.

One query gives the single values of a batch of entries, and one for each list gives its items. What is read, and from
which columns, follows from the declarations and from the relationships of the models.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, inspect, select
from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from kb.core.db import in_batches
from kb.core.gc_tuning import rare_collections
from kb.core.sql_functions import among_ids

from ..models import Source
from .fields import Day, Link, SourceLink
from .kinds import EntryKind
from .lists import Cities, Codes, Rows, Several, Sources, Terms
from .pictures import ImageKey
from .registry import ENTRIES, schema_of
from .rows import STANDARD_FIELDS, Data

_KEPT = tuple(name for name in STANDARD_FIELDS if name != "kind")
"""The columns of every kind."""


def read_many(
    session: Session, kind: EntryKind, ids: Sequence[int], fields: Collection[str] | None = None
) -> list[Data]:
    """The entries in the order of `ids`, each as `dump` has it and with its `id`; those that are gone are left out.

    With `fields`, only those of the declared fields are read and given.
    """
    reader = _reader(kind, None if fields is None else frozenset(fields))
    connection = session.connection()
    with rare_collections():
        return [entry for batch in in_batches(ids) for entry in reader.read(connection, batch)]


@dataclass(frozen=True, slots=True)
class _ListReader:
    """Reads one list of some entries: rows of (entry, what they are sorted by, values)."""

    name: str
    query: Select[Any]
    sorted_by: Callable[[Any], Any]
    item: Callable[[Any], Any]
    order: Callable[[Any], Any] | None = None

    def read(self, connection: Connection, ids: list[int]) -> Mapping[int, list[Any]]:
        """The items by the id of their entry."""
        # Sorted here, since databases do not agree on the order of texts.
        rows = sorted(connection.execute(self.query, {"ids": ids}).all(), key=self.sorted_by)
        item = self.item
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            found[row[0]].append(item(row))
        if self.order:
            for items in found.values():
                if len(items) > 1:
                    items.sort(key=self.order)
        return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads entries of a kind: `names` are all keys in their order, `selected` those of the columns of `query`."""

    kind: str
    names: Sequence[str]
    query: Select[Any]
    selected: Sequence[str]
    lists: Sequence[_ListReader]

    def read(self, connection: Connection, ids: list[int]) -> Iterator[Data]:
        """The entries there are, in the order of `ids`."""
        found: dict[int, Data] = {}
        for row in connection.execute(self.query, {"ids": ids}).all():
            entry: Data = dict.fromkeys(self.names)
            entry.update(zip(self.selected, row, strict=True))
            entry["kind"] = self.kind
            entry["created_at"] = entry["created_at"].isoformat()
            entry["updated_at"] = entry["updated_at"].isoformat()
            if entry["confirmed_on"] is not None:
                entry["confirmed_on"] = entry["confirmed_on"].isoformat()
            found[entry["id"]] = entry
        for reader in self.lists:
            items = reader.read(connection, ids)
            name = reader.name
            for entry_id, entry in found.items():
                entry[name] = items.get(entry_id) or []
        return (found[entry_id] for entry_id in ids if entry_id in found)


@lru_cache(maxsize=256)
def _reader(kind: EntryKind, names: frozenset[str] | None) -> _Reader:
    mapper: Mapper[Any] = inspect(ENTRIES[kind].model)
    declared = {name: field for name, field in schema_of(kind).declared.items() if names is None or name in names}
    single = {name: field for name, field in declared.items() if not isinstance(field, Several)}
    table: FromClause = mapper.local_table
    columns, table = _columns(mapper, table, single)
    kept = [mapper.columns[name] for name in ("id", *_KEPT)]
    return _Reader(
        kind=str(kind),
        names=("id", "kind", *_KEPT, *declared),
        query=select(*kept, *columns).select_from(table).where(among_ids(mapper.columns["id"])),
        selected=("id", *_KEPT, *single),
        lists=[
            _list_reader(name, field, mapper.relationships[field.stored])
            for name, field in declared.items()
            if isinstance(field, Several)
        ],
    )


def _columns(
    mapper: Mapper[Any], table: FromClause, fields: Mapping[str, Any]
) -> tuple[list[ColumnElement[Any]], FromClause]:
    """The columns that hold some fields, and the table joined with those that they link to."""
    columns = []
    for field in fields.values():
        attribute = _linked_attribute(field)
        if attribute is None:
            columns.append(mapper.columns[field.stored])
        else:
            relationship = mapper.relationships[field.stored]
            linked = relationship.mapper.local_table.alias()
            ((local, remote),) = relationship.local_remote_pairs
            table = table.outerjoin(linked, local == linked.c[remote.name])
            columns.append(linked.c[relationship.mapper.columns[attribute].name])
    return columns, table


def _linked_attribute(field: Any) -> str | None:
    """By which attribute a field names the row that it links to; None where it is a column."""
    match field:
        case Link():
            return "slug"
        case SourceLink():
            return "url"
        case ImageKey():
            return "key"
    return None


def _list_reader(name: str, field: Several, relationship: RelationshipProperty[Any]) -> _ListReader:
    mapper = relationship.mapper
    table: FromClause = mapper.local_table
    ((_, owner),) = relationship.synchronize_pairs
    if relationship.secondary is not None and relationship.secondary_synchronize_pairs:
        ((target, linking),) = relationship.secondary_synchronize_pairs
        table = relationship.secondary.join(table, target == linking)
    position, order = _position(mapper), None
    values: list[ColumnElement[Any]]
    match field:
        case Terms():
            values = [mapper.columns["code"]]
        case Codes():
            values = [mapper.columns[field.held_in]]
            position = values
        case Cities():
            city = mapper.relationships["city"].mapper
            table = table.join(city.local_table, mapper.columns["city_id"] == city.columns["id"])
            values = [city.columns["slug"]]
        case Sources():
            values, table = _source_columns(mapper, table)
        case Rows():
            (values, table), order = _columns(mapper, table, field.fields), field.order
        case _:
            raise TypeError(f"nothing here reads lists such as {name}")
    query = select(owner, *position, *values).select_from(table).where(among_ids(owner))
    first = 1 + len(position)
    return _ListReader(name, query, itemgetter(*range(1, first)), _item(field, first), order)


def _item(field: Several, first: int) -> Callable[[Any], Any]:
    """What makes an item of a row whose values begin at a place."""
    if not isinstance(field, Rows):
        return itemgetter(first)
    names = tuple(field.fields)
    days = [name for name, inner in field.fields.items() if isinstance(inner, Day)]

    def item(row: Any) -> Data:
        return dict(zip(names, row[first:], strict=True))

    def with_days(row: Any) -> Data:
        data = item(row)
        for name in days:
            if data[name] is not None:
                data[name] = data[name].isoformat()
        return data

    return with_days if days else item


def _source_columns(mapper: Mapper[Any], table: FromClause) -> tuple[list[ColumnElement[Any]], FromClause]:
    """The columns of sources; where the rows are citations, the title is that by which the entry cites it."""
    source: Mapper[Any] = inspect(Source)
    if mapper is not source:
        table = table.join(source.local_table, mapper.columns["source_id"] == source.columns["id"])
    return [source.columns["url"], mapper.columns["title"], source.columns["seen_on"]], table


def _position(mapper: Mapper[Any]) -> list[ColumnElement[Any]]:
    """What rows are sorted by: their position where they have one, then their key."""
    position = [mapper.columns["position"]] if "position" in mapper.columns else []
    return [*position, *mapper.primary_key]
