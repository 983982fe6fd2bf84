"""The tables of each kind of entry and their columns, which derive from its declaration.

The main table has a row for each entry: its single values, and its lists of codes in one cell each. Every list has a
table of its own besides, with a row for each of its items. A code stands beside its label, in the column NAME_label.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from typing import Any, Literal

from kb.catalogue.entries import ENTRIES, Data, EntryKind, schema_of
from kb.catalogue.entries.fields import Day, Declared, Number, Text, Web, Whole, Year, YesNo
from kb.catalogue.entries.lists import Cities, Codes, Rows, Several
from kb.core.i18n import gettext_noop

from .cells import Cell
from .export import Links
from .labels import element_of, key_of, label_reader
from .names import Names

Type = Literal["text", "address", "code", "codes", "integer", "number", "year", "boolean", "date", "datetime"]

LABEL_OF_CODE = gettext_noop("The label of the code in the column before.")

SEPARATOR = "; "
"""What stands between the codes, and between the labels, of a list in one cell."""

Reader = Callable[[Sequence[Data], Names, Links], Iterable[Cell]]
"""Makes the cells of a column, one for each of some entries or of their items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. `label` and `explanation` are English, marked for translation.

    `path` is where the dictionary of an entry has the value: a field, or a list and a field of its rows; "" where it
    does not stand in there. `values` are the codes of a closed list with their labels; `refers` says which other list
    or kind the codes are of. `key` is where a row has the value, if `read` need not make it.
    """

    name: str
    label: str
    explanation: str = ""
    type: Type = "text"
    path: str = ""
    values: Mapping[str, str] | None = None
    refers: str = ""
    key: str = ""
    read: Reader | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a kind: of its entries where `field` is None, or else of one of its lists, by the field's name."""

    kind: EntryKind
    name: str
    label: str
    columns: Sequence[Column]
    field: str | None = None
    item: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """The declared fields that the rows are made from."""
        if self.field is not None:
            return frozenset({self.field})
        declared = schema_of(self.kind).declared
        return frozenset(column.path for column in self.columns if column.path in declared)

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    def rows(self, entries: Sequence[Data], names: Names, links: Links) -> Iterator[tuple[Cell, ...]]:
        """The rows of some entries."""
        return zip(*self.cells(entries, names, links), strict=True)

    def cells(self, entries: Sequence[Data], names: Names, links: Links) -> list[list[Cell]]:
        """The cells of some entries, a list for each column: what is done once for a column costs no row anything."""
        items = entries if self.field is None else list(self._items(self.field, entries))
        return [
            [item[column.key] for item in items] if column.read is None else list(column.read(items, names, links))
            for column in self.columns
        ]

    def _items(self, field: str, entries: Iterable[Data]) -> Iterator[Data]:
        """What each row of a list is made from."""
        for entry in entries:
            for position, item in enumerate(entry[field], 1):
                row = item if isinstance(item, dict) else {self.item: item}
                yield {**row, _OWNER: entry["slug"], _POSITION: position}


_OWNER, _POSITION = "\0owner", "\0position"


@cache
def tables_of(kind: EntryKind) -> Mapping[str, Table]:
    """The tables of a kind by name, the one of its entries first."""
    main = Table(
        kind=kind, name=ENTRIES[kind].folder, label=ENTRIES[kind].plural, columns=tuple(_columns_of_entry(kind))
    )
    tables = [main] + [
        Table(
            kind=kind,
            name=name,
            label=field.label,
            field=name,
            item=_item(name, field),
            columns=(*_owner_columns(kind), *_columns_of_list(name, field)),
        )
        for name, field in schema_of(kind).declared.items()
        if isinstance(field, Several)
    ]
    return {table.name: table for table in tables}


def main_table(kind: EntryKind) -> Table:
    """The table of the entries of a kind."""
    return tables_of(kind)[ENTRIES[kind].folder]


def columns_of(kind: EntryKind) -> Sequence[Column]:
    """The columns of the main table of a kind."""
    return main_table(kind).columns


