"""Seeds entries and forum sessions: each is made once, and renewed only while nobody has changed it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import Place
from kb.catalogue.rules import free_slug
from kb.core.db import in_batches
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.core.text import sort_key
from kb.editorial import entries
from kb.editorial.actions import publish_data
from kb.editorial.errors import Invalid
from kb.editorial.queries import entries_with_parts, entry_merged_from
from kb.editorial.validation import ValidationResult, validate
from kb.forum.models import ForumSession

from .files import Counts, LeftAlone, Track, read_json
from .forums import fill_session, link_speakers
from .models import SeedRecord
from .rows import Data, Fact, SeededEntries, SeedKind, cities_of, city_data, initiative_data, leader_data, vision_data

_BROKEN = gettext_noop("%(file)s: %(name)s: %(problem)s.")
_PLACELESS = gettext_noop("cities.json: there is no place with the GeoNames id of %(names)s.")

Group = Sequence[Fact]
"""The facts that make one entry: one, or the terms of office of a leader in a city."""


def wanted_places(folder: Path) -> list[int]:
    """The GeoNames ids that the facts' cities stand at."""
    return [fact["geoname_id"] for fact in read_json(folder / "cities.json")]


class _Facts(Protocol):
    """How facts of one kind become rows: their file, their key in `seed_records`, and what makes and renews a row."""

    @property
    def kind(self) -> SeedKind:
        """The kind of row."""

    @property
    def file(self) -> str:
        """The name of the file without its suffix."""

    @property
    def model(self) -> type[Any]:
        """The model of its rows."""

    def key(self, fact: Fact, /) -> str:
        """What the fact is known by in every edition of the seed data."""

    def name(self, fact: Fact, /) -> str:
        """The name by which later facts refer to it."""

    def already(self, seeded: SeededEntries, groups: Mapping[str, Group], /) -> Mapping[str, Any]:
        """What people have made themselves of these facts, by key."""

    def moved(self, seeded: SeededEntries, record: SeedRecord, /) -> Any:
        """The row that took the place of one that is gone; None where it has none."""

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        """Rows that are to be renewed by their ids, with all that this reads."""

    def make(self, seeded: SeededEntries, group: Group) -> Any:
        """Make a row, unflushed; None where it would belong to a city that people took out."""

    def renew(self, seeded: SeededEntries, row: Any, group: Group) -> bool:
        """Bring a row up to the facts; whether that changed anything."""


@dataclass(frozen=True, slots=True)
class _EntryFacts:
    """Facts that become entries, as an editor's would be written."""

    kind: EntryKind
    data: Callable[..., Data]
    key: Callable[[Fact], str]
    name: Callable[[Fact], str]

    @property
    def file(self) -> str:
        """The name of the file without its suffix."""
        return ENTRIES[self.kind].folder

    @property
    def model(self) -> type[Any]:
        """The model of its rows."""
        return ENTRIES[self.kind].model

    def already(self, seeded: SeededEntries, groups: Mapping[str, Group]) -> Mapping[str, Any]:
        """Entries that people have made, of the same title in the same city; a city at the same place."""
        session, model = seeded.session, self.model
        if self.kind == EntryKind.CITY:
            places = {group[0]["geoname_id"]: key for key, group in groups.items()}
            there = session.scalars(select(model).where(model.place_id.in_(places)))
            return {places[city.place_id]: city for city in there}
        title = ENTRIES[self.kind].title
        titles = {key: sort_key(group[0][title]) for key, group in groups.items()}
        named = [
            entry
            for batch in in_batches(set(titles.values()))
            for entry in session.scalars(select(model).where(model.sort_key.in_(batch)))
        ]
        found = {}
        for key, group in groups.items() if named else ():
            cities = {city.id for city in cities_of(seeded, group[0])}
            for entry in named:
                if entry.sort_key == titles[key] and cities & {city.id for city in _cities_of_entry(self.kind, entry)}:
                    found[key] = entry
        return found

    def moved(self, seeded: SeededEntries, record: SeedRecord) -> Any:
        """The entry that it was merged into."""
        return entry_merged_from(seeded.session, self.kind, record.entry_id)

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        """Entries with all their parts."""
        return entries_with_parts(session, self.kind, ids)

    def make(self, seeded: SeededEntries, group: Group) -> Any:
        """A new entry; None where all its cities were withdrawn."""
        if self.kind != EntryKind.CITY and not cities_of(seeded, group[0]):
            return None
        return entries.put(seeded.session, self.kind, self._checked(seeded, group).data)

    def renew(self, seeded: SeededEntries, row: Any, group: Group) -> bool:
        """Publish the facts as an edit, with a revision before and after it."""
        checked = self._checked(seeded, group, row)
        if checked.data == entries.snapshot(self.kind, row):
            return False
        publish_data(seeded.session, None, self.kind, checked, row, None, made_from="update")
        return True

    def _checked(self, seeded: SeededEntries, group: Group, entry: Any = None) -> ValidationResult:
        """The data of an entry. Refused, naming file and entry, where the facts do not fit."""
        try:
            # Sources are written with the entry that first cites them.
            with seeded.session.no_autoflush:
                checked = validate(seeded.session, self.kind, self.data(seeded, *group), entry)
        except (KeyError, TypeError) as problem:
            raise _broken(self.file, group[0], f"{type(problem).__name__} {problem}") from None
        except Invalid as invalid:
            raise _broken(self.file, group[0], str(invalid)) from None
        if checked.errors:
            wrong = "; ".join(f"{path}: {message}" for path, messages in checked.errors.items() for message in messages)
            raise _broken(self.file, group[0], wrong)
        return checked


