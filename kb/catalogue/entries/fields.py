"""Fields of an entry that hold one value: what a person types, cleaned into what the catalogue keeps, or refused."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from babel import Locale
from marshmallow import ValidationError, fields

from kb.core.column_types import now
from kb.core.errors import too_long
from kb.core.i18n import Message, gettext_noop
from kb.core.languages import language_tag
from kb.core.text import as_whole, clean_line, clean_text, web_address, without_groups
from kb.images.models import StoredImage

from ..models import City, Place, Source
from .kinds import EntryKind, Reference, TermKind
from .metadata import Column, Input, Weight

PROSE = 20_000
"""Signs of a long text: some six printed pages, more than anybody reads of one initiative."""

FIRST_YEAR = 1800
YEARS_AHEAD = 50
_PLACE = re.compile(r"place:([1-9]\d{0,17})")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ANSWERS = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}


def refuse(template: str, **values: "str | int | float | Message") -> ValidationError:
    """The ValidationError of a field: one message that interfaces translate."""
    return ValidationError([Message(template, values)])


_INPUT, _COLUMN = Input(), Column()


class Lookup(Protocol):
    """Where `fill` finds the rows that an entry refers to."""

    def entry(self, kind: EntryKind, slug: str) -> Any:
        """The entry at an address."""

    def terms(self, kind: TermKind) -> dict[Any, Any]:
        """The terms of a list by code, goals by number."""

    def place(self, place_id: int) -> Place | None:
        """A place of the gazetteer."""

    def city_page(self, reference: str) -> City:
        """The city that a reference names, made where its place has no page yet."""

    def source_or_new(self, url: str) -> Source:
        """The source at an address, made where it is new."""

    def image(self, key: str) -> StoredImage | None:
        """The image with a key."""


def set_changed(row: Any, values: Mapping[str, Any]) -> None:
    """Set the attributes that differ."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


class Declared:
    """The metadata of a field; see the docstring of the package."""

    name: Any
    label: str
    input: Input
    needed: str
    column: Column | None
    search: Weight | None
    together: str
    codebook: str
    refers: Reference | None = None
    """What the field refers to, which only the database knows."""
    choices: Mapping[str, str] | None = None
    """The codes of a closed list with their labels."""

    def declare(
        self,
        label: str,
        input: Input = _INPUT,  # noqa: A002 - what a form has for a field is called so
        needed: str = "",
        column: Column | None = _COLUMN,
        search: Weight | None = None,
        together: str = "",
        codebook: str = "",
        stored: str = "",
    ) -> None:
        """Take the metadata; `stored` is the model's attribute where it is called otherwise."""
        self.label, self.input, self.needed, self.codebook = label, input, needed, codebook
        self.column, self.search, self.together, self._stored = column, search, together, stored

    @property
    def stored(self) -> str:
        """The attribute of the model that holds the field."""
        return self._stored or str(self.name)

    def value_of(self, row: Any) -> Any:
        """The value of the field in a row of the database, as in the dictionary of an entry."""
        return getattr(row, self.stored)

    def assign(self, row: Any, value: Any, _lookup: Lookup) -> None:
        """Set a validated value in a row of the database; attributes that have it already are not touched."""
        set_changed(row, {self.stored: value})


class Field(Declared, fields.Field[Any], ABC):
    """A field that may be unknown; subclasses parse a value in `_read`."""

    def __init__(self, label: str, *, default: Any = None, **declared: Any) -> None:
        super().__init__(load_default=default, allow_none=default is None)
        self.declare(label, **declared)

    @abstractmethod
    def _read(self, value: Any) -> Any:
        """The value as the catalogue keeps it; ValidationError where it cannot be."""

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> Any:
        return self._read(value)


class Text(Field):
    """Text of at most `longest` signs; with `lines`, line breaks are kept."""

    def __init__(self, label: str, longest: int = PROSE, *, lines: bool = False, **declared: Any) -> None:
        super().__init__(label, **declared)
        self.longest, self.lines = longest, lines

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise refuse(gettext_noop("This should be text."))
        text = clean_text(value) if self.lines else clean_line(value)
        if len(text) > self.longest:
            raise ValidationError([too_long(text, self.longest)])
        return text or None


