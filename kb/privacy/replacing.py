"""Finds and replaces an address and names in texts and JSON of any table."""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Boolean, ColumnElement, Text, cast, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

ADDRESS_ERASED = "[address erased]"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is looked for, and what stands there instead.

    An address and a name of several words are replaced wherever they stand. A name of one word, such as "Ana", is in
    none of the texts: it may be part of other names, or a code.
    """

    patterns: tuple[tuple[re.Pattern[str], str], ...]
    needles: tuple[str, ...]

    def text(self, value: str) -> str:
        """The text without what is looked for."""
        for pattern, instead in self.patterns:
            value = pattern.sub(instead, value)
        return value

    def value(self, value: Any) -> Any:
        """The same within lists and mappings."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {key: self.value(inner) for key, inner in value.items()}
            case list():
                return [self.value(inner) for inner in value]
        return value

    def is_in(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a column may hold what is looked for, in any letters; the database reads the whole table for it."""
        is_json = isinstance(column.type, JSON)
        text = cast(column, Text) if is_json else column
        needles = {case for needle in self.needles for case in _cases(needle)}
        needles |= {json.dumps(needle)[1:-1] for needle in needles if is_json}
        return or_(*(_Contains(text, f"%{_pattern(needle)}%") for needle in sorted(needles)))

    def file(self, content: bytes, is_table: bool) -> bytes | None:
        """The file of an import, where it changes; None otherwise. One that is no table yet is text or a workbook."""
        if not is_table:
            return self._raw(content)
        lines = gzip.decompress(content).decode("utf-8", "surrogatepass")
        written = lines.lower()
        if not any(all(_in_json(word) in written for word in needle.lower().split()) for needle in self.needles):
            return None
        rows = [json.loads(line) for line in lines.split("\n") if line]
        replaced = [self.value(row) for row in rows]
        if replaced == rows:
            return None
        text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in replaced)
        return gzip.compress(text.encode("utf-8", "surrogatepass"), compresslevel=1, mtime=0)

    def _raw(self, content: bytes) -> bytes | None:
        """Text in an encoding that nobody has named yet; each byte is a letter of Latin-1."""
        try:
            encoding, text = "utf-8", content.decode("utf-8")
        except UnicodeDecodeError:
            encoding, text = "latin-1", content.decode("latin-1")
        replaced = self.text(text)
        return None if replaced == text else replaced.encode(encoding)


def replacement(address: str, names: Iterable[str], name_instead: str) -> Replacement:
    """What replaces an address and names."""
    patterns = [(re.compile(rf"(?<![\w.+-]){re.escape(address)}(?!\w|[.-]\w)", re.IGNORECASE), ADDRESS_ERASED)]
    needles = [address]
    # The longest first, so that "Ana Maria Test" is not left as "Ana" with something behind it.
    for name in sorted(names, key=len, reverse=True):
        if len(name.split()) > 1:
            words = r"\s+".join(map(re.escape, name.split()))
            patterns.append((re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE), name_instead))
            needles.append(name)
    return Replacement(tuple(patterns), tuple(needles))


class _Contains(FunctionElement[bool]):
    """LIKE, which takes large and small letters of A to Z for the same: on PostgreSQL it is called ILIKE."""

    type = Boolean()
    inherit_cache = True


@compiles(_Contains)
def _like(element: _Contains, compiler: SQLCompiler, **settings: Any) -> str:
    text, pattern = (compiler.process(clause, **settings) for clause in element.clauses)
    operator = "ILIKE" if compiler.dialect.name == "postgresql" else "LIKE"
    return f"{text} {operator} {pattern} ESCAPE '/'"


def _in_json(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)[1:-1]


def _cases(needle: str) -> set[str]:
    """How a name may be written: LIKE takes the small and capital letters of A to Z alone for the same."""
    if needle.isascii():
        return {needle}
    *first, last = needle.split(" ")
    return {needle, needle.lower(), needle.upper(), needle.title(), " ".join([*first, last.upper()])}


def _pattern(needle: str) -> str:
    """A pattern of LIKE, in which a space stands for any: what it finds too much is not replaced."""
    return re.sub(r"\s+", "%", re.sub("([/%_])", r"/\1", needle))