def _columns_of_entry(kind: EntryKind) -> Iterator[Column]:
    yield Column(
        name="slug",
        label=gettext_noop("Name in addresses"),
        explanation=gettext_noop("The last part of the address of its page. Other tables refer to the entry by it."),
        path="slug",
        key="slug",
    )
    yield Column(
        name="address",
        label=gettext_noop("Address of the page"),
        explanation=gettext_noop("Cite this address."),
        type="address",
        read=lambda entries, _names, links: links.entries(kind, [entry["slug"] for entry in entries]),
    )
    for name, field in schema_of(kind).declared.items():
        if isinstance(field, Several):
            yield from _joined(name, field)
        else:
            yield from _columns_of_field(name, name, field)
    if kind is EntryKind.CITY:
        yield from _facts_of_city("slug")
    for name, label, type_, explanation in _KEPT:
        yield Column(name=name, label=label, explanation=explanation, type=type_, path=name, key=name)


_KEPT: Sequence[tuple[str, str, Type, str]] = (
    ("version", gettext_noop("Version"), "integer", gettext_noop("Grows by one with every published change.")),
    ("created_at", gettext_noop("Added"), "datetime", gettext_noop("When the entry was added to the catalogue.")),
    ("updated_at", gettext_noop("Changed"), "datetime", gettext_noop("When the entry was last changed.")),
    (
        "confirmed_on",
        gettext_noop("Confirmed on"),
        "date",
        gettext_noop("The day on which someone last confirmed that the entry is true."),
    ),
)


def _owner_columns(kind: EntryKind) -> Iterator[Column]:
    yield Column(
        name=str(kind),
        label=ENTRIES[kind].label,
        explanation=gettext_noop("The entry that the row belongs to, by its name in addresses."),
        type="code",
        path="slug",
        refers=str(kind),
        key=_OWNER,
    )
    yield Column(
        name="position",
        label=gettext_noop("Position"),
        explanation=gettext_noop("The place of the row in the list of its entry, from 1."),
        type="integer",
        key=_POSITION,
    )


def _columns_of_field(name: str, path: str, field: Any) -> Iterator[Column]:
    """The column of a field that holds one value, and that of its labels."""
    label = label_reader(field)
    yield Column(
        name=name,
        label=field.label,
        explanation=_explanation(field),
        type="code" if label else _type(field),
        path=path,
        values=field.choices,
        refers=str(field.refers or ""),
        key=name,
    )
    if label:
        read = label

        def read_labels(rows: Sequence[Data], names: Names, _links: Links) -> Iterable[Cell]:
            label_of = read(names)
            return [None if (code := row[name]) is None else label_of(code) for row in rows]

        yield Column(
            name=f"{name}_label",
            label=field.label,
            explanation=LABEL_OF_CODE,
            path=path,
            read=read_labels,
        )


def _columns_of_list(name: str, field: Several) -> Iterator[Column]:
    item = _item(name, field)
    if isinstance(field, Rows):
        for inner, row_field in field.fields.items():
            yield from _columns_of_field(inner, f"{name}.{inner}", row_field)
    else:
        for column in _columns_of_field(item, name, element_of(field)):
            yield replace(column, label=field.label, explanation=column.explanation or field.codebook)
    if isinstance(field, Cities):
        yield from _facts_of_city(item)


def _joined(name: str, field: Several) -> Iterator[Column]:
    """The cells of the main table for a list of codes; none where a list has more to say of each item."""
    key = key_of(field)
    if key is None:
        return
    inner, element = key

    def codes(entries: Sequence[Data]) -> Iterable[Sequence[Any]]:
        lists = (entry[name] for entry in entries)
        return ([item[inner] for item in items] for items in lists) if inner else lists

    yield Column(
        name=name,
        label=field.label,
        explanation=_explanation(field),
        type="codes",
        path=name,
        values=element.choices or field.choices,
        refers=str(element.refers or field.refers or ""),
        read=lambda entries, _names, _links: [
            SEPARATOR.join(map(str, items)) if items else None for items in codes(entries)
        ],
    )
    label = label_reader(element) or label_reader(field)
    if label:
        read = label

        def read_labels(entries: Sequence[Data], names: Names, _links: Links) -> Iterable[Cell]:
            label_of = read(names)
            return [
                SEPARATOR.join([str(label_of(code)) for code in items]) if items else None for items in codes(entries)
            ]

        yield Column(
            name=f"{name}_label",
            label=field.label,
            explanation=gettext_noop("The labels of the codes in the column before, in the same order."),
            path=name,
            read=read_labels,
        )
    if isinstance(field, Cities):
        yield from _countries(name)


