"""The facts: cities, leaders, visions and initiatives, each made once and renewed only while nobody has changed it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Initiative, Leader, Place, Vision
from kb.catalogue.rules import free_slug
from kb.problems import Refused

from ..models import SeedRecord
from .filling import Known, fill_city, fill_initiative, fill_leader, fill_vision
from .reading import Counts, Track, read_json

Fact = dict[str, Any]
EntryT = TypeVar("EntryT", City, Leader, Vision, Initiative)


def wanted_places(folder: Path) -> list[int]:
    """The GeoNames ids that the facts' cities stand at."""
    return [fact["geoname_id"] for fact in read_json(folder / "cities.json")]


def seed_facts(session: Session, folder: Path, track: Track) -> dict[str, Counts]:
    """Make or renew the entries; return the counts by kind. Raise Refused for a city without its place."""
    known = Known(session)
    counted: dict[str, Counts] = {}
    for kind, model, name, fill, key in (
        ("city", City, "cities", fill_city, lambda fact: str(fact["geoname_id"])),
        ("leader", Leader, "leaders", fill_leader, lambda fact: f"{fact['name']} | {fact['city']}"),
        ("vision", Vision, "visions", fill_vision, lambda fact: f"{fact['title']} | {fact['city']}"),
        ("initiative", Initiative, "initiatives", fill_initiative, lambda fact: f"{fact['title']} | {fact['cities'][0]}"),
    ):
        facts = read_json(folder / f"{name}.json")
        if kind == "city":
            _refuse_placeless(session, facts)
        counted[kind] = _seed_kind(session, kind, model, track(facts, name.capitalize()), fill, key, known)
    return counted


def _refuse_placeless(session: Session, facts: list[Fact]) -> None:
    places = set(session.scalars(select(Place.id).where(Place.id.in_([fact["geoname_id"] for fact in facts]))))
    if missing := [fact["name"] for fact in facts if fact["geoname_id"] not in places]:
        raise Refused(f"cities.json: no place of the gazetteer for {', '.join(missing)}")


def _seed_kind(
    session: Session,
    kind: str,
    model: type[EntryT],
    facts: Any,
    fill: Callable[[Known, Any, Fact], None],
    key_of: Callable[[Fact], str],
    known: Known,
) -> Counts:
    counts = Counts()
    records = {record.key: record for record in session.scalars(select(SeedRecord).where(SeedRecord.kind == kind))}
    slugs = set(session.scalars(select(model.slug)))
    for fact in facts:
        key = key_of(fact)
        digest = hashlib.sha256(json.dumps(fact, sort_keys=True).encode()).hexdigest()
        record = records.get(key)
        entry = session.get(model, record.entry_id) if record else None
        if record is None:
            # A leader has a title too, so a name goes before it.
            entry = model(slug=free_slug(fact.get("name") or fact["title"], slugs))
            slugs.add(entry.slug)
            fill(known, entry, fact)
            session.add(entry)
            session.flush()
            session.add(SeedRecord(kind=kind, key=key, entry_id=entry.id, version=entry.version, digest=digest))
            counts.made += 1
        elif entry is not None and entry.version == record.version and digest != record.digest:
            fill(known, entry, fact)
            session.flush()
            record.version, record.digest = entry.version, digest
            counts.renewed += 1
        else:
            counts.left += 1
        known.remember(kind, fact["name"] if kind == "city" else key, entry)
    session.flush()
    return counts
