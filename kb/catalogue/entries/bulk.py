"""Reads many whole entries at once, as the dictionaries that `dump` makes, without rows of the ORM.

One query gives the single values of a batch of entries, and one for each list gives its items. What is read, and from
which columns, follows from the declarations and from the relationships of the models.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    FromClause,
    Select,
    String,
    TypeDecorator,
    inspect,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from kb.core.column_types import UTCDateTime
from kb.core.db import in_batches
from kb.core.gc_tuning import rare_collections
from kb.core.sql_functions import among_ids

from ..models import Source
from .fields import Link, SourceLink
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
    """Reads one list of some entries: rows of values, then what they are sorted by, then the entry."""

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
            found[row[-1]].append(item(row))
        if self.order:
            for items in found.values():
                if len(items) > 1:
                    items.sort(key=self.order)
        return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads entries of a kind: `names` are all keys in the order of the columns of `query`, NULL for each list."""

    names: Sequence[str]
    query: Select[Any]
    lists: Sequence[_ListReader]

    def read(self, connection: Connection, ids: list[int]) -> Iterator[Data]:
        """The entries there are, in the order of `ids`."""
        rows = connection.execute(self.query, {"ids": ids}).all()
        found: dict[int, Data] = {row[0]: dict(zip(self.names, row, strict=True)) for row in rows}
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
    kept = [_as_json(mapper.columns[name]) for name in _KEPT]
    of_field = dict(zip(single, columns, strict=True))
    values = [of_field[name] if name in single else null() for name in declared]
    return _Reader(
        names=("id", "kind", *_KEPT, *declared),
        query=select(mapper.columns["id"], literal(str(kind)), *kept, *values)
        .select_from(table)
        .where(among_ids(mapper.columns["id"])),
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
            columns.append(_as_json(mapper.columns[field.stored]))
        else:
            relationship = mapper.relationships[field.stored]
            linked = relationship.mapper.local_table.alias()
            ((local, remote),) = relationship.local_remote_pairs
            table = table.outerjoin(linked, local == linked.c[remote.name])
            columns.append(linked.c[relationship.mapper.columns[attribute].name])
    return columns, table


class _IsoText(TypeDecorator[str]):
    """A day or a moment as text of ISO 8601, of which SQLite holds nearly that."""

    impl = String
    cache_ok = True

    def __init__(self, *, is_day: bool) -> None:
        super().__init__()
        self.is_day = is_day

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], str | None] | None:  # noqa: ARG002 - the interface is SQLAlchemy's
        """Write moments in UTC, as `UTCDateTime` gives them; days need nothing done to them in SQLite."""
        if dialect.name == "sqlite":
            return None if self.is_day else _iso_of_sqlite
        return _iso


_DAY = len("2026-11-29")


def _iso_of_sqlite(text: str | None) -> str | None:
    return None if text is None else f"{text[:_DAY]}T{text[_DAY + 1 :].removesuffix('.000000')}+00:00"


def _iso(value: date | None) -> str | None:
    return (value.astimezone(UTC) if isinstance(value, datetime) else value).isoformat() if value is not None else None


def _as_json(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as its values stand in the dictionary of an entry."""
    if isinstance(column.type, Date):
        return type_coerce(column, _IsoText(is_day=True))
    return type_coerce(column, _IsoText(is_day=False)) if isinstance(column.type, DateTime | UTCDateTime) else column


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
    query = select(*values, *position, owner).select_from(table).where(among_ids(owner))
    places = range(len(values), len(values) + len(position))
    return _ListReader(name, query, itemgetter(*places), _item(field), order)


def _item(field: Several) -> Callable[[Any], Any]:
    """What makes an item of a row, which begins with its values."""
    if not isinstance(field, Rows):
        return itemgetter(0)
    names = tuple(field.fields)

    def item(row: Any) -> Data:
        # The names end before the row does. To cut the row first takes longer than all the rest.
        return dict(zip(names, row))  # noqa: B905 - the row goes on with what it is sorted by

    return item


def _source_columns(mapper: Mapper[Any], table: FromClause) -> tuple[list[ColumnElement[Any]], FromClause]:
    """The columns of sources; where the rows are citations, the title is that by which the entry cites it."""
    source: Mapper[Any] = inspect(Source)
    if mapper is not source:
        table = table.join(source.local_table, mapper.columns["source_id"] == source.columns["id"])
    return [source.columns["url"], mapper.columns["title"], _as_json(source.columns["seen_on"])], table


def _position(mapper: Mapper[Any]) -> list[ColumnElement[Any]]:
    """What rows are sorted by: their position where they have one, then their key."""
    position = [mapper.columns["position"]] if "position" in mapper.columns else []
    return [*position, *mapper.primary_key]
