"""The facts: entries and forum sessions, each made once and renewed only while nobody has changed it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Initiative, Leader, Place, Vision
from kb.catalogue.rules import free_slug
from kb.forum.models import ForumSession
from kb.problems import Refused
from kb.words import marked

from ..models import SeedRecord
from .filling import Known, fill_city, fill_initiative, fill_leader, fill_vision
from .forums import fill_session
from .reading import Counts, Track, read_json

_BROKEN = marked("%(file)s: %(name)s: %(problem)s.")
_PLACELESS = marked("cities.json: the gazetteer has no place for %(names)s.")

Fact = dict[str, Any]


def wanted_places(folder: Path) -> list[int]:
    """The GeoNames ids that the facts' cities stand at."""
    return [fact["geoname_id"] for fact in read_json(folder / "cities.json")]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How facts of one kind become entries: from which file, into which table, by which filling, under which key."""

    name: str
    model: type[City | Leader | Vision | Initiative | ForumSession]
    file: str
    fill: Callable[[Known, Any, Fact], None]
    key: Callable[[Fact], str]
    called: Callable[[Fact], str] | None = None


def _titled(fact: Fact, city: str) -> str:
    return f"{fact['title']} | {city}"


_KINDS = (
    _Kind("city", City, "cities", fill_city, lambda fact: str(fact["geoname_id"]), lambda fact: str(fact["name"])),
    _Kind("leader", Leader, "leaders", fill_leader, lambda fact: f"{fact['name']} | {fact['city']}"),
    _Kind("vision", Vision, "visions", fill_vision, lambda fact: _titled(fact, fact["city"])),
    _Kind("initiative", Initiative, "initiatives", fill_initiative, lambda fact: _titled(fact, fact["cities"][0])),
    _Kind("session", ForumSession, "forum_sessions", fill_session, lambda fact: _titled(fact, fact["date"])),
)


def seed_facts(session: Session, folder: Path, track: Track) -> dict[str, Counts]:
    """Make or renew the entries; return the counts by kind. Raise Refused for a city without its place."""
    known = Known(session)
    counted: dict[str, Counts] = {}
    for kind in _KINDS:
        facts = read_json(folder / f"{kind.file}.json")
        if kind.model is City:
            _refuse_placeless(session, facts)
        counted[kind.name] = _seed_kind(session, kind, track(facts, kind.file.replace("_", " ").capitalize()), known)
    return counted


def _fill(kind: _Kind, known: Known, entry: Any, fact: Fact) -> None:
    try:
        # Half-filled rows must not be written when a relation is read on the way.
        with known.session.no_autoflush:
            kind.fill(known, entry, fact)
    except (KeyError, TypeError) as problem:
        name = fact.get("title") or fact.get("name")
        raise Refused(
            _BROKEN, file=f"{kind.file}.json", name=str(name), problem=f"{type(problem).__name__} {problem}"
        ) from None


def _refuse_placeless(session: Session, facts: list[Fact]) -> None:
    places = set(session.scalars(select(Place.id).where(Place.id.in_([fact["geoname_id"] for fact in facts]))))
    if missing := [fact["name"] for fact in facts if fact["geoname_id"] not in places]:
        raise Refused(_PLACELESS, names=tuple(missing))


def _seed_kind(session: Session, kind: _Kind, facts: Iterable[Fact], known: Known) -> Counts:
    counts = Counts()
    records = {record.key: record for record in session.scalars(select(SeedRecord).where(SeedRecord.kind == kind.name))}
    slugs = set(session.scalars(select(kind.model.slug)))
    for fact in facts:
        key = kind.key(fact)
        digest = hashlib.sha256(json.dumps(fact, sort_keys=True).encode()).hexdigest()
        record = records.get(key)
        entry: Any = session.get(kind.model, record.entry_id) if record else None
        if record is None:
            # A leader has a title too, so a name goes before it.
            entry = kind.model(slug=free_slug(fact.get("name") or fact["title"], slugs))
            slugs.add(entry.slug)
            _fill(kind, known, entry, fact)
            session.add(entry)
            session.flush()
            session.add(SeedRecord(kind=kind.name, key=key, entry_id=entry.id, version=entry.version, digest=digest))
            counts.made += 1
        elif entry is not None and entry.version == record.version and digest != record.digest:
            _fill(kind, known, entry, fact)
            session.flush()
            record.version, record.digest = entry.version, digest
            counts.renewed += 1
        else:
            counts.left += 1
        known.remember(kind.name, kind.called(fact) if kind.called else key, entry)
    session.flush()
    return counts
