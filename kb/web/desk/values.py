"""What stands in a field of an entry, in words that a person reads: labels for codes, names for references."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue import queries, terms
from kb.editorial.schemas import SCHEMAS

from ..figures import number
from ..language import translated
from .places import Places

_CODES: Mapping[str, Mapping[str, str]] = {
    "stage": terms.STAGES,
    "scale": terms.SCALES,
    "evidence_level": terms.EVIDENCE_LEVELS,
    "evidence_direction": terms.EVIDENCE_DIRECTIONS,
    "direction": terms.EVIDENCE_DIRECTIONS,
    "procurement": terms.PROCUREMENT,
    "funding": terms.FUNDING,
    "role": terms.PARTNER_ROLES,
    "severity": terms.SEVERITIES,
    "status": terms.CHALLENGE_STATUSES,
    "origin": terms.ORIGINS,
}
_TERMS = {"challenge", "technology", "goal", "target"}
_ENTRIES = {"leader", "vision", "initiative"}
_SAYS_NOTHING = {"origin": "editor", "is_target": False}


class Values:
    """The words of one request; what entries refer to is looked up once for each kind."""

    def __init__(self, session: Session, places: Places) -> None:
        self._session, self._places = session, places
        self._labels: dict[str, Mapping[Any, str]] = {}

    def lines(self, kind: str, name: str, value: Any) -> list[str]:
        """A value as lines of text; none where nothing is known."""
        if value is None or value == []:
            return []
        if isinstance(value, list):
            return [self._one(kind, name, one) for one in value]
        return [self._one(kind, name, value)]

    def _one(self, kind: str, name: str, value: Any) -> str:
        return self._row(kind, name, value) if isinstance(value, Mapping) else self._plain(kind, name, name, value)

    def _row(self, kind: str, name: str, row: Mapping[str, Any]) -> str:
        """A row of a list: what names it, then whatever else it says with the label of each."""
        schema = SCHEMAS[kind]
        said = [
            (inner, self._plain(kind, f"{name}.{inner}", inner, value))
            for inner, value in row.items()
            if value is not None and (inner not in _SAYS_NOTHING or _SAYS_NOTHING[inner] != value)
        ]
        if not said:
            return ""
        (_, first), *others = said
        rest = [f"{translated(schema.labels[f'{name}.{inner}'])}: {words}" for inner, words in others]
        return "; ".join([first, *rest])

    def _plain(self, kind: str, path: str, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return str(gettext("Yes") if value else gettext("No"))
        if name in _CODES:
            label = _CODES[name].get(str(value))
            return translated(label) if label else str(value)
        return self._reference(SCHEMAS[kind].references.get(path, ""), value) or _number(name, value)

    def _reference(self, refers: str, value: Any) -> str | None:
        """What a reference leads to; None for a value that is none."""
        if refers in {"city", "place"}:
            return self._city(f"place:{value}" if refers == "place" else str(value))
        if refers in _TERMS:
            label = self._label(refers, value)
            code = f"{value} " if refers in {"goal", "target"} else ""
            return code + translated(label)
        if refers in _ENTRIES:
            return self._label(refers, value)
        return None

    def _city(self, reference: str) -> str:
        offer = self._places.named([reference]).get(reference)
        return f"{offer.name} ({offer.where})" if offer else reference

    def _label(self, kind: str, key: Any) -> str:
        if kind in _ENTRIES:
            return queries.title_by_slug(self._session, kind, str(key)) or str(key)
        if kind not in self._labels:
            self._labels[kind] = queries.labels(self._session, kind)
        return self._labels[kind].get(key, str(key))


def _number(name: str, value: Any) -> str:
    """A number with the reader's separators; a year, or what is none, as it stands."""
    return str(number(value)) if isinstance(value, int | float) and not name.endswith("year") else str(value)
