"""Gathering the strings of the seed for translators: labels and gists that are rows, which no `_()` can mark.

`make messages` runs it by way of babel.cfg, beside Babel's own readers of Python and of templates.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

Message = tuple[int, None, str, list[str]]
"""Line (0 where it is not known), function, text and comments: as Babel's extraction methods give them."""

_SHOWN = ("label", "gist")
_LISTS = ("targets", "categories")
_COLUMNS = ("name", "region", "continent")


def terms(file: IO[bytes], _keywords: Sequence[str], _tags: Sequence[str], **_options: Any) -> Iterator[Message]:
    """Labels, gists and categories of a list of terms in JSON, its targets included."""
    for text in _of_rows(json.load(file)):
        yield 0, None, text, []


def countries(file: IO[bytes], _keywords: Sequence[str], _tags: Sequence[str], **_options: Any) -> Iterator[Message]:
    """Names of countries, regions and continents in CSV with a header."""
    with io.TextIOWrapper(file, encoding="utf-8", newline="") as text:
        for number, row in enumerate(csv.DictReader(text), 2):
            for column in _COLUMNS:
                if row[column]:
                    yield number, None, row[column], []


def _of_rows(rows: Sequence[Any]) -> Iterator[str]:
    for row in rows:
        if isinstance(row, str):
            yield row
            continue
        yield from (row[name] for name in _SHOWN if row.get(name))
        for name in _LISTS:
            yield from _of_rows(row.get(name, ()))
