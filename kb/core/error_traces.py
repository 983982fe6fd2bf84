"""Words errors for the log, which holds no personal data: without messages that may hold what people wrote.

Apart from `logs`, since a child that reads one small file would take longer to import that one's library than to read.
"""

import sqlite3
import traceback
from collections.abc import Iterator

_OF_THE_PROGRAM = (
    AttributeError,
    ImportError,
    MemoryError,
    NameError,
    NotImplementedError,
    RecursionError,
    SyntaxError,
    TypeError,
    ZeroDivisionError,
    sqlite3.Error,
)
"""Errors whose messages name parts of the program or of tables, and nothing that people wrote."""


def trace_of(error: BaseException) -> str:
    """The trace of an error and of those that led to it, without messages that may hold what people wrote."""
    return "\n".join(_lines_of_trace(error, set()))


def _lines_of_trace(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _lines_of_trace(cause, seen)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    yield from "".join(traceback.format_tb(error.__traceback__)).splitlines()
    yield described(error)
    for part in getattr(error, "exceptions", ()):
        if id(part) not in seen:
            yield from _lines_of_trace(part, seen)


def described(error: BaseException) -> str:
    """An error in one line, with its message where that cannot hold what people wrote; codes of PostgreSQL instead."""
    kind = type(error).__name__
    original = getattr(error, "orig", None)
    if isinstance(original, BaseException):
        return f"{kind}: {described(original)}"
    # Libraries make errors of OSError whose words are those of servers or hold addresses: these have no code.
    if isinstance(error, _OF_THE_PROGRAM) or (isinstance(error, OSError) and error.strerror):
        return f"{kind}: {error}"
    state = getattr(error, "sqlstate", None)
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    details = ", ".join(str(detail) for detail in (state, constraint) if detail)
    return f"{kind} ({details})" if details else kind
