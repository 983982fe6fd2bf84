"""The project's own modules and templates, read and parsed once in each process, however many conventions ask."""

import ast
import re
from functools import cache
from pathlib import Path

from config import ROOT

KB = ROOT / "kb"
FILES = sorted(KB.rglob("*.py"))
TEMPLATES = sorted((KB / "web" / "templates").rglob("*.*"))


@cache
def text_of(path: Path) -> str:
    """What stands in a file."""
    return path.read_text("utf-8")


def calls_of(source: str, *names: str) -> list[ast.Call]:
    """The calls in a module of functions and methods whose last name is one of these.

    Only a module in whose text one of them stands before a parenthesis is parsed.
    """
    if not re.search(rf"(?<!\w)(?:{'|'.join(names)})\s*\(", source):
        return []
    return [call for call in _calls(source) if last_name(call) in names]


def last_name(call: ast.Call) -> str:
    """What is called: `render` of `render()` and of `page.render()`; empty if it has no name."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


@cache
def _calls(source: str) -> tuple[ast.Call, ...]:
    return tuple(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