class Web(Text):
    """The address of a page, http or https only, since pages link to it."""

    def __init__(self, label: str, **declared: Any) -> None:
        super().__init__(label, 1000, **declared)

    def _read(self, value: Any) -> Any:
        address = super()._read(value)
        if address is None:
            return None
        address = web_address(address)
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
            sound = parts.scheme in {"http", "https"} and "." in host and parts.username is None and " " not in address
            _ = parts.port
        except ValueError:
            sound = False
        if not sound:
            raise refuse(gettext_noop("This is not the address of a page; it should begin with https:// or http://"))
        return address


class SourceLink(Web):
    """The source that a row rests on, by its address."""

    def value_of(self, row: Any) -> Any:
        """The address of the source."""
        source = getattr(row, self.stored)
        return source.url if source else None

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Link the source, made where it is new."""
        set_changed(row, {self.stored: None if value is None else lookup.source_or_new(value)})


class Code(Field):
    """One of the codes of a closed list."""

    choices: Mapping[str, str]

    def __init__(self, label: str, choices: Mapping[str, str], **declared: Any) -> None:
        super().__init__(label, **declared)
        self.choices = choices

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str) or value.strip() not in self.choices:
            raise refuse(gettext_noop("%(given)s is not one of the choices."), given=shortly(value))
        return value.strip()


class Term(Field):
    """A code or slug; whether there is such a thing, only the database knows."""

    def __init__(self, label: str, refers: Reference | None = None, **declared: Any) -> None:
        super().__init__(label, **declared)
        self.refers = refers

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str) or len(value) > 120:
            raise refuse(gettext_noop("%(given)s is not one of the choices."), given=shortly(value))
        return value.strip()


class Slug(Term):
    """The last piece of the address of an entry's page."""

    def _read(self, value: Any) -> Any:
        slug = super()._read(value)
        if not _SLUG.fullmatch(slug):
            raise refuse(gettext_noop("%(given)s is not the name of a page here."), given=shortly(value))
        return slug


class Link(Slug):
    """Another entry, by its slug."""

    refers: EntryKind

    def __init__(self, label: str, refers: EntryKind, **declared: Any) -> None:
        super().__init__(label, refers, **declared)

    def value_of(self, row: Any) -> Any:
        """The slug of the other entry."""
        entry = getattr(row, self.stored)
        return entry.slug if entry else None

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Link the other entry."""
        set_changed(row, {self.stored: lookup.entry(self.refers, value) if value else None})


class CityReference(Link):
    """A city by the slug of its page, or "place:ID" for a place of the gazetteer."""

    def __init__(self, label: str, **declared: Any) -> None:
        super().__init__(label, EntryKind.CITY, **declared)

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Link the city, whose page is made where it has none."""
        set_changed(row, {self.stored: lookup.city_page(value)})

    def _read(self, value: Any) -> Any:
        if isinstance(value, str) and _PLACE.fullmatch(value.strip()):
            return value.strip()
        return super()._read(value)


class Whole(Field):
    """A whole number from `least` to `most`, as a number or as a person types it."""

    not_one = gettext_noop("%(given)s is not a whole number. Write it in figures, such as 250.")

    def __init__(
        self, label: str, least: int, most: int, *, choices: Mapping[str, str] | None = None, **declared: Any
    ) -> None:
        super().__init__(label, **declared)
        self.least, self.most, self.choices = least, most, choices

    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest number that may be."""
        return self.least, self.most

    def _read(self, value: Any) -> Any:
        number = as_whole(value)
        least, most = self.bounds()
        if number is None:
            raise refuse(self.not_one, given=shortly(value))
        if not least <= number <= most:
            raise refuse(
                gettext_noop("%(given)s is not from %(least)s to %(most)s."),
                given=str(number),
                least=str(least),
                most=str(most),
            )
        return number


class Amount(Whole):
    """An amount of money in whole units of a currency."""

    not_one = gettext_noop("%(given)s is not a whole number. Write it in figures, such as 1,200,000.")

    def __init__(self, label: str, **declared: Any) -> None:
        super().__init__(label, 0, 10**15, **declared)


class GoalNumber(Whole):
    """One of the 17 goals."""

    refers = TermKind.GOAL

    def __init__(self, label: str, **declared: Any) -> None:
        super().__init__(label, 1, 17, **declared)


class PlaceId(Whole):
    """A place of the gazetteer by its GeoNames id. A new entry is called as its place is, in the field `names`."""

    refers: Reference = "place"

    def __init__(self, label: str, *, names: str, **declared: Any) -> None:
        super().__init__(label, 1, 2**62, **declared)
        self.names = names

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Put the row at the place, and into its country."""
        if getattr(row, self.stored) != value:
            place = lookup.place(value)
            set_changed(
                row, {"place": place, self.stored: value, "country_code": place.country_code if place else None}
            )


