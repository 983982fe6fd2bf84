"""How good suggestions are, measured on texts with known goals, from a CSV file of one of two shapes.

Columns `text` and `goals` ("4;9"; also "4, 9", "SDG 4", "4.0"), where every goal of a text is known. A goal counts as
suggested from the default confidence on (`kb.goals.suggestions.SUGGESTED`).

    micro-F1   2 TP / (2 TP + FP + FN), over all pairs of a text and a goal
    macro-F1   the mean of each goal's F1, over the goals that occur among labels or suggestions
    top-1      the share of texts whose most confident goal, of whatever confidence, is among the labels
    any-hit    the share of texts with a suggested goal that is among the labels

A row without goals is a text that speaks of none: whatever is suggested for it is wrong, and top-1 and any-hit, which
ask for a label to be found, leave it out.

Columns `text`, `sdg` (1 to 17) and `label` (True or False), where one goal was judged per row.

    accuracy   the share of rows where the goal is suggested just when the label says so
    macro-F1   the mean of the F1 of each goal, over the goals that occur in the column `sdg`

All lie from 0 to 1; a ratio of nothing to nothing is 0.
"""

import csv
import re
import sys
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.goals.suggestions import SUGGESTED, GoalSuggestion, suggest

_GOAL = re.compile(r"(?:(?:SDG|goal)s?\s*#?)?\s*(\d{1,2})(?:\.0+)?", re.IGNORECASE)
_NO_COLUMN = gettext_noop("%(file)s, row %(row)s: the column %(column)s is missing.")
_NO_CELL = gettext_noop("%(file)s, row %(row)s: column %(column)s is missing.")
_ONE_TOO_MANY = gettext_noop("%(file)s, row %(row)s: column %(column)s is not expected.")
_NEITHER = gettext_noop("%(file)s, row %(row)s, column label: %(given)s is neither True nor False.")
_NO_GOAL = gettext_noop("%(file)s, row %(row)s, column %(column)s: %(given)s is not a goal from 1 to 17.")
_UNREADABLE = gettext_noop("%(file)s cannot be read: %(problem)s.")
_NOT_CSV = gettext_noop("%(file)s is not a CSV file: %(problem)s.")
_SEPARATORS = re.compile(r"[;,|/\n]")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "1.0"}), frozenset({"false", "0", "no", "0.0"})


@dataclass(frozen=True, slots=True)
class MultiLabelResult:
    """One text: what it is labelled with, what was suggested, and the best guess, None where there was none."""

    labels: frozenset[Hashable]
    suggested: frozenset[Hashable]
    best: Hashable | None


@dataclass(frozen=True, slots=True)
class SingleLabelResult:
    """One text and one goal: what the label says, and whether the goal was suggested."""

    goal: int
    label: bool
    suggested: bool


def evaluate(path: Path) -> dict[str, float]:
    """Measure the suggestions for the texts of a file: name and value of each measure of its shape.

    Raises Refused, with one line that names the row (the header is row 1) and column, where the file cannot be used.
    """
    # Texts may be longer than the csv module allows at first; its limit is of the whole process, so it is put back.
    usual = csv.field_size_limit(sys.maxsize)
    try:
        header, rows = _table(path)
    finally:
        csv.field_size_limit(usual)
    if {"text", "sdg", "label"} <= set(header):
        return single_label([_checked(path, row, cells) for row, cells in rows])
    if {"text", "goals"} <= set(header):
        return multi_label([_judged(path, row, cells) for row, cells in rows])
    missing = "text" if "text" not in header else "goals (or sdg and label)"
    raise Refused(_NO_COLUMN, file=str(path), row="1", column=missing)


def multi_label(judged: Sequence[MultiLabelResult]) -> dict[str, float]:
    """Micro-F1, macro-F1, top-1 and any-hit (see the module) of texts that are wholly labelled."""
    items = sorted(
        frozenset().union(*(multi_label_result.labels | multi_label_result.suggested for multi_label_result in judged)),
        key=str,
    )
    per_item = [
        (
            sum(
                item in multi_label_result.labels and item in multi_label_result.suggested
                for multi_label_result in judged
            ),
            sum(
                item not in multi_label_result.labels and item in multi_label_result.suggested
                for multi_label_result in judged
            ),
            sum(
                item in multi_label_result.labels and item not in multi_label_result.suggested
                for multi_label_result in judged
            ),
        )
        for item in items
    ]
    labelled = [multi_label_result for multi_label_result in judged if multi_label_result.labels]
    return {
        "micro-F1": _f1(*(sum(counts) for counts in zip(*per_item, strict=True))) if per_item else 0.0,
        "macro-F1": _mean([_f1(*counts) for counts in per_item]),
        "top-1": _mean([multi_label_result.best in multi_label_result.labels for multi_label_result in labelled]),
        "any-hit": _mean(
            [bool(multi_label_result.labels & multi_label_result.suggested) for multi_label_result in labelled]
        ),
    }


