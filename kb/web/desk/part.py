"""A part of an entry as the fields of one step, filled from a draft and read back into one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, FormField

from .fields import Rows
from .places import Offer, Places

Entry = Mapping[str, Any]
"""A whole entry as the editorial room describes it, or what there is of one."""

Errors = Mapping[str, Sequence[str]]
"""What is wrong, by field path as in "outcomes.2.year", in the reader's language."""


class Part(Form):
    """The fields of one step. Build it with `filled()` from a draft, or with `sent()` from a request."""

    @classmethod
    def filled(cls, data: Entry, places: Places, errors: Errors | None = None, add: str | None = None) -> Self:
        """The step as the draft has it, with what is wrong next to each field; `add` names rows to lengthen by one."""
        form = cls(data=cls.shown(data, places))
        form.lengthen(add)
        form.put(errors or {})
        return form

    @classmethod
    def sent(cls, formdata: MultiDict[str, str]) -> Self:
        """The step as a browser sent it, without the row that a button took away."""
        gone = formdata.get("remove")
        if gone:
            pairs = [pair for pair in formdata.items(multi=True) if not pair[0].startswith(f"{gone}-")]
            formdata = MultiDict(pairs)
        return cls(formdata)

    @classmethod
    def shown(cls, data: Entry, places: Places) -> Entry:
        """The draft's values as the fields show them; steps with cities put their names beside their references."""
        del places
        return data

    def wanted(self, before: Entry, places: Places) -> dict[str, Any]:
        """What was typed, by the names of the schema; rows in which nothing was typed are left out."""
        del before, places
        return {field.short_name: _typed_rows(field) if isinstance(field, Rows) else field.data for field in self}

    def lengthen(self, add: str | None = None) -> None:
        """Give rows that are empty, and those to be added to, one row to type in."""
        for field in self:
            if isinstance(field, Rows) and (not field.entries or field.short_name == add):
                field.lengthen()

    def put(self, errors: Errors) -> None:
        """Put messages on the fields they are about."""
        for path, messages in errors.items():
            field = self.field_at(path)
            if field is not None:
                field.errors = [*field.errors, *messages]

    def field_at(self, path: str) -> Field | None:
        """The field that a path leads to; where it leads into a row, the row's field or its first; else None."""
        name, *inner = path.split(".")
        if name not in self:
            return None
        field = self[name]
        if isinstance(field, FormField):
            return next(iter(field.form))
        if not inner or not isinstance(field, Rows) or not inner[0].isdigit() or int(inner[0]) >= len(field.entries):
            return field
        row = field.entries[int(inner[0])].form
        return row[inner[1]] if len(inner) > 1 and inner[1] in row else next(iter(row))

    def unclear(self, places: Places) -> dict[str, Sequence[Offer]]:
        """The places that a typed city may mean, by the id of its field, where that is unclear and none was chosen."""
        return {
            row.typed.id: meant.offered
            for row in self._rows_of_cities()
            if row.typed.data and not row.city.data and (meant := places.meant_by(row.typed.data)).reference is None
        }

    def references(self) -> list[str]:
        """The references of the cities that were chosen."""
        return [row.city.data for row in self._rows_of_cities() if row.city.data]

    def _rows_of_cities(self) -> Iterator[Any]:
        return (form for form in self._forms() if "typed" in form)

    def _forms(self) -> Iterator[Any]:
        """The small forms inside this one, and this one."""
        yield self
        for field in self:
            if isinstance(field, Rows):
                yield from (entry.form for entry in field.entries)
            elif isinstance(field, FormField):
                yield field.form

    def put_at(self, field_id: str, message: str) -> None:
        """Put a message on the field of an id."""
        for field in self._plain_fields():
            if field.id == field_id:
                field.errors = [*field.errors, message]

    def wrong_by_id(self) -> dict[str, tuple[str, Sequence[str]]]:
        """The label and messages of each field with which something is wrong, by its id."""
        return {field.id: (field.label.text, field.errors) for field in self._plain_fields() if field.errors}

    def _plain_fields(self) -> Iterator[Field]:
        for form in self._forms():
            yield from (
                field for field in form if isinstance(field, Rows) or not isinstance(field, FieldList | FormField)
            )

    def names(self) -> Iterator[str]:
        """The names of the fields that this step fills."""
        return (field.short_name for field in self)


def _typed_rows(field: Rows) -> list[dict[str, Any]]:
    return [row for row in field.data if any(row.values())]


def city_fields(reference: str | None, places: Places) -> dict[str, str | None]:
    """What the two fields of a city hold: its name, and its reference."""
    return {"typed": places.typed(reference), "city": reference}


def city_meant(fields: Mapping[str, Any], places: Places) -> str | None:
    """The reference of the city in two fields: what was chosen, or the one place that the name means."""
    if fields["city"]:
        return places.settled(fields["city"])
    return places.meant_by(fields["typed"]).reference if fields["typed"] else None
