"""What stands in a field of an entry, in words that a person reads: labels for codes, names for references."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind, Kind, TermKind, schema_of
from kb.catalogue.entries.fields import Declared, Field, Year
from kb.catalogue.entries.lists import Rows

from ..core.formatting import number
from ..core.language import translated
from .places import Places


class DisplayValues:
    """The words of one request; what entries refer to is looked up once for each kind."""

    def __init__(self, session: Session, places: Places) -> None:
        self._session, self._places = session, places
        self._labels: dict[TermKind, Mapping[Any, str]] = {}

    def lines(self, kind: Kind, name: str, value: Any) -> list[str]:
        """A value as lines of text; none where nothing is known."""
        if value is None or value == []:
            return []
        field = schema_of(kind).declared[name]
        if isinstance(value, list):
            return [self._item(field, one) for one in value]
        return [self._item(field, value)]

    def _item(self, field: Declared, value: Any) -> str:
        if isinstance(value, Mapping) and isinstance(field, Rows):
            return self._row(field.fields, value)
        return self._plain(field, value)

    def _row(self, fields: Mapping[str, Field], row: Mapping[str, Any]) -> str:
        """A row of a list: what names it, then whatever else it says with the label of each."""
        said = [
            (fields[name].label, self._plain(fields[name], value))
            for name, value in row.items()
            if value is not None and value != fields[name].load_default
        ]
        if not said:
            return ""
        (_, first), *others = said
        return "; ".join([first, *(f"{translated(label)}: {words}" for label, words in others)])

    def _plain(self, field: Declared, value: Any) -> str:
        if isinstance(value, bool):
            return str(gettext("Yes") if value else gettext("No"))
        if field.choices is not None:
            label = field.choices.get(str(value))
            return translated(label) if label else str(value)
        return self._reference(field, value) or _number(field, value)

    def _reference(self, field: Declared, value: Any) -> str | None:
        """What a reference leads to; None for a value that is none."""
        refers = field.refers
        if refers == "place" or refers is EntryKind.CITY:
            return self._city(f"place:{value}" if refers == "place" else str(value))
        if isinstance(refers, TermKind):
            label = translated(self._label(refers, value))
            return f"{value} {label}" if refers in {TermKind.GOAL, TermKind.TARGET} else label
        if refers is not None:
            return queries.title_by_slug(self._session, refers, str(value)) or str(value)
        return None

    def _city(self, reference: str) -> str:
        offer = self._places.named([reference]).get(reference)
        return f"{offer.name} ({offer.where})" if offer else reference

    def _label(self, kind: TermKind, key: Any) -> str:
        if kind not in self._labels:
            self._labels[kind] = queries.labels(self._session, kind)
        return self._labels[kind].get(key, str(key))


def _number(field: Declared, value: Any) -> str:
    """A number with the reader's separators; a year, or what is none, as it stands."""
    return str(number(value)) if isinstance(value, int | float) and not isinstance(field, Year) else str(value)
