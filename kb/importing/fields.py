"""What a column of an import may hold: its code, its label, and the names by which people call such a column."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from kb.catalogue.entries import EntryKind, schema_of
from kb.catalogue.entries import fields as declared
from kb.catalogue.entries.lists import Cities, Codes, Links, Rows, Several, Sources, Terms
from kb.core.i18n import gettext_noop
from kb.core.text import fold

Kind = Literal[
    "key", "text", "prose", "place", "point", "degrees", "code", "codes", "numbers", "year", "whole", "number",
    "money", "yesno", "currency", "partners", "links", "titles", "leader",
]  # fmt: skip

MOST_OUTCOMES = 5


@dataclass(frozen=True, slots=True)
class Field:
    """A column, by the `field` of the entry that it fills, or none. `names` are folded.

    `several` columns may fill one field; their lists are joined.
    """

    code: str
    label: str
    kind: Kind
    names: tuple[str, ...] = ()
    hint: str = ""
    several: bool = False
    example: str = ""
    field: str = ""


# What a file may say besides the fields of an entry: before the first of them, beside the cities, beside the sources.
_KEY = Field(
    "key",
    gettext_noop("External key"),
    "key",
    (
        "id", "key", "external id", "external key", "identifier", "record id", "project id", "ref", "reference",
        "code", "no", "number", "nr", "identificador",
    ),
    gettext_noop("Your own number or code for the row. The next import with the same key changes this entry."),
    example="EXAMPLE",
)  # fmt: skip
_BESIDE: Mapping[type[Several], tuple[Field, ...]] = {
    Cities: (
        Field(
            "country",
            gettext_noop("Country"),
            "place",
            (
                "country name", "nation", "pais", "pays", "land", "negara", "country code", "iso country", "iso3",
                "iso2", "paese", "country territory",
            ),
            gettext_noop("Name or ISO code."),
            example="India",
        ),
        Field(
            "province",
            gettext_noop("State or province"),
            "place",
            (
                "state", "province", "region", "state province", "admin1", "estado", "provincia", "departamento",
                "bundesland",
            ),
            gettext_noop("Tells cities of one name apart."),
        ),
        Field(
            "location",
            gettext_noop("Coordinates"),
            "point",
            (
                "coordinates", "geolocation", "geometry", "wkt", "lat lon", "lat long", "latlon", "latlng", "geo",
                "point", "the geom", "geom", "city location",
            ),
            gettext_noop("POINT(longitude latitude), or latitude and longitude separated by a comma."),
        ),
        Field("latitude", gettext_noop("Latitude"), "degrees", ("lat", "latitud", "y")),
        Field("longitude", gettext_noop("Longitude"), "degrees", ("lon", "lng", "long", "longitud", "x")),
    ),
    Sources: (
        Field(
            "source_titles",
            gettext_noop("Titles of the sources"),
            "titles",
            ("source title", "source titles"),
            gettext_noop("In the order of the addresses."),
            several=True,
            field="sources",
        ),
    ),
}  # fmt: skip

_CELLS: tuple[tuple[type[declared.Declared], Kind], ...] = (
    (Cities, "place"),
    (Sources, "links"),
    (Links, "numbers"),
    (Rows, "partners"),
    (Terms, "codes"),
    (Codes, "codes"),
    (declared.Link, "leader"),
    (declared.Code, "code"),
    (declared.Year, "year"),
    (declared.Amount, "money"),
    (declared.Whole, "whole"),
    (declared.Number, "number"),
    (declared.YesNo, "yesno"),
    (declared.Currency, "currency"),
)
"""How the cells of a column are read, by the type of the field; the first that fits. Others hold text."""


def _cells_of(field: declared.Declared) -> Kind:
    found = next((kind for model, kind in _CELLS if isinstance(field, model)), None)
    return found or ("prose" if isinstance(field, declared.Text) and field.lines else "text")


def _columns() -> Iterator[Field]:
    """The columns in the order of the form, those of outcomes last, since there are many."""
    yield _KEY
    fields = schema_of(EntryKind.INITIATIVE).declared
    for name, field in fields.items():
        column = field.column
        if column is not None:
            yield Field(
                column.code or name,
                column.label or field.label,
                _cells_of(field),
                tuple(filter(None, column.names.split("|"))),
                column.hint,
                isinstance(field, Several),
                column.example,
                name,
            )
        yield from _BESIDE.get(type(field), ())  # type: ignore[arg-type] # other types have none
    for number in range(1, MOST_OUTCOMES + 1):
        yield from _outcome_columns(number, fields["outcomes"])


def _outcome_columns(number: int, outcomes: declared.Declared) -> Iterator[Field]:
    for part, field in outcomes.fields.items() if isinstance(outcomes, Rows) else ():
        if field.column is None:
            continue
        names = field.column.names.split("|")
        known = [f"{word} {number} {name}".strip() for word in ("outcome", "result", "kpi") for name in names]
        if number == 1:
            known += [f"{word} {name}".strip() for word in ("outcome", "kpi") for name in names if name]
        label = field.column.label or field.label
        yield Field(f"outcome_{number}_{part}", label, _cells_of(field), tuple(known), field="outcomes")


FIELDS: Mapping[str, Field] = {field.code: field for field in _columns()}
"""Everything that a column may be mapped to, by code."""


def plain_name(text: str) -> str:
    """A name of a column as it is compared: folded, with words apart: "Start_Year*" is "start year"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text)
    return " ".join(re.sub(r"[^\w]+|_", " ", fold(apart)).split())
