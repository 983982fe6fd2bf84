"""The names of columns as they are compared; without the catalogue, so that a child process imports it at once."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from kb.core.text import fold

from .readers.table_types import Likeness


@lru_cache(maxsize=8192)
def plain_name(text: str) -> str:
    """A name of a column as it is compared: folded, with words apart: "Start_Year*" is "start year"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text)
    return " ".join(re.sub(r"[^\w]+|_", " ", fold(apart)).split())


def likeness_to(by_name: Mapping[str, str]) -> Likeness:
    """How many cells of a row are names of fields; a heading has several, a row of data hardly any.

    `by_name` holds the codes of the fields by each of their names.
    """

    def likeness(cells: Sequence[str]) -> int:
        codes = {by_name[name] for cell in cells if len(cell) <= 80 and (name := plain_name(cell)) in by_name}
        return len(codes) if "title" in codes or len(codes) > 1 else 0

    return likeness
