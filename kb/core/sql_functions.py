"""Functions of SQL that each kind of database has in its own words."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Integer, String, Text, TypeDecorator, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType, TypeEngine

from kb.core.text import fold


class folded(GenericFunction[str]):  # noqa: N801 - SQL functions are written small
    """`folded(text)` in SQL: lower case without accents, as `kb.core.text.fold` has it.

    SQLite calls our own; PostgreSQL, which may lack the unaccent extension, translates sign by sign.
    """

    type = String()
    inherit_cache = True
    name = "kb_fold"


@compiles(folded, "postgresql")
def _folded_by_postgresql(element: folded, compiler: SQLCompiler, **options: Any) -> str:
    text_of = compiler.process(element.clauses, **options)
    return f"translate(lower({text_of}), '{_ACCENTED}', '{_PLAIN}')"


class _IdList(TypeDecorator[Sequence[int]]):
    """Whole numbers as one parameter: an array of PostgreSQL, JSON for SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of a database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else postgresql.ARRAY(Integer))

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> str | list[int] | None:
        """Give SQLite text."""
        listed = list(value or ())
        return json.dumps(listed) if dialect.name == "sqlite" else listed


class _among(GenericFunction[Any]):  # noqa: N801 - SQL functions are written small
    # Not Boolean: `= 1` would follow it, and SQLite would use no index.
    type = NullType()
    inherit_cache = True
    name = "kb_among"


@compiles(_among, "sqlite")
def _among_by_sqlite(element: _among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - both are written by SQLAlchemy


@compiles(_among, "postgresql")
def _among_by_postgresql(element: _among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({ids})"


def among_ids(column: Any) -> ColumnElement[bool]:
    """The condition that a column is one of the parameter `ids`, of which there may be any number.

    They are one parameter, so that the statement is one text: SQLAlchemy takes half as long again to write one with a
    parameter for each.
    """
    return _among(column, bindparam("ids", type_=_IdList()))


# The accented letters of Latin alphabets that fold into one letter: U+00C0 to U+024F.
_LETTERS = {sign: plain for sign in map(chr, range(0xC0, 0x250)) if len(plain := fold(sign)) == 1 and plain != sign}
_ACCENTED, _PLAIN = "".join(_LETTERS), "".join(_LETTERS.values())