def _cities_of_entry(kind: EntryKind, entry: Any) -> list[Any]:
    if kind == EntryKind.VISION:
        return [entry.city]
    return [row.city for row in (entry.terms if kind == EntryKind.LEADER else entry.places)]


@dataclass(frozen=True, slots=True)
class _SessionFacts:
    """Facts that become sessions of the forum, which have no revisions."""

    kind: SeedKind = "session"
    file: str = "forum_sessions"
    model: type[Any] = ForumSession
    slugs: set[str] = field(default_factory=set)

    def key(self, fact: Fact) -> str:
        """Its title and day."""
        return _titled(fact, fact["date"])

    name = key

    def already(self, seeded: SeededEntries, _groups: Mapping[str, Group]) -> Mapping[str, Any]:
        """None: two sessions of the same name may well be two."""
        self.slugs.update(seeded.session.scalars(select(ForumSession.slug)))
        return {}

    def moved(self, _seeded: SeededEntries, _record: SeedRecord) -> Any:
        """None: sessions are not merged."""
        return None

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        """The sessions."""
        return {row.id: row for row in session.scalars(select(ForumSession).where(ForumSession.id.in_(ids)))}

    def make(self, seeded: SeededEntries, group: Group) -> Any:
        """A new session."""
        slug = free_slug(group[0]["title"], self.slugs)
        self.slugs.add(slug)
        row = ForumSession(slug=slug)
        self.renew(seeded, row, group)
        return row

    def renew(self, seeded: SeededEntries, row: Any, group: Group) -> bool:
        """Fill a session."""
        (fact,) = group
        try:
            # Half-filled rows must not be written when a relation is read on the way.
            with seeded.session.no_autoflush:
                fill_session(seeded, row, fact)
        except (KeyError, TypeError) as problem:
            raise _broken(self.file, fact, f"{type(problem).__name__} {problem}") from None
        seeded.session.add(row)
        # The next one looks in the database for the forum that this one has made.
        seeded.session.flush()
        return True


def _titled(fact: Fact, city: str) -> str:
    return f"{fact['title']} | {city}"


def _vision_key(fact: Fact) -> str:
    return _titled(fact, fact["city"])


def _initiative_key(fact: Fact) -> str:
    return _titled(fact, fact["cities"][0])


def _leader_key(fact: Fact) -> str:
    return f"{fact['name']} | {fact['city']}"


_ENTRY_FACTS = (
    _EntryFacts(EntryKind.CITY, city_data, lambda fact: str(fact["geoname_id"]), lambda fact: str(fact["name"])),
    _EntryFacts(EntryKind.LEADER, leader_data, _leader_key, _leader_key),
    _EntryFacts(EntryKind.VISION, vision_data, _vision_key, _vision_key),
    _EntryFacts(EntryKind.INITIATIVE, initiative_data, _initiative_key, _initiative_key),
)


def seed_facts(session: Session, folder: Path, track: Track) -> dict[str, Counts]:
    """Make or renew the entries; return the counts by kind. Raise Refused for a city without its place."""
    acquire_write_lock(session)
    seeded = SeededEntries(session)
    _refuse_placeless(session, read_json(folder / "cities.json"))
    counted: dict[str, Counts] = {
        facts.kind: _seed(seeded, facts, folder, track) for facts in (*_ENTRY_FACTS, _SessionFacts())
    }
    link_speakers(seeded)
    return counted


def _broken(file: str, fact: Fact, problem: str) -> Refused:
    return Refused(_BROKEN, file=f"{file}.json", name=_shown(fact), problem=problem.rstrip("."))


def _shown(fact: Fact) -> str:
    if "date" in fact:
        return _titled(fact, fact["date"])
    return str(fact.get("name") or fact.get("title"))


