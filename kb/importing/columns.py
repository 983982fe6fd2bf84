"""The fields that a column of an import may hold, and the matching of columns to them by name."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz, process

from kb.catalogue.entries import EntryKind, schema_of
from kb.catalogue.entries import fields as declared
from kb.catalogue.entries.lists import Cities, Codes, Links, Rows, Several, Sources, Terms
from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

from .heading_words import HEADING_WORDS
from .headings import plain_name
from .readers import Column

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
    code="key",
    label=gettext_noop("External key"),
    kind="key",
    names=(
        "id", "key", "external id", "external key", "identifier", "record id", "project id", "ref", "reference",
        "code", "no", "number", "nr", "identificador",
    ),
    hint=gettext_noop("Your own number or code for the row. The next import with the same key changes this entry."),
    example="EXAMPLE",
)  # fmt: skip
_BESIDE: Mapping[type[Several], tuple[Field, ...]] = {
    Cities: (
        Field(
            code="country",
            label=gettext_noop("Country"),
            kind="place",
            names=(
                "country name", "nation", "pais", "pays", "land", "negara", "country code", "iso country", "iso3",
                "iso2", "paese", "country territory",
            ),
            hint=gettext_noop("Name or ISO code."),
            example="India",
        ),
        Field(
            code="province",
            label=gettext_noop("State or province"),
            kind="place",
            names=(
                "state", "province", "region", "state province", "admin1", "estado", "provincia", "departamento",
                "bundesland",
            ),
            hint=gettext_noop("For cities with the same name."),
        ),
        Field(
            code="location",
            label=gettext_noop("Coordinates"),
            kind="point",
            names=(
                "coordinates", "geolocation", "geometry", "wkt", "lat lon", "lat long", "latlon", "latlng", "geo",
                "point", "the geom", "geom", "city location",
            ),
            hint=gettext_noop("POINT(longitude latitude), or latitude and longitude separated by a comma."),
        ),
        Field(code="latitude", label=gettext_noop("Latitude"), kind="degrees", names=("lat", "latitud", "y")),
        Field(
            code="longitude",
            label=gettext_noop("Longitude"),
            kind="degrees",
            names=("lon", "lng", "long", "longitud", "x"),
        ),
    ),
    Sources: (
        Field(
            code="source_titles",
            label=gettext_noop("Titles of the sources"),
            kind="titles",
            names=("source title", "source titles"),
            hint=gettext_noop("In the order of the addresses."),
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
    cell_kind = next((kind for model, kind in _CELLS if isinstance(field, model)), None)
    return cell_kind or ("prose" if isinstance(field, declared.Text) and field.lines else "text")


def _columns() -> Iterator[Field]:
    """The columns in the order of the form, those of outcomes last, since there are many."""
    yield _KEY
    fields = schema_of(EntryKind.INITIATIVE).declared
    for name, declaration in fields.items():
        column = declaration.column
        if column is not None:
            yield Field(
                code=column.code or name,
                label=column.label or declaration.label,
                kind=_cells_of(declaration),
                names=tuple(filter(None, column.names.split("|"))),
                hint=column.hint,
                several=isinstance(declaration, Several),
                example=column.example,
                field=name,
            )
        yield from _BESIDE.get(type(declaration), ())  # type: ignore[arg-type] # other types have none
    for number in range(1, MOST_OUTCOMES + 1):
        yield from _outcome_columns(number, fields["outcomes"])


def _outcome_columns(number: int, outcomes: declared.Declared) -> Iterator[Field]:
    for part, declaration in outcomes.fields.items() if isinstance(outcomes, Rows) else ():
        if declaration.column is None:
            continue
        names = declaration.column.names.split("|")
        known = [f"{word} {number} {name}".strip() for word in ("outcome", "result", "kpi") for name in names]
        if number == 1:
            known += [f"{word} {name}".strip() for word in ("outcome", "kpi") for name in names if name]
        label = declaration.column.label or declaration.label
        yield Field(
            code=f"outcome_{number}_{part}",
            label=label,
            kind=_cells_of(declaration),
            names=tuple(known),
            field="outcomes",
        )


FIELDS: Mapping[str, Field] = {field.code: field for field in _columns()}
"""Everything that a column may be mapped to, by code."""


NEEDED = ("title", "city")
"""The fields without which no row can be taken."""

Mapped = dict[int, str]
"""Fields by the place of their column."""

_NEAR = 84


@dataclass(slots=True)
class Match:
    """`taken` is sure, by the name alone; `offered` is near and waits for a person; `notes` tell what was left out."""

    taken: Mapped = field(default_factory=dict)
    offered: Mapped = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)


def _names() -> dict[str, str]:
    names = {name: code for code, words in HEADING_WORDS.items() for name in words.split("|")}
    names |= {name: field.code for field in FIELDS.values() for name in field.names}
    # Labels and codes are what the template says, so they go before what somebody may call a column.
    names |= {plain_name(field.label): field.code for field in FIELDS.values() if not field.code.startswith("outcome_")}
    return names | {plain_name(field.code): field.code for field in FIELDS.values()}


BY_NAME: Mapping[str, str] = _names()
"""The codes of the fields by each of their names, as `plain_name` has it."""


_OF_PROJECT = re.compile(
    r" (?:of the|of|del|de la|du|de l|do|da|des) (?:project|initiative|proyecto|iniciativa|projet|projeto|projekts)$"
)
"""What a heading may say besides what the column holds, as in “Título de la iniciativa”."""


def match(columns: Sequence[Column], stages: Container[int] = ()) -> Match:
    """Match columns by name. Of two columns for one field the first is taken, unless the field is a list.

    `stages` are the places of columns whose cells are words for stages, which one called “Estado” does not tell.
    """
    match = Match()
    for column in columns:
        name = plain_name(column.name)
        # "Challenge 2", "Cost (EUR)", "Title*" are known by what is left.
        bare = plain_name(_without_brackets(column.name))
        variants = (name, bare, bare.rstrip("0123456789 "), _OF_PROJECT.sub("", bare))
        code = next((BY_NAME[variant] for variant in variants if variant in BY_NAME), None)
        if code == "province" and column.place in stages:
            # In Spanish and Portuguese a state of a country and that of a project are one word.
            code = "stage"
        if code is None:
            near = process.extractOne(name, BY_NAME.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR) if name else None
            if near and _free(BY_NAME[near[0]], match.taken):
                match.offered[column.place] = BY_NAME[near[0]]
        elif _free(code, match.taken):
            match.taken[column.place] = code
        else:
            left = gettext_noop("Column %(column)s was left out: %(field)s has a column already.")
            match.notes.append(Message(left, {"column": str(column), "field": Message(FIELDS[code].label)}))
    match.offered = {place: code for place, code in match.offered.items() if _free(code, match.taken)}
    return match


def _without_brackets(name: str) -> str:
    # A bracket that nothing closes is left: looking for its end from each of thousands would take minutes.
    closed = max(name.rfind(")"), name.rfind("]")) + 1
    return re.sub(r"[(\[].*?[)\]]", " ", name[:closed]) + name[closed:]


def _free(code: str, taken: Mapped) -> bool:
    return FIELDS[code].several or code not in taken.values()


def mapping_of(columns: Sequence[Column], chosen: Mapping[str, str]) -> Mapped:
    """The mapping that was chosen, by letter of the column; Refused where a column or field is not there, or twice."""
    by_letter = {column.letter: column for column in columns}
    mapped: Mapped = {}
    for letter, code in chosen.items():
        if letter not in by_letter:
            raise Refused(gettext_noop("There is no column %(letter)s."), letter=letter)
        if not code:
            continue
        if code not in FIELDS:
            raise Refused(gettext_noop("There is no field called %(name)s."), name=code)
        if not _free(code, mapped):
            raise Refused(
                gettext_noop("%(field)s has two columns; choose one of them."), field=Message(FIELDS[code].label)
            )
        mapped[by_letter[letter].place] = code
    return mapped


def named_column(columns: Sequence[Column], text: str) -> Column:
    """The column of that name or letter. Refused where there is none, or two of the name."""
    named = [column for column in columns if plain_name(column.name) == plain_name(text)]
    candidates = named or [column for column in columns if column.letter == text.strip().upper()]
    if not candidates:
        raise Refused(gettext_noop("There is no column called %(name)s."), name=text)
    if len(candidates) > 1:
        raise Refused(gettext_noop("There is more than one column called %(name)s; give its letter."), name=text)
    return candidates[0]


def refuse_missing(mapped: Mapped) -> None:
    """Refused where a field has no column without which no row can be taken."""
    lacking = [Message(FIELDS[code].label) for code in NEEDED if code not in mapped.values()]
    if lacking:
        raise Refused(gettext_noop("No column holds: %(fields)s."), fields=tuple(lacking))
