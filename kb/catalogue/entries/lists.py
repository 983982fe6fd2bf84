"""Fields of an entry that hold a list: codes, terms, cities, ordered rows, sources."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, TypeVar

from marshmallow import Schema, fields
from sqlalchemy import inspect

from kb.core.i18n import gettext_noop

from ..models import Source
from .fields import CityReference, Code, Declared, Field, Lookup, Term, Text, refuse, set_changed
from .kinds import EntryKind, TermKind

Data = dict[str, Any]
Part = TypeVar("Part")


class Several(Declared, fields.List[Any]):
    """A list of values, each once, in the order given."""

    def __init__(self, label: str, item: fields.Field[Any], most: int = 100, **declared: Any) -> None:
        super().__init__(item, load_default=list, allow_none=True)
        self.most = most
        self.declare(label, **declared)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise refuse(gettext_noop("This should be a list."))
        if len(value) > self.most:
            raise refuse(
                gettext_noop("There are %(count)s of these; at most %(most)s are allowed."),
                count=len(value),
                most=self.most,
            )
        read = super()._deserialize(value, attr, data, **settings)
        return read if isinstance(self.inner, fields.Nested) else list(dict.fromkeys(filter(None, read)))

    def in_order(self, values: list[Any], _terms: Callable[[TermKind], Mapping[Any, Any]]) -> list[Any]:
        """The values each once, in the catalogue's own order where theirs has no meaning."""
        return list(dict.fromkeys(values))


class Codes(Several):
    """Codes of a closed list, or short texts, each a row of its own that holds it in the attribute `held_in`."""

    def __init__(self, label: str, item: Code | Text, held_in: str, **declared: Any) -> None:
        super().__init__(label, item, **declared)
        self.choices, self.held_in = item.choices, held_in

    def in_order(self, values: list[Any], _terms: Callable[[TermKind], Mapping[Any, Any]]) -> list[Any]:
        """The codes each once, sorted."""
        return sorted(dict.fromkeys(values))

    def value_of(self, row: Any) -> Any:
        """The codes, sorted."""
        return sorted(getattr(link, self.held_in) for link in getattr(row, self.stored))

    def assign(self, row: Any, value: Any, _lookup: Lookup) -> None:
        """Keep a row for each code."""
        links = getattr(row, self.stored)
        linked = {getattr(link, self.held_in): link for link in links}
        model = _model_of(row, self.stored)
        set_members(links, [linked.get(code) or model(**{self.held_in: code}) for code in value])


class Terms(Several):
    """Terms of a list that editors may add to, by code, in the order of the list."""

    refers: TermKind

    def __init__(self, label: str, refers: TermKind, **declared: Any) -> None:
        super().__init__(label, Term(""), **declared)
        self.refers = refers

    def in_order(self, values: list[Any], terms: Callable[[TermKind], Mapping[Any, Any]]) -> list[Any]:
        """The codes each once, as the list has them; what it lacks comes last."""
        codes = list(terms(self.refers))
        positions = {code: position for position, code in enumerate(codes)}
        return sorted(dict.fromkeys(values), key=lambda code: positions.get(code, len(codes)))

    def value_of(self, row: Any) -> Any:
        """The codes, in the order of the list."""
        return [term.code for term in sorted(getattr(row, self.stored), key=lambda term: term.position)]

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Link exactly these terms."""
        set_members(getattr(row, self.stored), [lookup.terms(self.refers)[code] for code in value])


class Cities(Several):
    """The cities that an entry belongs to, the leading one first, each by a row with its position."""

    refers = EntryKind.CITY

    def __init__(self, label: str, most: int, **declared: Any) -> None:
        super().__init__(label, CityReference(""), most, **declared)

    def value_of(self, row: Any) -> Any:
        """The slugs of the cities."""
        links = sorted(getattr(row, self.stored), key=lambda link: (link.position, link.city_id))
        return [link.city.slug for link in links]

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Link exactly these cities, in this order; pages are made for places that have none."""
        links = getattr(row, self.stored)
        linked = {link.city: link for link in links}
        wanted = []
        for position, city in enumerate(lookup.city_page(reference) for reference in value):
            link = linked.get(city) or _model_of(row, self.stored)(city=city)
            set_changed(link, {"position": position})
            wanted.append(link)
        set_members(links, wanted)


