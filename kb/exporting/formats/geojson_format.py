"""GeoJSON (RFC 7946): each entry at the points of its cities, with the columns of its table as properties."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue.entries import Data, EntryKind

from ..columns import main_table
from ..export import LICENCE, PUBLISHER, Export, Links
from ..names import Names, cities_of
from .json_format import write_list


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """A collection of features; an entry without a city has no geometry."""
    about = {
        "type": "FeatureCollection",
        "title": export.title,
        "address": export.address,
        "publisher": PUBLISHER,
        "licence": LICENCE,
    }
    # All fields are read: leaders name their cities in a list that their table does not show.
    batches = (_features(export.kind, entries, names, links) for entries, names in export.named_batches(session))
    return write_list(about, "features", batches)


def _features(kind: EntryKind, entries: Sequence[Data], names: Names, links: Links) -> Iterator[dict[str, Any]]:
    table = main_table(kind)
    for entry, row in zip(entries, table.rows(entries, names, links), strict=True):
        yield {
            "type": "Feature",
            "id": links.entry(kind, entry["slug"]),
            "geometry": _geometry(cities_of(kind, entry), names),
            "properties": dict(zip(table.header, row, strict=True)),
        }


def _geometry(slugs: list[str], names: Names) -> dict[str, Any] | None:
    points = [[city.longitude, city.latitude] for slug in slugs if (city := names.cities.get(slug)) is not None]
    if not points:
        return None
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "MultiPoint", "coordinates": points}