def _countries(name: str) -> Iterator[Column]:
    def joined(entries: Sequence[Data], names: Names, of: str) -> Iterable[Cell]:
        value, cities = attrgetter(of), names.cities
        for entry in entries:
            yield SEPARATOR.join({value(cities[slug]): True for slug in entry[name] if slug in cities}) or None

    yield Column(
        name="countries",
        label=gettext_noop("Countries"),
        explanation=gettext_noop("The countries of its cities (ISO 3166), each once."),
        type="codes",
        path=name,
        read=lambda entries, names, _links: joined(entries, names, "country_code"),
    )
    yield Column(
        name="countries_label",
        label=gettext_noop("Countries"),
        explanation=gettext_noop("The labels of the codes in the column before, in the same order."),
        path=name,
        read=lambda entries, names, _links: joined(entries, names, "country"),
    )


_FACTS: Sequence[tuple[str, str, str, Type, str]] = (
    ("country_code", "country_code", gettext_noop("Country"), "code", gettext_noop("ISO 3166, two letters.")),
    ("country", "country_code_label", gettext_noop("Country"), "text", gettext_noop("The name of the country.")),
    ("region", "region", gettext_noop("Region"), "text", gettext_noop("Sub-region of the United Nations (M49).")),
    (
        "income_group",
        "income_group",
        gettext_noop("Income of the country"),
        "code",
        gettext_noop("World Bank country classification by income."),
    ),
    (
        "place_id",
        "geonames_id",
        gettext_noop("GeoNames"),
        "integer",
        gettext_noop("The number of its place in GeoNames."),
    ),
    ("latitude", "latitude", gettext_noop("Latitude"), "number", gettext_noop("Degrees (WGS 84).")),
    ("longitude", "longitude", gettext_noop("Longitude"), "number", gettext_noop("Degrees (WGS 84).")),
    (
        "population",
        "population",
        gettext_noop("Population"),
        "integer",
        gettext_noop("The number of people, from GeoNames."),
    ),
    (
        "climate_zone",
        "climate_zone",
        gettext_noop("Climate zone"),
        "code",
        gettext_noop("Köppen-Geiger, on the map of Rubel and others (2017) for 1986–2010."),
    ),
    (
        "elevation_m",
        "elevation_m",
        gettext_noop("Elevation"),
        "integer",
        gettext_noop("Metres above the sea, in the elevation model of GeoNames."),
    ),
    (
        "relief_m",
        "relief_m",
        gettext_noop("Height difference within 50 km"),
        "integer",
        gettext_noop("Metres between the highest and the lowest place of GeoNames within 50 km."),
    ),
)


def _facts_of_city(slug: str) -> Iterator[Column]:
    """What the gazetteer says of the city whose slug stands in a field."""

    def reader(of: str) -> Reader:
        value = attrgetter(of)

        def read(rows: Sequence[Data], names: Names, _links: Links) -> Iterable[Cell]:
            cities = map(names.cities.get, (row[slug] for row in rows))
            return [None if city is None else value(city) for city in cities]

        return read

    for attribute, name, label, type_, explanation in _FACTS:
        yield Column(name=name, label=label, explanation=explanation, type=type_, read=reader(attribute))


def _item(name: str, field: Several) -> str:
    """The column for the items of a list of codes."""
    return str(field.refers) if field.refers else name


_TYPES: Sequence[tuple[type[Any], Type]] = (
    (Web, "address"),
    (Text, "text"),
    (Year, "year"),
    (Whole, "integer"),
    (Number, "number"),
    (YesNo, "boolean"),
    (Day, "date"),
    (Codes, "text"),
)


def _type(field: Any) -> Type:
    return next((type_ for class_, type_ in _TYPES if isinstance(field, class_)), "code")


def _explanation(field: Declared) -> str:
    """What the codebook says of the field, or else what a form does."""
    return field.codebook or field.input.hint
