"""Sentences that somebody is told in English whatever the language: those of problems that are not marked."""

import ast
import re
from collections.abc import Iterator, Mapping, Set

from .sources import calls_of

PROBLEMS = {"Refused", "NotFound", "Conflict", "EditConflict", "InvalidLink", "LinkEnded"}
"""Problems that people are told; settings that are wrong and a broken index are told to operators, in English."""

_MARKS = {"gettext_noop", "_", "gettext", "ngettext"}
_VALUE = re.compile(r"%\(\w+\)s")


def marked_in(source: str) -> set[str]:
    """Every text of a module that translators get by `gettext_noop()`."""
    calls = (call for call in calls_of(source, *_MARKS) if isinstance(call.func, ast.Name) and call.args)
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}


def unmarked(source: str, constants: Mapping[str, object], known: Set[str]) -> Iterator[tuple[int, str]]:
    """Line and text of each problem or phrase whose words are not marked.

    `constants` are the module's names with what they stand for, `known` all texts that are marked anywhere.
    """
    for call in calls_of(source, *PROBLEMS, "Message"):
        if isinstance(call.func, ast.Name) and call.args:
            for way in _ways(call.args[0]):
                if isinstance(way, ast.JoinedStr | ast.BinOp) or not _is_marked(way, constants, known):
                    yield call.lineno, ast.unparse(way)


def _ways(said: ast.expr) -> Iterator[ast.expr]:
    """Either side of what is one or the other."""
    if isinstance(said, ast.IfExp):
        yield from (*_ways(said.body), *_ways(said.orelse))
    else:
        yield said


def _is_marked(said: ast.expr, constants: Mapping[str, object], known: Set[str]) -> bool:
    text = said.value if isinstance(said, ast.Constant) else None
    if isinstance(said, ast.Name):
        # What a function was given is looked at where it is given.
        text = constants.get(said.id)
    return not isinstance(text, str) or text in known or not re.search(r"[^\W\d_]", _VALUE.sub("", text))
