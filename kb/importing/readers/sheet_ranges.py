"""Merged cells and links of a sheet, which its XML tells after all of its rows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import IO, Any

from .table_types import CellError, Limits

_BEGIN = re.compile(rb"<(?:\w+:)?sheetData[\s/>]")
_END = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s[^<>]*/>|<(?:\w+:)?sheetData/>")
_BLOCK = 1 << 18
_LONGEST_TAG = 1000

LINK_BEGINNINGS = ("http://", "https://")
"""How the addresses of pages begin; others, of mail and of files, lead nowhere here."""


@dataclass(frozen=True, slots=True)
class CellRange:
    """A block of cells: its first and last column and row, counted from 1; `target` is where a link goes."""

    first_column: int
    first_row: int
    last_column: int
    last_row: int
    target: str = ""

    @property
    def label(self) -> str:
        """The block as a spreadsheet names it: C2:C4."""
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        first, last = get_column_letter(self.first_column), get_column_letter(self.last_column)
        return f"{first}{self.first_row}:{last}{self.last_row}"


@dataclass(frozen=True, slots=True)
class _Value:
    """What a merged cell holds: its text, what is wrong with it, and where it leads to."""

    text: str
    cell_error: CellError | None
    link: str | None


@dataclass(slots=True)
class MergedCells:
    """The merged cells of a sheet while its rows are read in order. `used` are those whose value was taken again."""

    ranges: list[CellRange]
    used: dict[CellRange, None] = field(default_factory=dict)
    _next: int = 0
    _open: dict[int, tuple[CellRange, _Value]] = field(default_factory=dict)

    def fill(
        self, number: int, cells: list[str], cell_errors: list[CellError], links: Mapping[int, str]
    ) -> dict[int, str]:
        """Put the values of merged cells into a row that has cells of its own; give the links that came with them."""
        has_own = any(cells) or bool(cell_errors)
        more_links: dict[int, str] = {}
        self._open = {column: open_ for column, open_ in self._open.items() if open_[0].last_row >= number}
        for column, (merged, value) in self._open.items():
            cells.extend([""] * (column - len(cells) if has_own else 0))
            if not has_own or cells[column - 1]:
                continue
            cells[column - 1] = value.text
            if value.cell_error:
                cell_errors.append(value.cell_error)
            if value.link:
                more_links[column - 1] = value.link
            self.used[merged] = None
        self._begin(number, cells, cell_errors, links)
        return more_links

    def _begin(self, number: int, cells: list[str], cell_errors: list[CellError], links: Mapping[int, str]) -> None:
        """Take the values of the merged cells that begin in this row: only there do they have one."""
        while self._next < len(self.ranges) and self.ranges[self._next].first_row <= number:
            merged, place = self.ranges[self._next], self.ranges[self._next].first_column - 1
            self._next += 1
            text = cells[place] if place < len(cells) else ""
            cell_error = next((cell_error for cell_error in cell_errors if cell_error.place == place), None)
            if merged.first_row == number < merged.last_row and (text or cell_error):
                self._open[merged.first_column] = merged, _Value(text, cell_error, links.get(place))


@dataclass(slots=True)
class LinkedCells:
    """The links of a sheet while its rows are read in order."""

    ranges: list[CellRange]
    _next: int = 0
    _open: dict[int, CellRange] = field(default_factory=dict)

    def of_row(self, number: int) -> dict[int, str]:
        """The targets of the links in a row, by the place of their column."""
        self._open = {column: link for column, link in self._open.items() if link.last_row >= number}
        while self._next < len(self.ranges) and self.ranges[self._next].first_row <= number:
            link = self.ranges[self._next]
            self._next += 1
            if link.last_row >= number:
                self._open |= dict.fromkeys(range(link.first_column, link.last_column + 1), link)
        return {column - 1: link.target for column, link in self._open.items()}


def ranges_of(sheet: Any, limits: Limits) -> tuple[MergedCells, LinkedCells]:
    """The merged cells and links of a sheet, without reading its rows."""
    merged, linked = [], []
    targets = _targets(sheet)
    for name, attributes in _after_rows(sheet):
        found = _range(attributes.get("ref", ""), limits)
        if found is None:
            continue
        if name == "mergeCell":
            merged.append(found)
        else:
            identifier = next((value for key, value in attributes.items() if key.endswith("}id")), "")
            target, part = targets.get(identifier, ""), attributes.get("location", "")
            if target:
                target = f"{target}#{part}" if part and "#" not in target else target
                linked.append(CellRange(found.first_column, found.first_row, found.last_column, found.last_row, target))
    by_row = attrgetter("first_row")
    return MergedCells(sorted(merged, key=by_row)), LinkedCells(sorted(linked, key=by_row))


def _after_rows(sheet: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements for merged cells and links, with their attributes."""
    from openpyxl.xml.functions import iterparse  # noqa: PLC0415

    with sheet._get_source() as source:  # noqa: SLF001
        for _, element in iterparse(_Pieces(_without_rows(source))):
            name = element.tag.rpartition("}")[2]
            if name in {"mergeCell", "hyperlink"}:
                yield name, dict(element.attrib)
            element.clear()


class _Pieces:
    """A file for a parser of XML, of the pieces that an iterator gives."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1) -> bytes:
        """The next piece; nothing at the end."""
        return next((piece for piece in self._pieces if piece), b"")


def _without_rows(source: IO[bytes]) -> Iterator[bytes]:
    """The XML of a sheet without its rows, which may be 200 MB that need not be parsed."""
    held, is_in_rows = b"", False
    while block := source.read(_BLOCK):
        held += block
        if not is_in_rows:
            begin = _BEGIN.search(held)
            is_in_rows = begin is not None
            given = begin.start() if begin else max(len(held) - _LONGEST_TAG, 0)
            yield held[:given]
            held = held[given:]
        if is_in_rows:
            end = _END.search(held)
            is_in_rows = end is None
            held = held[end.end() :] if end else held[-_LONGEST_TAG:]
    if not is_in_rows:
        yield held


def _targets(sheet: Any) -> dict[str, str]:
    """Where the links of a sheet go, by the identifier that its cells name."""
    from openpyxl.packaging.relationship import get_dependents, get_rels_path  # noqa: PLC0415

    path, archive = get_rels_path(sheet._worksheet_path), sheet.parent._archive  # noqa: SLF001
    if path not in archive.namelist():
        return {}
    return {
        relation.Id: relation.target
        for relation in get_dependents(archive, path)
        if relation.TargetMode == "External" and (relation.target or "").lower().startswith(LINK_BEGINNINGS)
    }


def _range(reference: str, limits: Limits) -> CellRange | None:
    """The block of that name, without columns that are not read; None where it is none."""
    from openpyxl.utils import range_boundaries  # noqa: PLC0415

    try:
        bounds = range_boundaries(reference)
    except (ValueError, TypeError):
        return None
    if None in bounds or bounds[0] > limits.columns:
        return None
    return CellRange(bounds[0], bounds[1], min(bounds[2], limits.columns), bounds[3])
