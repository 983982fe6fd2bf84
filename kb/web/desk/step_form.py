"""The form of one step of an entry, or of a term, made from the declared fields."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from werkzeug.datastructures import MultiDict

from kb.catalogue.entries.fields import Declared, PlaceId, place_of
from kb.catalogue.entries.lists import Links

from .controls import Block, Control, ImageControl, Options, PlaceControl, RowsControl, Sent, Ticks, blocks, control_of
from .places import Places

Entry = Mapping[str, Any]
"""A whole entry as a plain dictionary, or what there is of one."""

Errors = Mapping[str, Sequence[str]]
"""What is wrong, by field path as in "outcomes.2.year", in the reader's language."""


class StepForm:
    """Controls by the names of their fields. Make it with `filled` from an entry, or with `sent` from a request."""

    def __init__(self, fields: Mapping[str, Declared]) -> None:
        self.controls = {name: control_of(field, name) for name, field in fields.items()}
        for control in self:
            control.is_needed = bool(control.declared.needed)

    def __iter__(self) -> Iterator[Control]:
        return iter(self.controls.values())

    @classmethod
    def filled(
        cls,
        fields: Mapping[str, Declared],
        data: Entry,
        places: Places,
        errors: Errors | None = None,
        add: str | None = None,
    ) -> Self:
        """The fields as the entry has them, with what is wrong beside each; `add` names rows to lengthen by one."""
        form = cls(fields)
        places.named(reference for reference in _references(data) if reference)
        for name, control in form.controls.items():
            control.show(data.get(name), places)
            if isinstance(control, Ticks) and isinstance(control.declared, Links):
                item = control.declared.item
                suggested = [row for row in data.get(name) or () if row.get("origin") == "suggestion"]
                control.accepted = [str(row[item]) for row in suggested]
        form.lengthen(add)
        form.put(errors or {})
        return form

    @classmethod
    def sent(cls, fields: Mapping[str, Declared], sent: Sent) -> Self:
        """The fields as a browser sent them, without the row that a button took away."""
        form, removed_row = cls(fields), sent.get("remove")
        if removed_row:
            sent = MultiDict([pair for pair in sent.items(multi=True) if not pair[0].startswith(f"{removed_row}-")])
        for control in form:
            control.read(sent)
            if isinstance(control, Ticks):
                control.accepted = sent.getlist("accepted")
        return form

    @property
    def accepted(self) -> list[str]:
        """The codes of suggestions that were accepted."""
        return list(dict.fromkeys(code for control in self if isinstance(control, Ticks) for code in control.accepted))

    def accept(self, code: str) -> None:
        """Take a suggestion: a goal by number, or a target by code, and with it the goal that it is part of."""
        goal = code.partition(".")[0]
        for name, value in [("goals", goal)] + ([("targets", code)] if code != goal else []):
            ticks = self.controls.get(name)
            if isinstance(ticks, Ticks) and value not in ticks.value:
                ticks.value, ticks.accepted = [*ticks.value, value], [*ticks.accepted, value]

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """What was typed, by the names of the fields; rows in which nothing was typed are left out."""
        wanted = {name: control.wanted(before.get(name), places) for name, control in self.controls.items()}
        for control in self:
            if isinstance(control, PlaceControl) and isinstance(control.declared, PlaceId):
                # A new entry is called as its place is, until somebody writes otherwise.
                reference, names = control.reference(places), control.declared.names
                if reference and wanted.get(names) is None and place_of(reference) is not None:
                    wanted[names] = places.typed(reference)
        return wanted

    def lengthen(self, add: str | None = None) -> None:
        """Give rows that are empty, and those to be added to, one row to type in."""
        for name, control in self.controls.items():
            if isinstance(control, RowsControl) and (not control.rows or name == add):
                control.lengthen()

    def put(self, errors: Errors) -> None:
        """Put messages on the controls that they are about."""
        for path, messages in errors.items():
            control = self.control_at(path)
            if control is not None:
                control.errors += messages

    def put_on_filled(self, errors: Errors) -> None:
        """Put messages on the controls of a form that was sent, without its empty rows, as `wanted` has it."""
        for control in self:
            if isinstance(control, RowsControl):
                control.rows = [row for row in control.rows if row.is_filled]
        self.put(errors)

    def control_at(self, path: str) -> Control | None:
        """The control that a path leads to; of a row that has none of the name, its first."""
        name, *inner = path.split(".")
        control = self.controls.get(name)
        if not inner or not isinstance(control, RowsControl) or not inner[0].isdecimal():
            return control
        if int(inner[0]) >= len(control.rows):
            return control
        controls = control.rows[int(inner[0])].controls
        return controls.get(inner[-1]) or next(iter(controls.values()))

    def prepare(self, options: Options, places: Places) -> None:
        """Get ready to be drawn: with what there is to choose from, and the places that a typed city may mean."""
        for control in self:
            control.offer(options)
        for control in self._all():
            if isinstance(control, PlaceControl):
                control.look_up(places)

    def is_unclear(self, places: Places) -> bool:
        """Whether it is unclear which place a typed city means, and none was chosen."""
        cities = [control for control in self._all() if isinstance(control, PlaceControl)]
        return any(
            place_control.value and not place_control.chosen and place_control.reference(places) is None
            for place_control in cities
        )

    def wrong(self) -> dict[str, tuple[str, Sequence[str]]]:
        """The label and messages of each control with which something is wrong, by its id."""
        return {control.id: (control.label, control.errors) for control in self._all() if control.errors}

    @property
    def files(self) -> Sequence[ImageControl]:
        """The controls that take files."""
        return [control for control in self._all() if isinstance(control, ImageControl)]

    @property
    def takes_files(self) -> bool:
        """Whether a browser is to send files with the form, also with rows that are added."""
        rows = [control for control in self if isinstance(control, RowsControl)]
        return any(isinstance(inner, ImageControl) for control in rows for inner in control.blank.controls.values())

    def _all(self) -> Iterator[Control]:
        """Every control, those of rows after all others."""
        yield from self
        for control in self:
            yield from control.lines()

    def blocks(self) -> Sequence[Block]:
        """The controls as they are laid out: under headings, and side by side."""
        return blocks(self)

    def panels(self) -> set[str]:
        """The names of further content that its page shows."""
        return {control.input.panel for control in self if control.input.panel}


def _references(data: Entry) -> Iterator[Any]:
    """Whatever in an entry may refer to a city, so that all are looked up at once."""
    for name in ("cities", "city"):
        value = data.get(name)
        yield from value if isinstance(value, list) else [value]
    yield from (row.get("city") for row in data.get("terms") or () if isinstance(row, dict))