def _refuse_placeless(session: Session, facts: list[Fact]) -> None:
    places = set(session.scalars(select(Place.id).where(Place.id.in_([fact["geoname_id"] for fact in facts]))))
    if missing := [fact["name"] for fact in facts if fact["geoname_id"] not in places]:
        raise Refused(_PLACELESS, names=tuple(missing))


def _seed(seeded: SeededEntries, facts: _Facts, folder: Path, track: Track) -> Counts:
    """Make what is new, and renew what nobody has changed since the seed wrote it; the rest is left as it is."""
    groups: dict[str, list[Fact]] = {}
    for fact in read_json(folder / f"{facts.file}.json"):
        group = groups.setdefault(facts.key(fact), [])
        if group and facts.kind != EntryKind.LEADER:
            raise _broken(facts.file, fact, "it is listed twice")
        group.append(fact)
    seeding = _Seeding(seeded, facts, groups)
    for key, group in track(list(groups.items()), facts.file.replace("_", " ").capitalize()):
        seeded.remember(facts.kind, facts.name(group[0]), seeding.row(key, group))
    seeding.finish()
    return seeding.counts


class _Seeding:
    """Seeds the facts of one kind, with what the database holds of them."""

    def __init__(self, seeded: SeededEntries, facts: _Facts, groups: Mapping[str, Group]) -> None:
        session = seeded.session
        self.counts = Counts()
        self._seeded, self._facts = seeded, facts
        self._digests = {key: _digest(group) for key, group in groups.items()}
        stored = session.scalars(select(SeedRecord).where(SeedRecord.kind == str(facts.kind)))
        self._records = {record.key: record for record in stored}
        self._rows = _rows_by_id(session, facts.model, [record.entry_id for record in self._records.values()])
        self._loaded = facts.load(session, sorted(self._renewable()))
        new = {key: group for key, group in groups.items() if key not in self._records}
        self._already = facts.already(seeded, new)
        self._written: list[tuple[SeedRecord, Any]] = []

    def _renewable(self) -> Iterator[int]:
        """The ids of rows that nobody has changed, and of which there is news."""
        for key, digest in self._digests.items():
            record = self._records.get(key)
            row = self._rows.get(record.entry_id) if record else None
            if record and row is not None and row.version == record.version and digest != record.digest:
                yield record.entry_id

    def row(self, key: str, group: Group) -> Any:
        """The row of some facts, made or renewed; None where people have taken it out."""
        record = self._records.get(key)
        if record is None:
            return self._new(key, group)
        if record.entry_id in self._loaded:
            return self._renewed(record, group)
        return self._left(record, group)

    def _new(self, key: str, group: Group) -> Any:
        record = SeedRecord(kind=str(self._facts.kind), key=key, digest=self._digests[key])
        if (row := self._already.get(key)) is not None:
            # Version 0 is none that an entry has, so this one is people's own for good.
            record.entry_id, record.version = row.id, 0
            self._seeded.session.add(record)
            self._leave_alone(group, "already here")
        elif (row := self._facts.make(self._seeded, group)) is not None:
            self._written.append((record, row))
            self.counts.made += 1
        else:
            self._leave_alone(group, "its city was withdrawn")
        return row

    def _renewed(self, record: SeedRecord, group: Group) -> Any:
        row = self._loaded[record.entry_id]
        if self._facts.renew(self._seeded, row, group):
            self.counts.renewed += 1
        else:
            self.counts.left += 1
        record.digest = self._digests[record.key]
        self._written.append((record, row))
        return row

    def _left(self, record: SeedRecord, group: Group) -> Any:
        row = self._rows.get(record.entry_id)
        if row is None:
            row = self._facts.moved(self._seeded, record)
            self._leave_alone(group, "withdrawn or deleted" if row is None else "merged into another")
        elif self._digests[record.key] == record.digest:
            self.counts.left += 1
        else:
            self._leave_alone(group, "changed here")
        return row

    def _leave_alone(self, group: Group, why: str) -> None:
        self.counts.left_alone.append(LeftAlone(_shown(group[0]), why))

    def finish(self) -> None:
        """Write what was made, and remember the versions."""
        session = self._seeded.session
        session.flush()
        for record, row in self._written:
            record.entry_id, record.version = row.id, row.version
            session.add(record)
        session.flush()


def _rows_by_id(session: Session, model: type[Any], ids: Sequence[int]) -> dict[int, Any]:
    batches = in_batches(ids)
    return {row.id: row for batch in batches for row in session.scalars(select(model).where(model.id.in_(batch)))}


def _digest(group: Group) -> str:
    """A hash of the facts; of one alone it is of the fact itself."""
    facts = group[0] if len(group) == 1 else group
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
