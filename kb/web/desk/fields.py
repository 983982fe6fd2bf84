"""Fields of the desk's forms: they render and carry what was typed; what is right or wrong, the schemas say.

A field never alters what it cannot read: a year that is no year stays as typed, in the draft and in the form.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)

from ..language import translated

MOST_ROWS = 60


class Line(StringField):
    """One line of text: without NUL and white space around it, None where nothing was typed."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed."""
        self.data = " ".join(valuelist[0].replace("\0", " ").split()) or None if valuelist else None


class Prose(TextAreaField):
    """Text of several paragraphs, with plain line ends; None where nothing was typed."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed."""
        text = valuelist[0] if valuelist else ""
        self.data = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").strip() or None


class Choice(SelectField):
    """One code of a closed list; the empty choice says that nobody knows."""

    def __init__(self, label: str, terms: Mapping[str, str] = {}, **settings: Any) -> None:
        choices = {"": gettext("Not known")} | {code: translated(words) for code, words in terms.items()}
        super().__init__(label, choices=choices, validate_choice=False, coerce=_code, **settings)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was chosen."""
        self.data = (valuelist[0] or None) if valuelist else None

    def offer(self, choices: Iterable[tuple[str, str]]) -> None:
        """Offer these besides "not known"; what is chosen already stays on offer, whatever it is."""
        offered = dict(choices)
        if self.data and self.data not in offered:
            offered[self.data] = self.data
        self.choices = {"": gettext("Not known")} | offered


def _code(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


class Tick(BooleanField):
    """A box to tick."""


class Number(Line):
    """A number or a year, as typed; the schema reads it."""

    def _value(self) -> str:
        value: Any = self.data
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value)


class Chosen(HiddenField):
    """What a type-ahead or a choice among namesakes chose, as the reference of a city; None where nothing is."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the last that was chosen: radio buttons stand after the hidden field."""
        self.data = next((value.strip() for value in reversed(valuelist) if value.strip()), None)


class Day(Line):
    """A day, as YYYY-MM-DD; browsers show it as their readers write days."""

    widget = widgets.DateInput()


class Ticks(SelectMultipleField):
    """Several codes, each with a box to tick; the template lays them out in groups."""

    def __init__(self, label: str, **settings: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, coerce=str, **settings)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was ticked, each code once."""
        self.data = list(dict.fromkeys(valuelist))


class Several(Ticks):
    """Codes that no box stands for; they travel in hidden fields."""


class Rows(FieldList):
    """Rows of one small form, to which rows can be added."""

    def __init__(self, form: type, label: str, **settings: Any) -> None:
        super().__init__(FormField(form), label, max_entries=MOST_ROWS, **settings)
        self._offered: dict[str, list[tuple[str, str]]] = {}

    def lengthen(self) -> None:
        """Add a row in which nothing is typed yet."""
        if len(self.entries) < MOST_ROWS:
            self.append_entry()

    def offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        """Offer these in a field of each row, also of the blank one."""
        self._offered[name] = list(choices)
        for entry in self.entries:
            entry.form[name].offer(self._offered[name])

    def blank(self) -> Any:
        """A row to be copied by a script, its position written as __n__."""
        row = self.unbound_field.bind(form=None, name=f"{self.name}-__n__", _meta=self.meta)
        row.process(None)
        for name, choices in self._offered.items():
            row.form[name].offer(choices)
        return row
