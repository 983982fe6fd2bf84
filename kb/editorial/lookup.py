"""Looks up what entries refer to, once in a transaction: terms, places, pages and sources; and slugs that are free."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, bindparam, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, TERMS, EntryKind, TermKind, fill, new_row, references_in, schema_of
from kb.catalogue.entries.fields import place_of
from kb.catalogue.models import City, Place, Source
from kb.core.column_types import LARGEST_ID
from kb.core.db import in_batches
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.text import clean_line
from kb.core.text import slug as slug_of
from kb.images.models import StoredImage

from .models import Redirect, Withdrawal
from .queries import moved_to


class Lookup:
    """The rows that a session has looked up; what was not there is asked for again, since it may have been made.

    Whoever handles many entries reads ahead, and holds the write lock or writes nothing: of that it is also known what
    is not there.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[tuple[str, object], Any] = {}
        self._absent: set[tuple[str, object]] = set()
        self._terms: dict[TermKind, dict[Any, Any]] = {}
        self._has_all_sources = False
        self.new_cities: list[City] = []
        """Cities created for an entry that refers to their place; they have no revision yet."""

    def terms(self, kind: TermKind) -> dict[Any, Any]:
        """The terms of a list by their codes (goals by number), in their order."""
        if kind not in self._terms:
            definition = TERMS[kind]
            order = [getattr(definition.model, name) for name in definition.order]
            rows = self.session.scalars(select(definition.model).order_by(*order))
            self._terms[kind] = {getattr(row, definition.key): row for row in rows}
        return self._terms[kind]

    def forget_terms(self) -> None:
        """Terms were changed; they are looked up anew."""
        self._terms.clear()

    def read_ahead(self, kind: EntryKind, entries: Iterable[Mapping[str, Any]]) -> None:
        """Look up in a few queries what many entries refer to, and whether the slugs of their titles are taken."""
        wanted: dict[str, set[Any]] = {}
        title = ENTRIES[kind].title
        for data in entries:
            for reference, value in references_in(kind, data):
                # Other values are looked up one by one, as whoever cleans them finds them to be.
                if isinstance(value, str) and clean_line(value) == value:
                    wanted.setdefault(reference, set()).add(value)
            if isinstance(name := data.get(title), str):
                wanted.setdefault("title", set()).add(name)
        places = {place for city in wanted.get(EntryKind.CITY, ()) if (place := place_of(city)) and place <= LARGEST_ID}
        self._read(City, City.place_id, "page", places)
        pageless = {place for place in places if ("page", place) not in self._rows}
        self._read(Place, Place.id, "place", pageless)
        self._read(Source, Source.url, "source", wanted.get("source", set()))
        for entry_kind, definition in ENTRIES.items():
            slugs = {value for value in wanted.get(entry_kind, ()) if place_of(value) is None}
            self._read(definition.model, definition.model.slug, entry_kind, slugs)
        self._read_slugs(kind, map(slug_of, wanted.get("title", ())))
        names = [place.name for key in pageless if (place := self._rows.get(("place", key)))]
        self._read_slugs(EntryKind.CITY, map(slug_of, names))

    def _read(self, model: Any, column: Any, what: str, wanted: Collection[Any]) -> None:
        """Read the rows with these values of a unique column, and note which are not there."""
        asked = [value for value in wanted if self._rows.get((what, value)) is None]
        for values in in_batches(asked):
            for row in self.session.scalars(select(model).where(column.in_(values))):
                self._remember_as(what, getattr(row, column.key), row)
        self._absent |= {(what, value) for value in asked if (what, value) not in self._rows}

    def _read_slugs(self, kind: EntryKind, slugs: Iterable[str]) -> None:
        asked = {slug for slug in slugs if (kind, slug) not in self._rows}
        for values in in_batches(asked):
            taken = set(self.session.scalars(_taken(kind), {"slugs": values}))
            self._absent |= {("slug", (kind, slug)) for slug in values if slug not in taken}

    def remember(self, kind: EntryKind, entry: Any) -> None:
        """Note a new entry, so that it need not be read when another refers to it."""
        self._rows[kind, entry.slug] = entry
        self._absent.discard(("slug", (kind, entry.slug)))
        if isinstance(entry, City):
            self._rows["page", entry.place_id] = entry

    def _remember_as(self, what: str, key: object, row: Any) -> None:
        self._rows[what, key] = row
        if isinstance(row, City):
            self.remember(EntryKind.CITY, row)

    def entry(self, kind: EntryKind, slug: str) -> Any:
        """The entry at an address, also at a former one; None where there is none."""
        return self._once((kind, slug), lambda: self._entry(ENTRIES[kind].model, kind, slug))

    def _entry(self, model: Any, kind: EntryKind, slug: str) -> Any:
        entry = self.session.scalars(select(model).where(model.slug == slug)).one_or_none()
        if entry is None and (entry_id := self.session.scalar(moved_to(kind, slug))) is not None:
            entry = self.session.get(model, entry_id)
        return entry

    def place(self, place_id: int) -> Place | None:
        """A place of the gazetteer."""
        place: Place | None = self._once(("place", place_id), lambda: self.session.get(Place, place_id))
        return place

    def city(self, reference: str) -> City | None:
        """The page of the city that a reference names; None where there is none (yet)."""
        place_id = place_of(reference)
        if place_id is None:
            city: City | None = self.entry(EntryKind.CITY, reference)
        else:
            city = self._once(("page", place_id), lambda: self._page(place_id))
            if city is not None and city.place_id != place_id:
                # It was moved since.
                city = self._page(place_id)
        return city

    def _page(self, place_id: int) -> City | None:
        return self.session.scalars(select(City).where(City.place_id == place_id)).one_or_none()

    def city_page(self, reference: str) -> City:
        """The page of a city; a place without one gets it, unflushed. NotFound where there is no such city or place."""
        if (page := self.city(reference)) is not None:
            return page
        place_id = place_of(reference)
        place = self.place(place_id) if place_id is not None else None
        if place is None:
            raise NotFound(gettext_noop("There is no city called %(name)s."), name=reference)
        city: City = new_row(EntryKind.CITY, slug=self.unused_slug(EntryKind.CITY, place.name))
        blank: dict[str, Any] = schema_of(EntryKind.CITY).load({})
        fill(self, EntryKind.CITY, city, {**blank, "name": place.name, "place": place.id})
        self.session.add(city)
        self.remember(EntryKind.CITY, city)
        self.new_cities.append(city)
        return city

    def unused_slug(self, kind: EntryKind, name: str) -> str:
        """A slug of the name that no entry has, and none had: old addresses stay what they were.

        The plain one, or with the first number from 2 that is free.
        """
        slug = slug_of(name)
        candidates, first, count = [slug], 2, 8
        while len(taken := self._taken(kind, candidates)) == len(candidates):
            candidates = [f"{slug}-{number}" for number in range(first, first + count)]
            first, count = first + count, count * 2
        return next(candidate for candidate in candidates if candidate not in taken)

    def _taken(self, kind: EntryKind, slugs: Collection[str]) -> set[str]:
        """Those of the slugs that are taken: by an entry also where it is not flushed, by a redirect or withdrawal."""
        unflushed = {
            slug for slug in slugs if (row := self._rows.get((kind, slug))) is not None and row in self.session
        }
        asked = [slug for slug in slugs if slug not in unflushed and ("slug", (kind, slug)) not in self._absent]
        return unflushed | set(self.session.scalars(_taken(kind), {"slugs": asked}) if asked else ())

    def place_id(self, reference: str) -> int | None:
        """The id of the place of the gazetteer that a reference to a city names, where there is one."""
        city = self.city(reference)
        if city is not None:
            return city.place_id
        place_id = place_of(reference)
        return place_id if place_id is not None and self.place(place_id) is not None else None

    def read_all_sources(self) -> None:
        """Read every source in one query, for a writer of many entries that holds the write lock."""
        self._rows |= {("source", source.url): source for source in self.session.scalars(select(Source))}
        self._has_all_sources = True

    def source(self, url: str) -> Source | None:
        """The source at an address."""
        if self._has_all_sources and ("source", url) not in self._rows:
            return None
        source: Source | None = self._once(("source", url), lambda: self._source(url))
        return source

    def _source(self, url: str) -> Source | None:
        return self.session.scalars(select(Source).where(Source.url == url)).one_or_none()

    def source_or_new(self, url: str) -> Source:
        """The source at an address, made where it is new."""
        source = self.source(url)
        if source is None:
            source = Source(url=url)
            self.session.add(source)
            self._rows["source", url] = source
        return source

    def image(self, key: str) -> StoredImage | None:
        """The image with a key."""
        image: StoredImage | None = self._once(("image", key), lambda: self.session.get(StoredImage, key))
        return image

    def _once(self, key: tuple[str, object], ask: Any) -> Any:
        row = self._rows.get(key)
        # A row may have been deleted since, or undone with a savepoint.
        if row is not None and row in self.session:
            return row
        if row is None and key in self._absent:
            return None
        row = ask()
        if row is not None:
            self._remember_as(*key, row)
        return row


def lookup(session: Session) -> Lookup:
    """What this session has looked up so far."""
    lookup: Lookup = session.info.setdefault("editorial", Lookup(session))
    return lookup


@cache
def _taken(kind: EntryKind) -> CompoundSelect[str]:
    """The slugs that are among the parameter `slugs`, of entries of a kind, of redirects and withdrawals.

    Made once for each kind, since making it takes longer than the query.
    """

    def chosen(column: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = column.in_(bindparam("slugs", expanding=True))
        return condition

    model = ENTRIES[kind].model
    former = [select(was.slug).where(was.kind == kind, chosen(was.slug)) for was in (Redirect, Withdrawal)]
    return union_all(select(model.slug).where(chosen(model.slug)), *former)
