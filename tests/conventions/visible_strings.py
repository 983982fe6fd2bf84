"""What a template shows that no translator would see: text and prose in expressions outside `_()` and `{% trans %}`."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

EXPRESSION = "\ue000"
"""What stands for the value of an expression in the text that is read; no language writes with it."""

_WORDS = re.compile(r"[^\W\d_]{2,}")
_TRANSLATES = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
_READ_ALOUD = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}
_FOR_MACHINES = {"script", "style", "code", "math"}
_READ_META = {"description", "og:title", "og:description"}

# What is the same in every language: names, licences, and values that machines read.
SAME_EVERYWHERE = frozenset(
    {
        "CityPeers",
        "GeoNames",
        "World Bank",
        ", CC BY 4.0:",
        "(CC BY 4.0):",
        "UTF-8",
        "w·d²",
        "Creative Commons Attribution 4.0",
        "Source Serif, Source Sans (SIL Open Font License)",
        "· CityPeers",
    }
)


def bare_strings(environment: Environment, source: str) -> list[str]:
    """Strings that a reader would see or hear in English whatever the language of the page."""
    tree = environment.parse(source)
    page = _Page()
    page.feed("".join(_text(tree)).replace(f"<{EXPRESSION}", "<x").replace(f"</{EXPRESSION}", "</x"))
    page.close()
    return [text for text in (*page.found, *_prose(tree)) if text not in SAME_EVERYWHERE]


class _Page(HTMLParser):
    """Collects text beside expressions, and attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _FOR_MACHINES
        given = dict(attrs)
        kind = given.get("name") or given.get("property")
        for name, value in attrs:
            if name in _READ_ALOUD or (name == "content" and kind in _READ_META):
                self.handle_data(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _FOR_MACHINES

    def handle_data(self, data: str) -> None:
        if not self._unread:
            pieces = (" ".join(piece.split()) for piece in data.split(EXPRESSION))
            self.found += [piece for piece in pieces if _WORDS.search(piece)]


def _text(node: nodes.Node) -> Iterator[str]:
    """The template's own text in its order, with EXPRESSION and the words it may be for each value."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            yield child.data
        elif isinstance(child, nodes.Expr):
            if isinstance(node, nodes.Output):
                yield EXPRESSION.join(["", *_shown(child), ""])
        else:
            yield from _text(child)


def _prose(node: nodes.Node) -> Iterator[str]:
    """Constants that look like prose, in expressions that do not translate them."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _TRANSLATES:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        if " " in node.value.strip() and _WORDS.search(node.value):
            yield node.value
        return
    for child in node.iter_child_nodes():
        yield from _prose(child)


def _shown(node: nodes.Node) -> Iterator[str]:
    """Single words that an expression's value may consist of; `_prose` finds longer texts wherever they are."""
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str) and " " not in node.value.strip() and _WORDS.search(node.value):
            yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _shown(node.expr1)
        if node.expr2 is not None:
            yield from _shown(node.expr2)
    elif isinstance(node, nodes.Concat | nodes.Or | nodes.And | nodes.Add):
        for child in node.iter_child_nodes():
            yield from _shown(child)