class Year(Whole):
    """A calendar year, from 1800 to fifty years from now; not before that of the field `not_before`."""

    not_one = gettext_noop("%(given)s is not a year. Write four figures, such as 2019.")

    def __init__(self, label: str, *, not_before: str | None = None, **declared: Any) -> None:
        super().__init__(label, FIRST_YEAR, FIRST_YEAR, **declared)
        self.not_before = not_before

    def bounds(self) -> tuple[int, int]:
        """As plans look ahead, the last year moves on."""
        return FIRST_YEAR, now().year + YEARS_AHEAD


class Number(Field):
    """A number with a point for the decimals; what is no number, or has no end, is refused."""

    not_one = gettext_noop("%(given)s is not a number. Write figures, with a point before decimals, such as 12.5.")

    def _read(self, value: Any) -> Any:
        try:
            if isinstance(value, bool):
                raise ValueError
            number = float(without_groups(value) if isinstance(value, str) else value)
        except (TypeError, ValueError, OverflowError):
            number = float("nan")
        if not abs(number) < 1e18:
            raise refuse(self.not_one, given=shortly(value))
        return number


class YesNo(Field):
    """Yes, no, or unknown."""

    def _read(self, value: Any) -> Any:
        answer = value if isinstance(value, bool) else _ANSWERS.get(str(value).strip().lower())
        if answer is None:
            raise refuse(gettext_noop("%(given)s should be yes or no."), given=shortly(value))
        return answer


class Day(Field):
    """A day that has come, as 2026-11-23."""

    def value_of(self, row: Any) -> Any:
        """The day as text."""
        day = getattr(row, self.stored)
        return day.isoformat() if day else None

    def assign(self, row: Any, value: Any, _lookup: Lookup) -> None:
        """Set the day."""
        set_changed(row, {self.stored: date.fromisoformat(value) if value else None})

    def _read(self, value: Any) -> Any:
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
        except ValueError:
            raise refuse(gettext_noop("%(given)s is not a day, such as 2026-11-23."), given=shortly(value)) from None
        # East of here the next day has begun.
        if not date(FIRST_YEAR, 1, 1) <= day <= now().date() + timedelta(days=1):
            raise refuse(gettext_noop("%(given)s is in the future, or too long ago."), given=shortly(value))
        return day.isoformat()


class Language(Term):
    """The language of an entry's texts, as a BCP 47 tag such as es, or by its English name; English by default."""

    def __init__(self, *, step: str) -> None:
        super().__init__(
            gettext_noop("Language"),
            default="en",
            codebook=gettext_noop("The language of the texts (BCP 47)."),
            input=Input(
                step=step,
                label=gettext_noop("Language of the texts"),
                hint=gettext_noop("Its English name or its code, such as Spanish, es or pt-BR."),
                most=35,
            ),
            column=Column(
                names="lang|language code|idioma|langue|sprache|bahasa",
                hint=gettext_noop("Its English name or its code, such as Spanish, es or pt-BR."),
            ),
        )

    def _read(self, value: Any) -> Any:
        tag = language_tag(str(value))
        if tag is None:
            raise refuse(
                gettext_noop("%(given)s is not the English name or the code of a language, such as Spanish or es."),
                given=shortly(value),
            )
        return tag


class Currency(Field):
    """A currency by its three letters (ISO 4217)."""

    def _read(self, value: Any) -> Any:
        code = str(value).strip().upper()
        if code not in currencies():
            raise refuse(
                gettext_noop("%(given)s is not the code of a currency, such as INR, USD or EUR."), given=shortly(value)
            )
        return code


def place_of(reference: str) -> int | None:
    """The id of the place that a reference to a city names; None where it names a page."""
    match = _PLACE.fullmatch(reference)
    return int(match[1]) if match else None


@cache
def currencies() -> dict[str, str]:
    """The currencies by code, with their English names."""
    return {code: name for code, name in Locale("en").currencies.items() if re.fullmatch("[A-Z]{3}", code)}


def shortly(value: object) -> str:
    """A given value, cut to a length that fits into a message."""
    text = clean_text(str(value))
    return text if len(text) <= 40 else f"{text[:39]}…"
