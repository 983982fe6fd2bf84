"""Finds and changes what points to an entry: entries of the catalogue, and rows of any other package."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, inspect, or_, select, update
from sqlalchemy.orm import Mapper, Session

from kb.catalogue.entries import ENTRIES, EntryKind, schema_of
from kb.catalogue.entries.fields import Link
from kb.catalogue.entries.lists import Cities, Rows
from kb.catalogue.models import city_sources, initiative_challenges, initiative_technologies, vision_sources
from kb.core.db import Model

Data = dict[str, Any]

_LINKS_OF_CATALOGUE = (city_sources, initiative_challenges, initiative_technologies, vision_sources)


def dependents(session: Session, kind: EntryKind, entry: Any) -> list[tuple[EntryKind, Any]]:
    """The entries of the catalogue that point to an entry, with their kinds."""
    entries: list[tuple[EntryKind, Any]] = []
    for dependent, definition in ENTRIES.items():
        fields = schema_of(dependent).declared.values()
        pointing = [condition for field in fields for condition in _pointing(definition.model, field, kind, entry)]
        if pointing:
            query = select(definition.model).where(or_(*pointing)).order_by(definition.model.id)
            entries += [(dependent, row) for row in session.scalars(query.execution_options(populate_existing=True))]
    return entries


def _pointing(model: Any, field: Any, kind: EntryKind, entry: Any) -> Iterator[ColumnElement[bool]]:
    """The conditions that a field points to an entry: itself, by a list of cities, or in its rows."""
    match field:
        case Link() if field.refers == kind:
            yield getattr(model, field.stored) == entry
        case Cities() if field.refers == kind:
            yield _by_a_row(model, field.stored, "city", entry)
        case Rows():
            links = [
                inner.stored for inner in field.fields.values() if isinstance(inner, Link) and inner.refers == kind
            ]
            yield from (_by_a_row(model, field.stored, name, entry) for name in links)


def _by_a_row(model: Any, rows: str, link: str, entry: Any) -> ColumnElement[bool]:
    """The condition that one of the rows of an entry links to another: by the key of the other, not entry by entry."""
    relationship = inspect(model).relationships[rows]
    ((_, owner_column),) = relationship.local_remote_pairs
    row = relationship.mapper.class_
    condition: ColumnElement[bool] = model.id.in_(select(owner_column).where(getattr(row, link) == entry))
    return condition


def with_links_changed(kind: EntryKind, data: Data, target: EntryKind, instead: Mapping[str, str | None]) -> Data:
    """An entry whose links to entries of the kind `target` lead elsewhere, by slug; None removes a link."""
    changed = dict(data)
    for name, field in schema_of(kind).declared.items():
        match field:
            case Link() if field.refers == target:
                changed[name] = instead.get(data[name], data[name])
            case Cities() if field.refers == target:
                changed[name] = list(dict.fromkeys(instead.get(slug, slug) for slug in data[name]))
            case Rows():
                links = [inner for inner, link in field.fields.items() if _links_to(link, target)]
                changed[name] = [
                    row | {inner: instead.get(row[inner], row[inner]) for inner in links} for row in data[name]
                ]
    return changed


def _links_to(field: Any, kind: EntryKind) -> bool:
    return isinstance(field, Link) and field.refers == kind


def move_foreign_links(session: Session, model: type[Model], former: int, now_at: int) -> None:
    """Rows of other packages that point to one entry point to another; where they point there already, they go.

    It goes by the foreign keys of the metadata, so no package need be known here.
    """
    mappers = {mapper.local_table: mapper for mapper in Model.registry.mappers}
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            mapper = mappers.get(table)
            if key.column.table is not model.__table__ or _is_of_catalogue(table, mapper):
                continue
            if mapper is None:
                _move_in_table(session, table, key.parent.name, former, now_at)
            else:
                _move_rows(session, mapper, key.parent.name, former, now_at)
    session.flush()


def _is_of_catalogue(table: Table, mapper: Mapper[Any] | None) -> bool:
    """Whether a table is the catalogue's own, whose links are moved entry by entry, with revisions."""
    return table in _LINKS_OF_CATALOGUE if mapper is None else mapper.class_.__module__.startswith("kb.catalogue.")


def _move_rows(session: Session, mapper: Mapper[Any], column: str, former: int, now_at: int) -> None:
    attribute = mapper.get_property_by_column(mapper.local_table.c[column]).key
    keys = [mapper.get_property_by_column(condition).key for condition in mapper.primary_key]
    for row in session.scalars(select(mapper.class_).where(getattr(mapper.class_, attribute) == former)):
        identity = tuple(now_at if name == attribute else getattr(row, name) for name in keys)
        if attribute in keys and session.get(mapper.class_, identity) is not None:
            session.delete(row)
        else:
            setattr(row, attribute, now_at)


def _move_in_table(session: Session, table: Table, column: str, former: int, now_at: int) -> None:
    """A table of links alone, whose columns are all of its key."""
    others = [key for key in table.primary_key if key.name != column]
    there = table.alias()
    doubled = (
        select(there)
        .where(there.c[column] == now_at, *(there.c[other.name] == table.c[other.name] for other in others))
        .exists()
    )
    connection = session.connection()
    connection.execute(delete(table).where(table.c[column] == former, doubled))
    connection.execute(update(table).where(table.c[column] == former).values({column: now_at}))
