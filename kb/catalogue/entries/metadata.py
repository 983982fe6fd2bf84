"""The metadata of declared fields, for forms, imports and search."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Control = Literal["choice", "lines", "text", "tick"]
"""Unusual ways in which a form asks for a value; "text" is a larger box, "lines" such a box with an item a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """How a form asks for a field. Strings are marked for translation.

    `step` is the code of the form's step; fields of a row need none. `label` differs from the field's own where a
    form asks in other words. Neighbours with the same `line` stand side by side, those with the same `group` under it
    as a heading. `size` counts the lines of a larger box, `most` the characters that can be typed. `add` is the button
    that adds a row. `panel` names further content that follows the field. `control` overrides the usual one.
    """

    step: str = ""
    label: str = ""
    hint: str = ""
    line: str = ""
    group: str = ""
    size: int = 4
    most: int | None = None
    add: str = ""
    panel: str = ""
    control: Control | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The column of an import that holds a field: `names` by which people call it, folded, apart by bars.

    `code` and `label` differ from the field's own where a file names it otherwise. `example` is shown in the template.
    """

    names: str = ""
    hint: str = ""
    example: str = ""
    code: str = ""
    label: str = ""


class Weight(IntEnum):
    """What the words of a field count for in a search; results quote from those of PASSAGE."""

    TITLE = 3
    PASSAGE = 2
    TEXT = 1
