"""Looks up what entries refer to, once in a transaction: terms, places, pages and sources; and slugs that are free."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, String, bindparam, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, TERMS, EntryKind, TermKind, fill, schema_of
from kb.catalogue.entries.fields import place_of
from kb.catalogue.models import City, Place, Source
from kb.catalogue.rules import free_slug
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.text import slug as slug_of
from kb.images.models import StoredImage

from .models import Redirect, Withdrawal
from .queries import moved_to


class Lookup:
    """The rows that a session has looked up; what was not there is asked for again, since it may have been made."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[tuple[str, object], Any] = {}
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

    def remember(self, kind: EntryKind, entry: Any) -> None:
        """Note a new entry, so that it need not be read when another refers to it."""
        self._rows[kind, entry.slug] = entry

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
            query = select(City).where(City.place_id == place_id)
            city = self._once(("page", place_id), lambda: self.session.scalars(query).one_or_none())
        return city

    def city_page(self, reference: str) -> City:
        """The page of a city; a place without one gets it. NotFound where there is no such city or place."""
        city = self.city(reference)
        if city is not None:
            return city
        place_id = place_of(reference)
        place = self.place(place_id) if place_id is not None else None
        if place is None:
            raise NotFound(gettext_noop("There is no city called %(name)s."), name=reference)
        city = City(slug=unused_slug(self.session, EntryKind.CITY, place.name))
        blank: dict[str, Any] = schema_of(EntryKind.CITY).load({})
        fill(self, EntryKind.CITY, city, {**blank, "name": place.name, "place": place.id})
        self.session.add(city)
        self.session.flush()
        self.new_cities.append(city)
        return city

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
        query = select(Source).where(Source.url == url)
        source: Source | None = self._once(("source", url), lambda: self.session.scalars(query).one_or_none())
        return source

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
        if row is None or row not in self.session:
            row = self._rows[key] = ask()
        return row


def lookup(session: Session) -> Lookup:
    """What this session has looked up so far."""
    lookup: Lookup = session.info.setdefault("editorial", Lookup(session))
    return lookup


def unused_slug(session: Session, kind: EntryKind, name: str) -> str:
    """A slug of the name that no entry has, and none had: old addresses stay what they were."""
    slug = slug_of(name)
    # Nearly always it is free, which one query by index shows; otherwise all slugs that begin alike are read.
    if not session.scalar(_taken(kind, is_whole=True), {"slug": slug}):
        return free_slug(name, ())
    return free_slug(name, set(session.scalars(_taken(kind, is_whole=False), {"slug": slug})))


@cache
def _taken(kind: EntryKind, *, is_whole: bool) -> CompoundSelect[str]:
    """The slugs that are or begin with the parameter `slug`, of entries of a kind, of redirects and withdrawals.

    Made once for each kind, since making it takes longer than the query. Slugs hold no wildcards of LIKE.
    """

    def chosen(column: Any) -> ColumnElement[bool]:
        wanted = bindparam("slug", type_=String)
        condition: ColumnElement[bool] = column == wanted if is_whole else column.startswith(wanted)
        return condition

    model = ENTRIES[kind].model
    former = [select(was.slug).where(was.kind == kind, chosen(was.slug)) for was in (Redirect, Withdrawal)]
    return union_all(select(model.slug).where(chosen(model.slug)), *former)