def single_label(checked: Sequence[SingleLabelResult]) -> dict[str, float]:
    """Accuracy and macro-F1 (see the module) of rows that judge one goal each."""
    per_goal = {
        goal: [single_label_result for single_label_result in checked if single_label_result.goal == goal]
        for goal in sorted({single_label_result.goal for single_label_result in checked})
    }
    return {
        "accuracy": _mean(
            [single_label_result.label == single_label_result.suggested for single_label_result in checked]
        ),
        "macro-F1": _mean(
            [
                _f1(
                    sum(single_label_result.label and single_label_result.suggested for single_label_result in rows),
                    sum(
                        not single_label_result.label and single_label_result.suggested for single_label_result in rows
                    ),
                    sum(
                        single_label_result.label and not single_label_result.suggested for single_label_result in rows
                    ),
                )
                for rows in per_goal.values()
            ]
        ),
    }


def _f1(found: int, false: int, missed: int) -> float:
    return 2 * found / (2 * found + false + missed) if found else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


# A file of the second shape may ask about one text goal by goal.
@lru_cache(maxsize=4096)
def _ranked(text: str) -> tuple[GoalSuggestion, ...]:
    return suggest(text, goals_from=0, target_limit=0).goals


def _suggested(text: str) -> frozenset[Hashable]:
    return frozenset(goal.number for goal in _ranked(text) if goal.confidence >= SUGGESTED)


def _judged(path: Path, row: int, cells: dict[str, str]) -> MultiLabelResult:
    pieces = [piece.strip() for piece in _SEPARATORS.split(cells["goals"].strip("[](){} "))]
    labels = frozenset(_goal(path, row, "goals", piece.strip("'\" ")) for piece in pieces if piece)
    ranked = _ranked(cells["text"])
    return MultiLabelResult(labels, _suggested(cells["text"]), ranked[0].number if ranked else None)


def _checked(path: Path, row: int, cells: dict[str, str]) -> SingleLabelResult:
    goal = _goal(path, row, "sdg", cells["sdg"].strip())
    written = cells["label"].strip().lower()
    if written not in _TRUE | _FALSE:
        raise Refused(_NEITHER, file=str(path), row=str(row), given=_shown(cells["label"]))
    return SingleLabelResult(goal, written in _TRUE, goal in _suggested(cells["text"]))


def _goal(path: Path, row: int, column: str, written: str) -> int:
    match = _GOAL.fullmatch(written)
    if match is None or not 1 <= int(match.group(1)) <= 17:
        raise Refused(_NO_GOAL, file=str(path), row=str(row), column=column, given=_shown(written))
    return int(match.group(1))


def _shown(written: str) -> str:
    return repr(written if len(written) <= 40 else written[:40] + "...")


def _table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header, in lower case, and each row that is not empty with its number (the header is row 1)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            # Quotes may hold any of them, but a header of plain names does not.
            delimiter = max(",;\t|", key=first.count)
            lines = csv.reader(chain([first], file), delimiter=delimiter, strict=True)
            header = [name.strip().lower() for name in next(lines, [])]
            rows = list(_rows(path, header, lines))
    except FileNotFoundError:
        raise Refused(gettext_noop("%(file)s is missing."), file=str(path)) from None
    except OSError as problem:
        raise Refused(_UNREADABLE, file=str(path), problem=problem.strerror or "") from None
    except UnicodeDecodeError:
        raise Refused(gettext_noop("%(file)s is not UTF-8."), file=str(path)) from None
    except csv.Error as problem:
        raise Refused(_NOT_CSV, file=str(path), problem=str(problem)) from None
    if not rows and {"text"} <= set(header):
        raise Refused(gettext_noop("%(file)s has no row below its header."), file=str(path))
    return header, rows


def _rows(path: Path, header: Sequence[str], lines: Iterator[list[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            at = {"file": str(path), "row": str(number)}
            if len(cells) < len(header):
                raise Refused(_NO_CELL, **at, column=header[len(cells)])
            raise Refused(_ONE_TOO_MANY, **at, column=str(len(header) + 1))
        yield number, dict(zip(header, cells, strict=True))
