"""What points to an entry: entries of the catalogue, and rows of any other room."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Table, delete, select, update
from sqlalchemy.orm import Mapper, Session

from kb.catalogue.models import (
    Initiative,
    InitiativeCity,
    Leader,
    LeaderTerm,
    Vision,
    city_sources,
    initiative_challenges,
    initiative_technologies,
    vision_sources,
)
from kb.db import Model

Data = dict[str, Any]

_LINKS_OF_CATALOGUE = (city_sources, initiative_challenges, initiative_technologies, vision_sources)
_REFERENCES = ("leader", "vision", "adapted_from", "city")


def dependents(session: Session, kind: str, entry: Any) -> list[tuple[str, Any]]:
    """The entries of the catalogue that point to an entry, with their kinds."""
    asked: Mapping[str, list[tuple[str, Select[Any]]]] = {
        "initiative": [("initiative", select(Initiative).where(Initiative.adapted_from_id == entry.id))],
        "leader": [("initiative", select(Initiative).where(Initiative.leader_id == entry.id))],
        "vision": [("initiative", select(Initiative).where(Initiative.vision_id == entry.id))],
        "city": [
            ("initiative", select(Initiative).where(Initiative.places.any(InitiativeCity.city_id == entry.id))),
            ("leader", select(Leader).where(Leader.terms.any(LeaderTerm.city_id == entry.id))),
            ("vision", select(Vision).where(Vision.city_id == entry.id)),
        ],
    }
    return [
        (dependent, row)
        for dependent, chosen in asked[kind]
        for row in session.scalars(chosen.execution_options(populate_existing=True)).unique()
    ]


def pointed_elsewhere(data: Data, instead: Mapping[str, str | None]) -> Data:
    """An entry whose references lead elsewhere; None takes one out."""
    changed = dict(data)
    for name in _REFERENCES:
        if isinstance(data.get(name), str) and data[name] in instead:
            changed[name] = instead[data[name]]
    if "cities" in data:
        changed["cities"] = list(dict.fromkeys(instead.get(slug, slug) for slug in data["cities"]))
    if "terms" in data:
        changed["terms"] = [{**row, "city": instead.get(row["city"], row["city"])} for row in data["terms"]]
    return changed


def move_foreign_links(session: Session, model: type[Model], former: int, now_at: int) -> None:
    """Rows of other rooms that point to one entry point to another; where they point there already, they go.

    It goes by the foreign keys of the metadata, so no room need be known here.
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
    keys = [mapper.get_property_by_column(one).key for one in mapper.primary_key]
    for row in session.scalars(select(mapper.class_).where(getattr(mapper.class_, attribute) == former)):
        identity = tuple(now_at if name == attribute else getattr(row, name) for name in keys)
        if attribute in keys and session.get(mapper.class_, identity) is not None:
            session.delete(row)
        else:
            setattr(row, attribute, now_at)


def _move_in_table(session: Session, table: Table, column: str, former: int, now_at: int) -> None:
    """A table of links alone, whose columns are all of its key."""
    others = [one for one in table.primary_key if one.name != column]
    there = table.alias()
    doubled = (
        select(there)
        .where(there.c[column] == now_at, *(there.c[one.name] == table.c[one.name] for one in others))
        .exists()
    )
    connection = session.connection()
    connection.execute(delete(table).where(table.c[column] == former, doubled))
    connection.execute(update(table).where(table.c[column] == former).values({column: now_at}))
