"""Reads seed files; counts of what was written, and progress."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

Track = Callable[[Sequence[Any], str], Iterable[Any]]
"""Wraps a sequence of items under a label, giving the same items while it shows how far they are."""

_MISSING = gettext_noop("%(file)s is missing from %(folder)s.")


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """An entry of the seed data that is people's own by now, or that they have taken out; `why` says so in English."""

    name: str
    why: str


@dataclass(slots=True)
class Counts:
    """How many entries were made, renewed because the seed data changed, and left since nothing did.

    `left_alone` names those of which there is news and which people have changed, and those that they have taken out.
    """

    made: int = 0
    renewed: int = 0
    left: int = 0
    left_alone: list[LeftAlone] = field(default_factory=list)


def plain(items: Sequence[Any], _label: str) -> Iterable[Any]:
    """Give the items and show nothing."""
    return items


def read_json(file: Path) -> Any:
    """Read a JSON file; raise Refused that names it when it is missing or broken."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(_MISSING, file=file.name, folder=str(file.parent)) from None
    except ValueError as error:
        raise Refused(gettext_noop("%(file)s is not JSON: %(problem)s."), file=file.name, problem=str(error)) from None


def read_csv(file: Path) -> list[dict[str, str | None]]:
    """Read a CSV file with a header; an empty cell is None, and a line that begins with # is none of its rows."""
    try:
        with file.open(encoding="utf-8", newline="") as text:
            lines = (line for line in text if not line.startswith("#"))
            return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]
    except FileNotFoundError:
        raise Refused(_MISSING, file=file.name, folder=str(file.parent)) from None
