"""Counts entries by their fields: from the arrays of the index, or, where there is none to use, in the database."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import Session

from kb.catalogue.counts import CityCounts, CodeCounts
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import InitiativeCity

from .facets import FIELDS
from .field_definitions import having_any_of
from .index.segment_facets import Mask
from .index.snapshot import Snapshot
from .kinds import KINDS

Made = TypeVar("Made")


class IndexCounts:
    """`kb.catalogue.counts.Counts` of one commit of the index. What was counted once is kept for as long as that."""

    def __init__(self, snapshot: Snapshot) -> None:
        # Not the snapshot itself, which would keep it alive where this is kept beside it.
        self._facets = snapshot.facets
        self._cities = snapshot.cities
        self._made: dict[Hashable, Any] = {}

    def total(self, kind: EntryKind) -> int:
        """How many entries of a kind there are."""
        return self._once(("total", kind), lambda: int(self._mask(kind, {}).sum()))

    def having_any(self, kind: EntryKind, field: str) -> int:
        """How many entries have any code of a field."""

        def count() -> int:
            has_any = self._facets.mask(field, tuple(self.by(kind, field)))
            return int((has_any & self._mask(kind, {})).sum())

        return self._once(("any", kind, field), count)

    def by(self, kind: EntryKind, field: str, /, **having: str) -> CodeCounts:
        """How many entries have each code of a field."""

        def count() -> dict[str, int]:
            rows = np.flatnonzero(self._mask(kind, having)).astype(np.int32)
            return self._facets.count(rows, (field,))[field]

        return self._once(("by", kind, field, *having.items()), count)

    def table(self, kind: EntryKind, field: str, other: str) -> Mapping[tuple[str, str], int]:
        """How many entries have each two codes, one of either field; pairs that none has are left out."""

        def count() -> dict[tuple[str, str], int]:
            return {
                (code, with_code): both
                for code in self.by(kind, field)
                for with_code, both in self.by(kind, other, **{field: code}).items()
            }

        return self._once(("table", kind, field, other), count)

    def cities(self, limit: int | None, /, **having: str) -> CityCounts:
        """The cities of initiatives: so many of the first, or all."""

        def count() -> CityCounts:
            cities, counts = np.unique(self._of_initiatives(having), return_counts=True)
            order = np.lexsort((cities, -counts))[:limit]
            return CityCounts(len(cities), tuple(zip(cities[order].tolist(), counts[order].tolist(), strict=True)))

        # All of them are many, and few ask for them.
        return count() if limit is None else self._once(("cities", limit, *having.items()), count)

    def _of_initiatives(self, having: Mapping[str, str]) -> npt.NDArray[np.int64]:
        """The cities of initiatives, one as often as it has any."""
        return self._cities.cities[self._mask(EntryKind.INITIATIVE, having)[self._cities.rows]]

    def _mask(self, kind: EntryKind, having: Mapping[str, str]) -> Mask:
        mask = self._once(("kind", kind), lambda: self._facets.mask("kind", (kind,)))
        for field, code in having.items():
            mask = mask & self._facets.mask(field, (code,))
        return mask

    def _once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        if key not in self._made:
            self._made[key] = make()
        return cast("Made", self._made[key])


class DatabaseCounts:
    """`kb.catalogue.counts.Counts` as the database has them, plainly: each question walks all entries of a kind."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def total(self, kind: EntryKind) -> int:
        """How many entries of a kind there are."""
        return self._scalar(select(func.count(KINDS[kind].model.id)))

    def having_any(self, kind: EntryKind, field: str) -> int:
        """How many entries have any code of a field."""
        pairs = _pairs(kind, field)
        if pairs is None:
            return 0
        return self._scalar(select(func.count(pairs.c.id.distinct())).where(pairs.c.code.is_not(None)))

    def by(self, kind: EntryKind, field: str, /, **having: str) -> CodeCounts:
        """How many entries have each code of a field."""
        pairs = _pairs(kind, field)
        if pairs is None:
            return {}
        counted = select(pairs.c.code, func.count()).group_by(pairs.c.code)
        rows = self._session.execute(counted.where(*_having(kind, pairs.c.id, having)))
        return {str(code): count for code, count in rows if code is not None}

    def table(self, kind: EntryKind, field: str, other: str) -> Mapping[tuple[str, str], int]:
        """How many entries have each two codes, one of either field; pairs that none has are left out."""
        pairs, others = _pairs(kind, field), _pairs(kind, other)
        if pairs is None or others is None:
            return {}
        both = select(pairs.c.code, others.c.code, func.count()).join(others, others.c.id == pairs.c.id)
        rows = self._session.execute(both.group_by(pairs.c.code, others.c.code))
        return {
            (str(code), str(with_code)): count
            for code, with_code, count in rows
            if code is not None and with_code is not None
        }

    def cities(self, limit: int | None, /, **having: str) -> CityCounts:
        """The cities of initiatives: so many of the first, or all."""
        count = func.count()
        counted = (
            select(InitiativeCity.city_id, count)
            .where(*_having(EntryKind.INITIATIVE, InitiativeCity.initiative_id, having))
            .group_by(InitiativeCity.city_id)
        )
        first = self._session.execute(counted.order_by(count.desc(), InitiativeCity.city_id).limit(limit))
        total = self._scalar(select(func.count()).select_from(counted.subquery()))
        return CityCounts(total, tuple((city, initiatives) for city, initiatives in first))

    def _scalar(self, counted: Select[int]) -> int:
        return self._session.scalar(counted) or 0


def _pairs(kind: EntryKind, field: str) -> Any:
    """Ids and codes, each pair once; None where the kind lacks the field."""
    pairs = FIELDS[field].pairs(kind)
    if pairs is None:
        return None
    entry_id, code = pairs.selected_columns
    return pairs.with_only_columns(entry_id.label("id"), code.label("code")).distinct().subquery()


def _having(kind: EntryKind, entry_id: Any, having: Mapping[str, str]) -> list[Any]:
    """Conditions that the entries have a code in each of some fields."""
    conditions = []
    for field, code in having.items():
        pairs = FIELDS[field].pairs(kind)
        conditions.append(false() if pairs is None else entry_id.in_(having_any_of(pairs, (code,))))
    return conditions
