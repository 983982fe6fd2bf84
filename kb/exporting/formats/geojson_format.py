"""GeoJSON (RFC 7946): each entry at the points of its cities, with the columns of its table as properties."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from ..columns import main_table
from ..export import LICENCE, PUBLISHER, Export, Links
from ..names import Names, cities_of


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """A collection of features; an entry without a city has no geometry."""
    table = main_table(export.kind)
    about = {
        "type": "FeatureCollection",
        "title": export.title,
        "address": export.address,
        "publisher": PUBLISHER,
        "licence": LICENCE,
    }
    yield json.dumps(about, ensure_ascii=False).encode().removesuffix(b"}") + b', "features": ['
    before = "\n"
    # Leaders name their cities in a list that their table does not show.
    for entries, names in export.named_batches(session):
        lines = []
        for entry, row in zip(entries, table.rows(entries, names, links), strict=True):
            feature = {
                "type": "Feature",
                "id": links.entry(export.kind, entry["slug"]),
                "geometry": _geometry(cities_of(export.kind, entry), names),
                "properties": dict(zip(table.header, row, strict=True)),
            }
            lines.append(before + json.dumps(feature, ensure_ascii=False))
            before = ",\n"
        yield "".join(lines).encode()
    yield b"\n]}\n"


def _geometry(slugs: list[str], names: Names) -> dict[str, Any] | None:
    points = [[city.longitude, city.latitude] for slug in slugs if (city := names.cities.get(slug)) is not None]
    if not points:
        return None
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "MultiPoint", "coordinates": points}
