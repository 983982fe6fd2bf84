"""The words by which an entry is found, from the fields that its declaration gives a weight."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from kb.catalogue.entries import KIND_OF, EntryKind, schema_of
from kb.catalogue.entries.fields import CityReference, Declared, Link, PlaceId
from kb.catalogue.entries.lists import Cities, Links, Rows, Terms
from kb.catalogue.entries.metadata import Weight
from kb.catalogue.models import City, Initiative, Leader, Vision

from .facets import country, joined, link_words, term_words, where


def passage(entry: Initiative | City | Leader | Vision) -> str:
    """The prose of an entry that a page of results cites from."""
    return joined(
        *(words for field in _weighing(KIND_OF[type(entry)], Weight.PASSAGE) for words in _words(field, entry))
    )


def text(entry: Initiative | City | Leader | Vision, names: Sequence[str] = ()) -> str:
    """Everything by which an entry is found but its title; `names` are others that a city has."""
    kind = KIND_OF[type(entry)]
    around = (words for field in _weighing(kind, Weight.PASSAGE) for words in _around(field, entry))
    others = (words for field in _weighing(kind, Weight.TEXT) for words in _words(field, entry))
    return joined(passage(entry), *around, *others, *names)


@cache
def _weighing(kind: EntryKind, weight: Weight) -> tuple[Declared, ...]:
    return tuple(field for field in schema_of(kind).declared.values() if field.search is weight)


def _words(field: Declared, row: Any) -> Iterator[str | None]:
    """What a field says, in words: labels, titles and names instead of codes and slugs."""
    value = getattr(row, field.stored)
    match field:
        case PlaceId():
            yield country(row)
        case CityReference():
            yield where(value)
        case Link():
            yield value.title if value and hasattr(value, "title") else value.name if value else None
        case Cities():
            yield from (where(link.city) for link in value)
        case Terms():
            yield from map(term_words, value)
        case Links():
            yield from map(link_words, value)
        case Rows():
            yield from _rows(field, value)
        case _:
            yield value


def _rows(field: Rows, rows: Sequence[Any]) -> Iterator[str]:
    """What rows say, each on a line; those of a passage in one, names before the cities that they belong to."""
    inner = [one for one in field.fields.values() if one.search is not None]
    inner.sort(key=lambda one: one.refers is not None)
    said = [", ".join(_name(one, row) for one in inner) for row in rows]
    if field.search is Weight.PASSAGE:
        yield (", " if len(inner) == 1 else "; ").join(said)
    else:
        yield from said


def _name(field: Declared, row: Any) -> str:
    """A field of a row in a word or two; a reference by what it leads to, which is called as the field is."""
    if not field.refers:
        return str(getattr(row, field.stored))
    linked = getattr(row, str(field.name))
    return str(linked.name if isinstance(linked, City) else linked.label)


def _around(field: Declared, row: Any) -> Iterator[str]:
    """Where the cities lie that a passage names."""
    if isinstance(field, Rows):
        for name, inner in field.fields.items():
            if isinstance(inner, CityReference):
                yield from (country(getattr(link, name)) for link in getattr(row, field.stored))
