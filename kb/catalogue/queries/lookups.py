"""Rows and counts that other queries are made of, what people choose from while they write, pictures, the sitemap."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache, reduce
from operator import add
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.core.db import read_columns
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.sql_functions import folded
from kb.core.text import fold
from kb.images.models import StoredImage

from ..entries import ENTRIES, TERMS, EntryKind, TermKind
from ..models import (
    City,
    CityPicture,
    Country,
    Goal,
    InitiativePicture,
    Leader,
    LeaderPicture,
    LeaderTerm,
    Place,
    Source,
    Vision,
    VisionPicture,
)

Row = TypeVar("Row")


def one_row(session: Session, query: Select[Row], **values: Any) -> Row:
    """The one row that is chosen, the query's parameters being these; NotFound where there is none."""
    row = session.scalars(query, values).one_or_none()
    if row is None:
        raise NotFound(gettext_noop("There is no such entry in the catalogue."))
    return row


def grouped(session: Session, query: Select[*tuple[Any, ...]]) -> dict[Any, int]:
    """A select of (key, count) as a dictionary."""
    return {key: int(count) for key, count in session.execute(query)}


def count_rows(session: Session, column: Any, *conditions: ColumnElement[bool]) -> int:
    """How many values a column has, of the rows that fit the conditions."""
    return session.scalar(select(func.count(column)).where(*conditions)) or 0


def entry_by_slug(session: Session, kind: EntryKind, slug: str) -> Any:
    """The entry of a kind at an address. NotFound where there is none."""
    model = ENTRIES[kind].model
    return one_row(session, select(model).where(model.slug == slug))


def title_by_slug(session: Session, kind: EntryKind, slug: str) -> str | None:
    """What the entry at an address is called; None where there is none."""
    definition = ENTRIES[kind]
    title: str | None = session.scalar(
        select(getattr(definition.model, definition.title)).where(definition.model.slug == slug)
    )
    return title


def labels(session: Session, kind: TermKind) -> dict[Any, str]:
    """The labels of all terms of a list, by their code or number, in their order."""
    return dict(tuple(row) for row in read_columns(session, _labels(kind)))


@cache
def _labels(kind: TermKind) -> Select[Any, str]:
    definition = TERMS[kind]
    model = definition.model
    order = (getattr(model, name) for name in definition.order)
    return select(getattr(model, definition.key), model.label).order_by(*order)


def terms_with_synonyms(session: Session, kind: TermKind) -> list[tuple[str, str, list[str]]]:
    """Code, label and other words of each term of a list that the desk keeps, in no order; empty for other lists."""
    if TERMS[kind].schema is None:
        return []
    model: Any = TERMS[kind].model
    rows = session.execute(select(model.code, model.label, model.synonyms))
    return [(code, label, synonyms.split(",") if synonyms else []) for code, label, synonyms in rows]


def goals_with_targets(session: Session) -> Sequence[Goal]:
    """Load the 17 goals and their targets, in their order."""
    return session.scalars(select(Goal).order_by(Goal.number).options(selectinload(Goal.targets))).all()


def country_names(session: Session) -> dict[str, str]:
    """The names of all countries, by their codes, in the order of their English names."""
    return dict(session.execute(select(Country.code, Country.name).order_by(Country.sort_key, Country.code)).all())


def city_slug_at(place_id: int) -> Select[str]:
    """The slug of the city at a place of the gazetteer."""
    return select(City.slug).where(City.place_id == place_id)


def place_id_at(slug: str) -> Select[int]:
    """The place of the city at an address."""
    return select(City.place_id).where(City.slug == slug)


def places_by_ids(session: Session, ids: Collection[int | None]) -> Sequence[Place]:
    """Load places of the gazetteer with their countries."""
    return session.scalars(select(Place).where(Place.id.in_(ids)).options(joinedload(Place.country))).all()


def leaders_at(place_ids: Collection[int]) -> Select[Leader]:
    """Leaders with a term of office in a city at one of the places, by name."""
    here = Leader.terms.any(LeaderTerm.city.has(City.place_id.in_(place_ids)))
    return select(Leader).where(here).order_by(Leader.sort_key, Leader.id)


def leaders_named(words: str) -> Select[Leader]:
    """Leaders with each of the words in their name or a city's of theirs, by name, with their terms."""
    query = select(Leader)
    for word in fold(words).split():
        of_city = LeaderTerm.city.has(folded(City.name).contains(word, autoescape=True))
        query = query.where(folded(Leader.name).contains(word, autoescape=True) | Leader.terms.any(of_city))
    return query.order_by(Leader.sort_key, Leader.id).options(selectinload(Leader.terms).joinedload(LeaderTerm.city))


def visions_at(place_ids: Collection[int]) -> Select[Vision]:
    """Visions of cities at the places, by title."""
    return select(Vision).where(Vision.city.has(City.place_id.in_(place_ids))).order_by(Vision.sort_key, Vision.id)


def sources_named(words: str) -> Select[*tuple[Source, int]]:
    """Sources whose address or title holds the words, all for none, by address; and how often each is cited."""
    query = select(Source, _citations()).order_by(Source.url)
    if wanted := fold(words):
        title = folded(func.coalesce(Source.title, ""))
        query = query.where(
            folded(Source.url).contains(wanted, autoescape=True) | title.contains(wanted, autoescape=True)
        )
    return query


def _citations() -> ColumnElement[int]:
    """In how many rows of any table a source is named: of initiatives, cities, visions, terms of office, sessions."""
    source = Source.__table__.c.id
    keys = (key for table in Source.metadata.sorted_tables for key in table.foreign_keys if key.column is source)
    counts = [select(func.count()).where(key.parent == source).correlate(Source).scalar_subquery() for key in keys]
    return reduce(add, counts)


PICTURES = (InitiativePicture, CityPicture, LeaderPicture, VisionPicture)
"""The tables of pictures, one for each kind of entry."""


def shows(image_key: object) -> ColumnElement[bool]:
    """Whether a published entry shows an image, given by its key or the column of it."""
    return or_(*(select(model.id).where(model.image_key == image_key).exists() for model in PICTURES))


def is_image_shown(session: Session, image_key: str) -> bool:
    """Whether a published entry shows the image."""
    return bool(session.scalar(select(shows(image_key))))


def image_bytes(session: Session, key: str, size: str) -> bytes | None:
    """The bytes of an image in a size, "large" or "small"; None where there is no such image."""
    column = {"large": StoredImage.large, "small": StoredImage.small}[size]
    return session.scalar(select(column).where(StoredImage.key == key))


ADDRESSES_A_PAGE = 1_000
"""Ids of a page of the sitemap, which is made in a moment; the protocol allows 50,000 addresses (sitemaps.org)."""


def entry_addresses(session: Session, kind: EntryKind, first: int) -> Sequence[tuple[str, datetime]]:
    """Slug and time of the last edit of the entries of a page of the sitemap; NotFound where there are none."""
    entry = ENTRIES[kind].model
    query = select(entry.slug, entry.updated_at).where(entry.id >= first, entry.id < first + ADDRESSES_A_PAGE)
    addresses = [(slug, updated_at) for slug, updated_at in session.execute(query.order_by(entry.id))]
    if not addresses or first % ADDRESSES_A_PAGE:
        raise NotFound(gettext_noop("There is no such page of the sitemap."))
    return addresses
