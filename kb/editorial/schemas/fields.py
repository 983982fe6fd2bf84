"""Fields of an entry: what a person types, cleaned into what the catalogue keeps, or refused in plain words."""

import re
import unicodedata
from collections.abc import Container, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from marshmallow import ValidationError, fields

from kb.columns import now
from kb.words import Phrase, marked

FIRST_YEAR = 1800
YEARS_AHEAD = 50

# What no one types on purpose: control characters, marks that turn the direction of what follows, invisible spaces
# that come along with pasted text, and halves of signs that no database takes. Joiners stay: Persian needs them.
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_PLACE = re.compile(r"place:([1-9]\d{0,17})")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


_SAID = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}


def tidy(text: str) -> str:
    """Text in one Unicode form, without what cannot be seen, with one kind of line break and no blanks at its ends."""
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in _UNSEEN.sub("", plain).split("\n")).strip()


def refuse(template: str, **values: "str | int | float | Phrase") -> ValidationError:
    """What a field raises: one sentence that the door translates."""
    return ValidationError([Phrase(template, values)])


class Field(fields.Field[Any]):
    """A field that may be unknown; each kind says in `_read` what it makes of a value."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**({"load_default": None, "allow_none": True} | settings))

    def _read(self, value: Any) -> Any:
        """The value as the catalogue keeps it; ValidationError where it cannot be."""
        raise NotImplementedError

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> Any:
        return self._read(value)


class Text(Field):
    """Text of at most `longest` signs; with `lines`, line breaks are kept."""

    def __init__(self, longest: int, *, lines: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self.longest, self.lines = longest, lines

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise refuse(marked("This should be text."))
        text = tidy(value) if self.lines else " ".join(tidy(value).split())
        if len(text) > self.longest:
            raise refuse(
                marked("This is too long: %(length)s signs, of %(longest)s at most."),
                length=len(text),
                longest=self.longest,
            )
        return text or None


class Web(Text):
    """The address of a page, http or https only, since pages link to it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(1000, **settings)

    def _read(self, value: Any) -> Any:
        address = super()._read(value)
        if address is None:
            return None
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
            sound = parts.scheme in {"http", "https"} and "." in host and parts.username is None and " " not in address
            _ = parts.port
        except ValueError:
            sound = False
        if not sound:
            raise refuse(marked("This is not the address of a page; it should begin with https:// or http://"))
        return address


class Code(Field):
    """One of the codes of a closed list."""

    def __init__(self, codes: Container[str], **settings: Any) -> None:
        super().__init__(**settings)
        self.codes = codes

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str) or value.strip() not in self.codes:
            raise refuse(marked("%(given)s is not one of the choices."), given=shortly(value))
        return value.strip()


class Term(Field):
    """A code or slug; whether there is such a thing, only the database knows."""

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str) or len(value) > 120:
            raise refuse(marked("%(given)s is not one of the choices."), given=shortly(value))
        return value.strip()


class Slug(Term):
    """The last piece of the address of an entry's page."""

    def _read(self, value: Any) -> Any:
        slug = super()._read(value)
        if not _SLUG.fullmatch(slug):
            raise refuse(marked("%(given)s is not the name of a page here."), given=shortly(value))
        return slug


class CityReference(Slug):
    """A city by the slug of its page, or "place:ID" for a place of the gazetteer."""

    def _read(self, value: Any) -> Any:
        if isinstance(value, str) and _PLACE.fullmatch(value.strip()):
            return value.strip()
        return super()._read(value)


class Whole(Field):
    """A whole number from `least` to `most`, as a number or as a person types it."""

    def __init__(self, least: int, most: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.least, self.most = least, most

    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest number that may be."""
        return self.least, self.most

    def _read(self, value: Any) -> Any:
        number = _as_whole(value)
        least, most = self.bounds()
        if number is None:
            raise refuse(marked("%(given)s is not a whole number."), given=shortly(value))
        if not least <= number <= most:
            raise refuse(
                marked("%(given)s is outside what can be: from %(least)s to %(most)s."),
                given=str(number),
                least=str(least),
                most=str(most),
            )
        return number


class Year(Whole):
    """A calendar year, from 1800 to fifty years from now."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(FIRST_YEAR, FIRST_YEAR, **settings)

    def bounds(self) -> tuple[int, int]:
        """As plans look ahead, the last year moves on."""
        return FIRST_YEAR, now().year + YEARS_AHEAD


class Number(Field):
    """A number with a point for the decimals; what is no number, or has no end, is refused."""

    def _read(self, value: Any) -> Any:
        try:
            if isinstance(value, bool):
                raise ValueError
            number = float(_without_groups(value) if isinstance(value, str) else value)
        except (TypeError, ValueError, OverflowError):
            number = float("nan")
        if not abs(number) < 1e18:
            raise refuse(marked("%(given)s is not a number."), given=shortly(value))
        return number


class YesNo(Field):
    """Yes, no, or unknown."""

    def _read(self, value: Any) -> Any:
        said = value if isinstance(value, bool) else _SAID.get(str(value).strip().lower())
        if said is None:
            raise refuse(marked("%(given)s should be yes or no."), given=shortly(value))
        return said


class Day(Field):
    """A day that has come, as 2026-11-23."""

    def _read(self, value: Any) -> Any:
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
        except ValueError:
            raise refuse(marked("%(given)s is not a day, such as 2026-11-23."), given=shortly(value)) from None
        # East of here the next day has begun.
        if not date(FIRST_YEAR, 1, 1) <= day <= now().date() + timedelta(days=1):
            raise refuse(marked("%(given)s has not come yet, or is too long ago."), given=shortly(value))
        return day.isoformat()


class Currency(Field):
    """A currency by its three letters (ISO 4217)."""

    def _read(self, value: Any) -> Any:
        code = str(value).strip().upper()
        if code not in currencies():
            raise refuse(marked("%(given)s is not a currency, such as USD or EUR."), given=shortly(value))
        return code


class Several(fields.List[Any]):
    """A list of values, each once, in the order given."""

    def __init__(self, one: fields.Field[Any], most: int = 100, **settings: Any) -> None:
        super().__init__(one, **({"load_default": list} | settings))
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise refuse(marked("This should be a list."))
        if len(value) > self.most:
            raise refuse(marked("There are %(count)s of these, of %(most)s at most."), count=len(value), most=self.most)
        read = super()._deserialize(value, attr, data, **settings)
        return read if isinstance(self.inner, fields.Nested) else list(dict.fromkeys(one for one in read if one))


def rows_of(schema: type, most: int = 100) -> Several:
    """A list of rows, each with the fields of a schema."""
    return Several(fields.Nested(schema), most)


def place_of(reference: str) -> int | None:
    """The id of the place that a reference to a city names; None where it names a page."""
    match = _PLACE.fullmatch(reference)
    return int(match[1]) if match else None


@cache
def currencies() -> dict[str, str]:
    """The currencies by code, with their English names."""
    return {code: name for code, name in Locale("en").currencies.items() if re.fullmatch("[A-Z]{3}", code)}


def shortly(value: object) -> str:
    """What was given, cut to what fits into a sentence."""
    text = tidy(str(value))
    return text if len(text) <= 40 else f"{text[:39]}…"


def _as_whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = _without_groups(str(value))
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None


def _without_groups(text: str) -> str:
    """A number without the spaces or commas that set thousands apart: "1,200,000" is "1200000"; "1,5" stays."""
    plain = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    return (
        re.sub(r"[ ,]", "", plain) if re.fullmatch(r"[+-]?\d{1,3}([ ,])\d{3}(?:\1\d{3})*(?:\.\d+)?", plain) else plain
    )
