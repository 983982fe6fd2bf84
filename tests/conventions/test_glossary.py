"""No page, mail, command or document uses a retired word; `glossary.py` has them, with what to write instead."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator

import click
import pytest
from babel.messages.catalog import Catalog

from config import ROOT
from kb.cli import kb

from .glossary import MESSAGES, PHRASES, retired

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def messages(translatable: Catalog) -> Iterator[tuple[str, str]]:
    """Every string for people: where it is, and what it says."""
    for message in translatable:
        where = ", ".join(f"{path}:{line}" for path, line in message.locations)
        yield from ((where, text) for text in ([message.id] if isinstance(message.id, str) else message.id) if text)


def commands(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """What the help of a command, of its options and of those below it says."""
    yield name, command.help or ""
    yield from ((f"{name} {option.opts[-1]}", getattr(option, "help", "") or "") for option in command.params)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            inner = command.get_command(context, below)
            assert inner is not None
            yield from commands(inner, f"{name} {below}")


def printed() -> Iterator[tuple[str, str]]:
    """What commands print, as far as it stands in their modules."""
    for path in sorted((ROOT / "kb" / "cli").glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in docstrings:
                parts = node.values if isinstance(node, ast.JoinedStr) else [node]
                texts = [part.value for part in parts if isinstance(part, ast.Constant)]
                yield (
                    f"{path.relative_to(ROOT)}:{node.lineno}",
                    " ".join(text for text in texts if isinstance(text, str)),
                )


def documents() -> Iterator[tuple[str, str]]:
    """The documents, paragraph by paragraph, without what stands in code."""
    for path in DOCUMENTS:
        line = 1
        for paragraph in path.read_text("utf-8").split("\n\n"):
            yield f"{path.relative_to(ROOT)}:{line}", re.sub(r"`[^`\n]*`", "", paragraph)
            line += paragraph.count("\n") + 2


def test_no_message_says_what_the_glossary_retired(translatable: Catalog) -> None:
    assert retired_in(messages(translatable)) == []
    assert sum(1 for _ in messages(translatable)) > 1_000


@pytest.mark.parametrize(
    "texts", [lambda: commands(kb, "kb"), printed, documents], ids=["help", "printed", "documents"]
)
def test_nothing_else_says_what_the_glossary_retired(texts: Callable[[], Iterator[tuple[str, str]]]) -> None:
    assert retired_in(texts()) == []


def retired_in(texts: Iterable[tuple[str, str]]) -> list[str]:
    """What to write in plain words, as tests/conventions/glossary.py says: where, which words, and what instead."""
    return [f"{where}: “{phrase}” → {instead}" for where, text in texts for phrase, instead in retired(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Take all away", ["Take all away"]),
        ("Keep", ["Keep"]),
        ("Keep this page open", []),
        ("It was brought\n  in by hand", ["brought in"]),
        ("Where it says so: 3 pages", ["Where it says so"]),
        ("Remove the row", []),
    ],
)
def test_a_planted_word_is_found(text: str, found: list[str]) -> None:
    assert [phrase for phrase, _ in retired(text)] == found


def test_the_glossary_retires_no_word_that_it_recommends() -> None:
    recommended = {*MESSAGES.values(), *PHRASES.values()}
    assert [text for text in recommended if any(True for _ in retired(text))] == []
