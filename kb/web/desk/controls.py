"""The controls of a form, one for each declared field: they hold what was typed, and say what it means.

A control never alters what it cannot read: a year that is no year stays as typed. What is right or wrong the schema
says. The id of a control is its name in the request: "title", "outcomes-0-year".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Protocol

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from kb.catalogue.entries import ENTRIES, fields, metadata
from kb.catalogue.entries.fields import (
    CityReference,
    Code,
    Currency,
    Declared,
    Link,
    Number,
    PlaceId,
    Term,
    Text,
    Web,
    Whole,
    YesNo,
)
from kb.catalogue.entries.lists import Cities, Codes, Links, Rows, Terms
from kb.catalogue.entries.pictures import ImageKey

from ..core.language import translated
from .places import PlaceOption, Places

Sent = MultiDict[str, str]
Option = tuple[str, str, str]
"""A code with its label and what it means, in the reader's language."""


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options under a heading, or the targets of a goal."""

    label: str
    options: Sequence[Option]
    goal: Any = None


class Options(Protocol):
    """What controls offer to choose from."""

    def of_choice(self, declared: Declared) -> Sequence[Option]:
        """The options of a list of which one is chosen."""

    def of_ticks(self, declared: Declared) -> Sequence[OptionGroup]:
        """The options of boxes to tick, in groups."""


class Control:
    """A field of a form that holds one value, as text: a line, a box, or a choice."""

    template = "line"
    is_needed = False
    """Whether the form says that publishing needs it; of rows it is told only where they lack it."""

    def __init__(self, declared: Declared, name: str) -> None:
        self.declared, self.name = declared, name
        self.value: Any = None
        self.errors: list[str] = []

    @property
    def id(self) -> str:
        """What a link on the page leads to."""
        return self.name

    @property
    def label(self) -> str:
        """What the form calls the field."""
        return translated(self.declared.input.label or self.declared.label)

    @property
    def hint(self) -> str:
        """What helps to fill it in."""
        return translated(self.declared.input.hint)

    @property
    def input(self) -> metadata.Input:
        """How the declaration has it asked for."""
        return self.declared.input

    @property
    def type(self) -> str:
        """The type of the line."""
        return "url" if isinstance(self.declared, Web) else "text"

    @property
    def inputmode(self) -> str:
        """The keys that a telephone shows."""
        if isinstance(self.declared, Number):
            return "decimal"
        return "numeric" if isinstance(self.declared, Whole) else ""

    @property
    def is_prose(self) -> bool:
        """Whether a browser checks the spelling."""
        return not isinstance(self.declared, Web | Term | Whole | Number | Currency)

    @property
    def shown(self) -> str:
        """The value as its control shows it."""
        if isinstance(self.value, float) and self.value.is_integer():
            return str(int(self.value))
        return "" if self.value is None else str(self.value)

    @property
    def is_filled(self) -> bool:
        """Whether anything was typed or chosen."""
        return bool(self.value)

    def show(self, value: Any, _places: Places) -> None:
        """Hold what an entry says."""
        self.value = value

    def read(self, sent: Sent) -> None:
        """Hold what a browser sent; blanks alone say nothing."""
        value = sent.get(self.name, "")
        self.value = value if value.strip() else None

    def wanted(self, _before: Any, _places: Places) -> Any:
        """What the entry is to say."""
        folder = f"/{ENTRIES[self.declared.refers].folder}/" if isinstance(self.declared, Link) else None
        if folder and self.value and folder in str(self.value):
            # Of the address of a page, the last piece.
            return str(self.value).partition(folder)[2].partition("?")[0].partition("#")[0].strip("/ ")
        return self.value

    def offer(self, options: Options) -> None:
        """Take what there is to choose from."""

    def lines(self) -> Iterator["Control"]:
        """The controls inside this one."""
        return iter(())


class Day(Control):
    """A day, as YYYY-MM-DD; browsers show it as their readers write days."""

    type = "date"


class Box(Control):
    """A larger box for text of several lines."""

    template = "box"


class Lines(Box):
    """A list of texts, one on each line."""

    def show(self, value: Any, _places: Places) -> None:
        """Hold the texts, a line each."""
        self.value = "\n".join(value or ())

    def wanted(self, _before: Any, _places: Places) -> Any:
        """The lines on which something was typed."""
        return [line.strip() for line in (self.value or "").splitlines() if line.strip()]


class Choice(Control):
    """One code of a list; the empty choice says that nobody knows."""

    template = "choice"
    options: Sequence[Option] = ()

    def show(self, value: Any, _places: Places) -> None:
        """Hold the code."""
        self.value = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def offer(self, options: Options) -> None:
        """Offer the list; what is chosen already stays on offer where only the database knows what there is."""
        offered = list(options.of_choice(self.declared))
        if self.value and self.declared.refers and self.value not in {code for code, _, _ in offered}:
            offered.append((str(self.value), str(self.value), ""))
        self.options = [("", gettext("Not known"), ""), *offered]


class Tick(Control):
    """A box to tick."""

    template = "tick"

    def read(self, sent: Sent) -> None:
        """Whether it was ticked."""
        self.value = bool(sent.get(self.name))


class Ticks(Control):
    """Several codes, each with a box to tick."""

    template = "ticks"
    groups: Sequence[OptionGroup] = ()
    accepted: Sequence[str] = ()
    """Codes of links that were suggested, and accepted."""

    def show(self, value: Any, _places: Places) -> None:
        """Hold the codes."""
        item = self.declared.item if isinstance(self.declared, Links) else None
        self.value = [str(row[item] if item else row) for row in value or ()]

    def read(self, sent: Sent) -> None:
        """The codes that were ticked, each once."""
        self.value = list(dict.fromkeys(sent.getlist(self.name)))

    def wanted(self, before: Any, _places: Places) -> Any:
        """The codes; of links, rows that say who linked them, as before unless a suggestion was accepted."""
        if not isinstance(self.declared, Links):
            return self.value
        item = self.declared.item
        origins = {str(row[item]): row["origin"] for row in before or ()} | dict.fromkeys(self.accepted, "suggestion")
        return [{item: code, "origin": origins.get(code, "editor")} for code in self.value]

    def offer(self, options: Options) -> None:
        """Offer the boxes."""
        self.groups = options.of_ticks(self.declared)


class ImageControl(Control):
    """A file to choose, with the key of the image that is stored of it."""

    template = "image"

    @property
    def file_name(self) -> str:
        """The name of the file in the request."""
        return f"{self.name}-file"

    @property
    def is_filled(self) -> bool:
        """Whether an image is stored, or a file was sent that is none."""
        return bool(self.value or self.errors)


class PlaceControl(Control):
    """A city by what was typed, with the reference of what was chosen for it."""

    template = "place"

    def __init__(self, declared: Declared, prefix: str, anchor: str | None = None) -> None:
        super().__init__(declared, f"{prefix}-typed")
        self.anchor = anchor or prefix
        """Where links to the field lead, as to what is missing or wrong."""
        self.chosen_name = f"{prefix}-city"
        self.chosen: str | None = None
        self.where = ""
        self.offered: Sequence[PlaceOption] = ()

    @property
    def hint(self) -> str:
        """How a city is looked up."""
        return str(gettext("Type the name of the city. Add the country to narrow the list."))

    @property
    def is_filled(self) -> bool:
        """Whether anything was typed or chosen."""
        return bool(self.value or self.chosen)

    def show(self, value: Any, places: Places) -> None:
        """Hold the reference, and the name of the city."""
        self.chosen = f"place:{value}" if isinstance(self.declared, PlaceId) and value else value
        self.value = places.typed(self.chosen)

    def read(self, sent: Sent) -> None:
        """The last that was chosen: radio buttons stand after the hidden field."""
        self.value = " ".join(sent.get(self.name, "").replace("\0", " ").split()) or None
        chosen = (value.strip() for value in reversed(sent.getlist(self.chosen_name)))
        self.chosen = next((value for value in chosen if value), None)

    def wanted(self, _before: Any, places: Places) -> Any:
        """The reference of the city, or the id of its place: what was chosen, or the one place that the name means."""
        reference = self.reference(places)
        if isinstance(self.declared, PlaceId):
            return places.place_id(reference) if reference else None
        return reference

    def reference(self, places: Places) -> str | None:
        """The reference of the city that is meant, if that is clear."""
        if self.chosen:
            return places.settled(self.chosen)
        return places.meant_by(self.value).reference if self.value else None

    def look_up(self, places: Places) -> None:
        """Say where the city lies that was chosen; where it is unclear which one is meant, offer those it may be."""
        if self.chosen:
            named = places.named([self.chosen]).get(self.chosen)
            self.where = named.where if named else ""
        elif self.value and (typed_place := places.meant_by(self.value)).reference is None:
            self.offered = typed_place.offered
            self.errors = [_which(bool(typed_place.offered))]  # instead of saying that it is missing


def _which(some: bool) -> str:
    if some:
        words = gettext("There are several places with this name. Choose one below, or add the country after a comma.")
    else:
        words = gettext(
            "There is no place with this name and more than 5,000 people in our list. Try another name, or the "
            "city that it belongs to."
        )
    return str(words)


@dataclass
class Row:
    """A row of controls, by the names of their fields."""

    name: str
    controls: Mapping[str, Control] = field(default_factory=dict)

    @property
    def is_filled(self) -> bool:
        """Whether anything was typed or chosen in it."""
        return any(control.is_filled for control in self.controls.values())

    def blocks(self) -> Sequence["Block"]:
        """Its controls as they are laid out."""
        return blocks(self.controls.values())


Block = tuple[str, list[list[Control]]]
"""A heading, "" for none, and lines of controls that stand side by side."""


def blocks(controls: Iterable[Control]) -> Sequence[Block]:
    """Controls under their headings, in lines."""
    laid_out: list[Block] = []
    for heading, group in groupby(controls, lambda control: control.input.group):
        lines: list[list[Control]] = []
        for line, members in groupby(group, lambda control: control.input.line):
            together = list(members)
            lines += [together] if line else [[control] for control in together]
        laid_out.append((heading, lines))
    return laid_out


class RowsControl(Control):
    """Rows of controls, to which rows can be added."""

    template = "rows"

    def __init__(self, declared: Rows | Cities, name: str) -> None:
        super().__init__(declared, name)
        self.rows: list[Row] = []
        self.blank = self._row("__n__")

    @property
    def next(self) -> int:
        """The number of the row that is added next."""
        return int(self.rows[-1].name.rpartition("-")[2]) + 1 if self.rows else 0

    def _row(self, number: object) -> Row:
        name = f"{self.name}-{number}"
        if isinstance(self.declared, Rows):
            return Row(name, {inner: _inner(field, name, inner) for inner, field in self.declared.fields.items()})
        return Row(name, {"city": PlaceControl(self.declared, name)})

    def lengthen(self) -> None:
        """Add a row in which nothing is typed yet."""
        self.rows.append(self._row(self.next))

    def show(self, value: Any, places: Places) -> None:
        """Hold the rows of an entry."""
        self.rows = []
        for number, data in enumerate(value or ()):
            row = self._row(number)
            for name, control in row.controls.items():
                control.show(data.get(name) if isinstance(data, Mapping) else data, places)
            self.rows.append(row)

    def read(self, sent: Sent) -> None:
        """Hold the rows that were sent, in the order of their numbers; one more than may be, so that it is told."""
        before = f"{self.name}-"
        numbers = {name[len(before) :].partition("-")[0] for name in sent if name.startswith(before)}
        self.rows = [self._row(number) for number in sorted(int(number) for number in numbers if _is_number(number))]
        del self.rows[self.most + 1 :]
        for row in self.rows:
            for control in row.controls.values():
                control.read(sent)

    @property
    def most(self) -> int:
        """How many rows an entry may have."""
        most: int = getattr(self.declared, "most", 0)
        return most

    def wanted(self, _before: Any, places: Places) -> Any:
        """The rows in which something was typed; cities each once, and none of which it is not clear which is meant."""
        filled = [row for row in self.rows if row.is_filled]
        rows = [{name: control.wanted(None, places) for name, control in row.controls.items()} for row in filled]
        if isinstance(self.declared, Rows):
            return rows
        return list(dict.fromkeys(row["city"] for row in rows if row["city"]))

    def offer(self, options: Options) -> None:
        """Offer the same in each row, also in the blank one."""
        for row in (*self.rows, self.blank):
            for control in row.controls.values():
                control.offer(options)

    def lines(self) -> Iterator[Control]:
        """The controls of all rows."""
        return (control for row in self.rows for control in row.controls.values())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _inner(declared: Declared, row: str, name: str) -> Control:
    """The control of a field of a row; a city's has the row's own name."""
    if isinstance(declared, CityReference):
        return PlaceControl(declared, row, f"{row}-{name}")
    return control_of(declared, f"{row}-{name}")


_UNUSUAL: Mapping[metadata.Control, type[Control]] = {"choice": Choice, "lines": Lines, "text": Box, "tick": Tick}


_USUAL: Sequence[tuple[tuple[type[Declared], ...], type[Control]]] = (
    ((PlaceId, CityReference), PlaceControl),
    ((Links, Terms, Codes), Ticks),
    ((Rows, Cities), RowsControl),
    ((Code, YesNo), Choice),
    ((fields.Day,), Day),
    ((ImageKey,), ImageControl),
)
"""Controls by the types of fields; the first that fits."""


def control_of(declared: Declared, name: str) -> Control:
    """The control by which a form asks for a field."""
    if declared.input.control:
        return _UNUSUAL[declared.input.control](declared, name)
    control_class: Any = next((control for types, control in _USUAL if isinstance(declared, types)), None)
    if control_class is None and declared.choices:
        control_class = Choice
    if control_class is None and isinstance(declared, Text) and declared.lines:
        control_class = Box
    control: Control = (control_class or Control)(declared, name)
    return control
