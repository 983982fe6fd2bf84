"""Finds and replaces an address and names in texts and JSON of any table."""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, Text, cast, or_

from kb.importing.readers import ENCODINGS

from . import spellings

ADDRESS_ERASED = "[address erased]"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is looked for, and what stands there instead.

    An address and a name of several words are replaced wherever they stand, in any spelling of `spellings`. A name of
    one word, such as "Ana", is in none of the texts: it may be part of other names, or a code.
    """

    patterns: tuple[tuple[re.Pattern[str], str], ...]
    in_text: tuple[str, ...]
    """Regular expressions for whatever text may hold any of it; what they find too much is not replaced."""
    in_json: tuple[str, ...]
    """Regular expressions for whatever JSON, as it is stored, may hold any of it."""

    def text(self, value: str) -> str:
        """The text without what is looked for."""
        for pattern, instead in self.patterns:
            value = pattern.sub(instead, value)
        return value

    def value(self, value: Any) -> Any:
        """Lists and mappings without what is looked for, also in keys: words that an import did not know are keys."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(key): self.value(inner) for key, inner in value.items()}
            case list():
                return [self.value(inner) for inner in value]
        return value

    def is_in(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a column may hold what is looked for; the database reads the whole table for it."""
        if isinstance(column.type, JSON):
            return or_(*map(cast(column, Text).regexp_match, self.in_json))
        return or_(*map(column.regexp_match, self.in_text))

    def file(self, content: bytes, is_table: bool) -> bytes | None:
        """The file of an import, where it changes; None otherwise. One that is no table yet is text."""
        if not is_table:
            return self._raw(content)
        lines = gzip.decompress(content).decode("utf-8", "surrogatepass")
        if not any(re.search(pattern, lines) for pattern in self.in_json):
            return None
        rows = [json.loads(line) for line in lines.split("\n") if line]
        replaced = [self.value(row) for row in rows]
        if replaced == rows:
            return None
        text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in replaced)
        return gzip.compress(text.encode("utf-8", "surrogatepass"), compresslevel=1, mtime=0)

    def _raw(self, content: bytes) -> bytes | None:
        """Text in an encoding that nobody has named yet: it is read in each that somebody may name."""
        replaced = content
        for encoding in (*ENCODINGS, "latin-1"):
            try:
                text = replaced.decode(encoding)
                is_exact = text.encode(encoding) == replaced
            except UnicodeError:
                continue
            if is_exact and (without := self.text(text)) != text:
                replaced = without.encode(encoding)
        return None if replaced == content else replaced


def replacement(address: str, names: Iterable[str], name_instead: str) -> Replacement:
    """What replaces an address and names."""
    patterns = [(re.compile(rf"(?<![\w.+-]){re.escape(address)}(?!\w|[.-]\w)", re.IGNORECASE), ADDRESS_ERASED)]
    # The longest first, so that "Ana Maria Test" is not left as "Ana" with something behind it.
    several = [name for name in sorted(names, key=len, reverse=True) if len(name.split()) > 1]
    patterns += [(re.compile(spellings.whole(name)), name_instead) for name in several]
    needles = [address, *several]
    return Replacement(tuple(patterns), tuple(map(spellings.in_text, needles)), tuple(map(spellings.in_json, needles)))
