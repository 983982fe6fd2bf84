"""What a selection of entries covers and what it lacks, counted beside the whole catalogue."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue.choices import UNKNOWN
from kb.catalogue.counts import Counts
from kb.catalogue.entries import EntryKind
from kb.core.db import in_batches
from kb.core.i18n import gettext_noop
from kb.search.facets import FACETS, FIELDS

GROUPED_BY = ("region", "income", "size", "goal", "decade")
"""The facets whose values are counted, in the order in which they are told."""

MISSING = {
    "cost": gettext_noop("Cost not known"),
    "outcome": gettext_noop("No result in figures"),
    "evidence": gettext_noop("Strength of the evidence not known"),
    "decade": gettext_noop("Start year not known"),
    "goal": gettext_noop("No goal"),
    "size": gettext_noop("Size of the city not known"),
    "contact": gettext_noop("No contact"),
}
"""What may be missing, by the field whose codes show it, with words for it."""

NOT_KNOWN = gettext_noop("Not known")


@dataclass(frozen=True, slots=True)
class Part:
    """A group of entries: its code, its label (English), how many of the selection and of the whole catalogue."""

    code: str
    label: str
    entries: int
    catalogue: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups of a facet. An entry with cities in two regions counts in both."""

    field: str
    label: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Lean:
    """A group whose share of a selection is another than its share of the catalogue; labels are English."""

    grouping: str
    label: str
    here: float
    catalogue: float

    @property
    def points(self) -> float:
        """By how much the share here is larger."""
        return self.here - self.catalogue


_LEAST_LEAN = 0.1
_MOST_LEANS = 5


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of a selection beside those of the whole catalogue; `missing` are the entries that lack something."""

    entries: int
    catalogue: int
    groupings: Sequence[Grouping]
    missing: Sequence[Part]

    def to_json(self) -> dict[str, Any]:
        """The counts as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Coverage":
        """Read what `to_json` wrote."""
        return cls(
            data["entries"],
            data["catalogue"],
            [
                Grouping(group["field"], group["label"], [Part(**part) for part in group["parts"]])
                for group in data["groupings"]
            ],
            [Part(**part) for part in data["missing"]],
        )

    def leaning(self) -> tuple[list[Lean], list[Lean]]:
        """Where the shares differ most from those of the whole catalogue: the groups with more here, and with less."""
        leans = [
            Lean(group.label, part.label, part.entries / self.entries, part.catalogue / self.catalogue)
            for group in self.groupings
            for part in group.parts
            if self.entries and self.catalogue and part.code != UNKNOWN
        ]
        more = sorted((lean for lean in leans if lean.points >= _LEAST_LEAN), key=lambda lean: -lean.points)
        less = sorted((lean for lean in leans if lean.points <= -_LEAST_LEAN), key=lambda lean: lean.points)
        return more[:_MOST_LEANS], less[:_MOST_LEANS]

    def rows(self) -> list[tuple[str, str, str, int, float | None, int, float | None]]:
        """The counts as rows of a table, whose head is ROW_NAMES."""
        tables = [(group.field, group.parts) for group in self.groupings] + [("missing", self.missing)]
        return [
            (
                field,
                part.code,
                part.label,
                part.entries,
                _share(part.entries, self.entries),
                part.catalogue,
                _share(part.catalogue, self.catalogue),
            )
            for field, parts in tables
            for part in parts
        ]


ROW_NAMES = ("field", "code", "label", "entries", "share", "catalogue_entries", "catalogue_share")
"""The head of the table; shares are of all entries of the selection, and of the catalogue."""


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def coverage(session: Session, kind: EntryKind, ids: Sequence[int], counts: Counts) -> Coverage:
    """Count a selection; `counts` are those of the whole catalogue. Fields that the kind lacks are left out."""
    whole = counts.total(kind)
    fields = [name for name in {**dict.fromkeys(GROUPED_BY), **MISSING} if FIELDS[name].pairs(kind) is not None]
    everywhere = {name: _Counted(counts.by(kind, name), whole - counts.having_any(kind, name)) for name in fields}
    here = everywhere if len(ids) == whole else {name: _count(session, kind, ids, name) for name in fields}
    return Coverage(
        entries=len(ids),
        catalogue=whole,
        groupings=[_grouping(session, name, here[name], everywhere[name]) for name in GROUPED_BY if name in fields],
        missing=[
            Part(name, label, here[name].unknown, everywhere[name].unknown)
            for name, label in MISSING.items()
            if name in fields
        ],
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many entries have each code of a field, and how many have none at all."""

    by: Mapping[str, int]
    without: int

    @property
    def unknown(self) -> int:
        return self.without + self.by.get(UNKNOWN, 0)


def _count(session: Session, kind: EntryKind, ids: Sequence[int], name: str) -> _Counted:
    pairs = FIELDS[name].pairs(kind)
    counted: Counter[str] = Counter()
    without = len(ids)
    if pairs is not None:
        entry_id, code = pairs.selected_columns
        coded = pairs.with_only_columns(entry_id.label("id"), code.label("code")).distinct()
        for batch in in_batches(ids):
            rows = session.execute(coded.where(entry_id.in_(batch))).all()
            counted.update(str(row.code) for row in rows if row.code is not None)
            without -= len({row.id for row in rows if row.code is not None})
    return _Counted(counted, without)


def _grouping(session: Session, name: str, here: _Counted, everywhere: _Counted) -> Grouping:
    parts = [
        Part(code, label, here.by.get(code, 0), everywhere.by.get(code, 0))
        for code, label in FACETS[name].labels(session).items()
        if code != UNKNOWN and (code in here.by or code in everywhere.by)
    ]
    if here.unknown or everywhere.unknown:
        parts.append(Part(UNKNOWN, NOT_KNOWN, here.unknown, everywhere.unknown))
    return Grouping(name, FACETS[name].label, parts)
