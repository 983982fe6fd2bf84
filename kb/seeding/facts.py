"""Seeds entries and forum sessions: each is made once, and renewed only while nobody has changed it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import Place
from kb.catalogue.rules import free_slug
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.editorial import entries
from kb.editorial.errors import Invalid
from kb.editorial.validation import validate
from kb.forum.models import ForumSession

from .files import Counts, Track, read_json
from .forums import fill_session
from .models import SeedRecord
from .rows import Data, Fact, SeededEntries, SeedKind, city_data, initiative_data, leader_data, vision_data

_BROKEN = gettext_noop("%(file)s: %(name)s: %(problem)s.")
_PLACELESS = gettext_noop("cities.json: there is no place with the GeoNames id of %(names)s.")


def wanted_places(folder: Path) -> list[int]:
    """The GeoNames ids that the facts' cities stand at."""
    return [fact["geoname_id"] for fact in read_json(folder / "cities.json")]


@dataclass(frozen=True, slots=True)
class _Facts:
    """How facts of one kind become entries: the data of a fact, its key in `seed_records`, the name others refer by."""

    kind: EntryKind
    data: Callable[[SeededEntries, Fact], Data]
    key: Callable[[Fact], str]
    name: Callable[[Fact], str] | None = None

    @property
    def file(self) -> str:
        """The name of the file without its suffix."""
        return ENTRIES[self.kind].folder


def _titled(fact: Fact, city: str) -> str:
    return f"{fact['title']} | {city}"


_KINDS = (
    _Facts(EntryKind.CITY, city_data, lambda fact: str(fact["geoname_id"]), lambda fact: str(fact["name"])),
    _Facts(EntryKind.LEADER, leader_data, lambda fact: f"{fact['name']} | {fact['city']}"),
    _Facts(EntryKind.VISION, vision_data, lambda fact: _titled(fact, fact["city"])),
    _Facts(EntryKind.INITIATIVE, initiative_data, lambda fact: _titled(fact, fact["cities"][0])),
)
_SESSIONS = "forum_sessions"


def seed_facts(session: Session, folder: Path, track: Track) -> dict[str, Counts]:
    """Make or renew the entries; return the counts by kind. Raise Refused for a city without its place."""
    seeded = SeededEntries(session)
    _refuse_placeless(session, read_json(folder / "cities.json"))
    counted: dict[str, Counts] = {}
    for facts in _KINDS:
        rows = read_json(folder / f"{facts.file}.json")
        listed = track(rows, facts.file.capitalize())
        write = partial(_write, seeded, facts)
        counted[facts.kind] = _seed(seeded, facts.kind, ENTRIES[facts.kind].model, listed, write, facts.key, facts.name)
    listed = track(read_json(folder / f"{_SESSIONS}.json"), "Forum sessions")
    write_session = partial(_write_session, seeded, set(session.scalars(select(ForumSession.slug))))
    counted["session"] = _seed(
        seeded, "session", ForumSession, listed, write_session, lambda fact: _titled(fact, fact["date"])
    )
    return counted


def _write(seeded: SeededEntries, facts: _Facts, entry: Any, fact: Fact) -> Any:
    """Write an entry as an editor's would be. Refused, naming file and entry, where the fact does not fit."""
    try:
        # Sources are written with the entry that first cites them.
        with seeded.session.no_autoflush:
            checked = validate(seeded.session, facts.kind, facts.data(seeded, fact), entry)
    except (KeyError, TypeError) as problem:
        raise _broken(facts.file, fact, f"{type(problem).__name__} {problem}") from None
    except Invalid as invalid:
        raise _broken(facts.file, fact, str(invalid)) from None
    if checked.errors:
        wrong = "; ".join(f"{path}: {message}" for path, messages in checked.errors.items() for message in messages)
        raise _broken(facts.file, fact, wrong)
    return entries.put(seeded.session, facts.kind, checked.data, entry)


def _write_session(seeded: SeededEntries, slugs: set[str], entry: Any, fact: Fact) -> Any:
    forum_session = entry or ForumSession(slug=free_slug(fact["title"], slugs))
    slugs.add(forum_session.slug)
    try:
        # Half-filled rows must not be written when a relation is read on the way.
        with seeded.session.no_autoflush:
            fill_session(seeded, forum_session, fact)
    except (KeyError, TypeError) as problem:
        raise _broken(_SESSIONS, fact, f"{type(problem).__name__} {problem}") from None
    seeded.session.add(forum_session)
    # The next one looks in the database for the forum that this one has made.
    seeded.session.flush()
    return forum_session


def _broken(file: str, fact: Fact, problem: str) -> Refused:
    name = fact.get("title") or fact.get("name")
    return Refused(_BROKEN, file=f"{file}.json", name=str(name), problem=problem.rstrip("."))


def _refuse_placeless(session: Session, facts: list[Fact]) -> None:
    places = set(session.scalars(select(Place.id).where(Place.id.in_([fact["geoname_id"] for fact in facts]))))
    if missing := [fact["name"] for fact in facts if fact["geoname_id"] not in places]:
        raise Refused(_PLACELESS, names=tuple(missing))


def _seed(
    seeded: SeededEntries,
    kind: SeedKind,
    model: type[Any],
    facts: Iterable[Fact],
    write: Callable[[Any, Fact], Any],
    key_of: Callable[[Fact], str],
    name_of: Callable[[Fact], str] | None = None,
) -> Counts:
    """Make what is new, and renew what nobody has changed since the seed wrote it; the rest is left as it is.

    What `write` has filled is flushed once for all, where that is not done before.
    """
    session, counts = seeded.session, Counts()
    written: list[tuple[SeedRecord, Any]] = []
    records = {record.key: record for record in session.scalars(select(SeedRecord).where(SeedRecord.kind == kind))}
    for fact in facts:
        key = key_of(fact)
        digest = hashlib.sha256(json.dumps(fact, sort_keys=True).encode()).hexdigest()
        record = records.get(key)
        entry: Any = session.get(model, record.entry_id) if record else None
        if record is None:
            entry = write(None, fact)
            written.append((SeedRecord(kind=str(kind), key=key, digest=digest), entry))
            counts.made += 1
        elif entry is not None and entry.version == record.version and digest != record.digest:
            write(entry, fact)
            record.digest = digest
            written.append((record, entry))
            counts.renewed += 1
        else:
            counts.left += 1
        seeded.remember(kind, name_of(fact) if name_of else key, entry)
    session.flush()
    for record, entry in written:
        record.entry_id, record.version = entry.id, entry.version
        session.add(record)
    session.flush()
    return counts