class Rows(Several):
    """Rows with fields of their own, in the order given, or by `order` where that has no meaning.

    `key` names the fields by which a row is known again when it is written. Where `unique`, no two rows have the same.
    """

    def __init__(
        self,
        label: str,
        schema: type[Schema],
        most: int = 100,
        *,
        key: Sequence[str],
        unique: bool = False,
        order: Callable[[Data], Any] | None = None,
        **declared: Any,
    ) -> None:
        super().__init__(label, fields.Nested(schema), most, **declared)
        self.key, self.unique, self.order = tuple(key), unique, order

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields of a row by name."""
        inner: Any = self.inner
        return inner.schema.fields  # type: ignore[no-any-return] # marshmallow's fields are ours here

    def in_order(self, values: list[Any], _terms: Callable[[TermKind], Mapping[Any, Any]]) -> list[Any]:
        """The rows, of those with the same key the first; sorted, unless what they are sorted by cannot be read."""
        rows = values
        if self.unique:
            (name,) = self.key
            first: dict[Any, Any] = {}
            for number, row in enumerate(values):
                first.setdefault(number if row[name] is None else str(row[name]), row)
            rows = list(first.values())
        if self.order is None or any(isinstance(self.order(row), str) for row in rows):
            return rows
        return sorted(rows, key=self.order)

    def value_of(self, row: Any) -> Any:
        """The rows as dictionaries."""
        links = sorted(getattr(row, self.stored), key=_position)
        rows = [self._data(link) for link in links]
        return sorted(rows, key=self.order) if self.order else rows

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Keep a row for each, those that are there already wherever they can be known again."""
        links, model = getattr(row, self.stored), _model_of(row, self.stored)
        # A row that is known by what it links to can become no other.
        is_replaceable = "id" in inspect(model).column_attrs
        wanted = []
        for position, (link, data) in enumerate(zip(self._matched(links, value, is_replaceable), value, strict=True)):
            part = link if link is not None else model()
            for name, field in self.fields.items():
                field.assign(part, data[name], lookup)
            if hasattr(part, "position"):
                set_changed(part, {"position": position})
            wanted.append(part)
        set_members(links, wanted)

    def _data(self, link: Any) -> Data:
        return {name: field.value_of(link) for name, field in self.fields.items()}

    def _matched(self, links: Sequence[Part], wanted: Sequence[Data], is_replaceable: bool) -> list[Part | None]:
        """For each wanted row the one that is to become it, or None for a new one; no row is given twice.

        First those with equal data, then those with the same key, then the others, in order.
        """
        free = [(link, self._data(link)) for link in links]
        matched: list[Part | None] = [None] * len(wanted)

        def pair(alike: Callable[[Data, Data], bool]) -> None:
            for place, row in enumerate(wanted):
                if matched[place] is None:
                    match = next((number for number, (_, data) in enumerate(free) if alike(data, row)), None)
                    if match is not None:
                        matched[place] = free.pop(match)[0]

        pair(lambda data, row: data == row)
        pair(lambda data, row: all(data[name] == row[name] for name in self.key))
        if is_replaceable:
            pair(lambda _data, _row: True)
        return matched


class Links(Rows):
    """Goals or targets, ticked in a form, each with the origin of the link."""

    def __init__(self, label: str, schema: type[Schema], most: int, **declared: Any) -> None:
        self.item, term = next((name, field) for name, field in schema().fields.items() if isinstance(field, Declared))
        self.terms = TermKind(str(term.refers))
        super().__init__(label, schema, most, key=(self.item,), unique=True, **declared)


class Sources(Rows):
    """Sources in the order given. Changes to a source apply to every entry that cites it, but for `own_titles`.

    An entry with titles of its own has a row for each citation, others only a list of sources.
    """

    def __init__(self, label: str, schema: type[Schema], *, own_titles: bool = False, **declared: Any) -> None:
        super().__init__(label, schema, key=("url",), unique=True, **declared)
        self._own_titles = own_titles

    def value_of(self, row: Any) -> Any:
        """The sources as dictionaries."""
        if self._own_titles:
            links = sorted(getattr(row, self.stored), key=_position)
            return [_source(link.source, link.title) for link in links]
        return [_source(source, source.title) for source in sorted(getattr(row, self.stored), key=attrgetter("id"))]

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Cite exactly these sources, made where they are new."""
        links = getattr(row, self.stored)
        sources = [cite(lookup, data, own_title=self._own_titles) for data in value]
        if not self._own_titles:
            set_members(links, sources)
            return
        linked = {link.source: link for link in links}
        wanted = []
        for position, (source, data) in enumerate(zip(sources, value, strict=True)):
            link = linked.get(source) or _model_of(row, self.stored)(source=source)
            set_changed(link, {"position": position, "title": data["title"]})
            wanted.append(link)
        set_members(links, wanted)


def cite(lookup: Lookup, data: Mapping[str, Any], *, own_title: bool = False) -> Source:
    """The source of a row; its day is set where one is given, its title too unless the entry keeps one of its own."""
    source = lookup.source_or_new(data["url"])
    if data["seen_on"] is not None:
        set_changed(source, {"seen_on": date.fromisoformat(data["seen_on"])})
    if data["title"] is not None and (source.title is None or not own_title):
        set_changed(source, {"title": data["title"]})
    return source


def set_members(rows: list[Any], wanted: Iterable[Any]) -> None:
    """Make a relationship hold exactly the wanted rows, removing and adding only those that differ."""
    listed = list(wanted)
    for row in [row for row in rows if row not in listed]:
        rows.remove(row)
    for row in listed:
        if row not in rows:
            rows.append(row)


def _source(source: Source, title: str | None) -> Data:
    return {
        "url": source.url,
        "title": title,
        "seen_on": source.seen_on.isoformat() if source.seen_on else None,
    }


def _model_of(row: Any, relationship: str) -> Any:
    return inspect(type(row)).relationships[relationship].mapper.class_


def _position(link: Any) -> tuple[Hashable, ...]:
    """What rows are sorted by: their position where they have one, then their key."""
    keys = [inspect(type(link)).get_property_by_column(column).key for column in inspect(type(link)).primary_key]
    return (getattr(link, "position", 0), *(getattr(link, key) for key in keys))
