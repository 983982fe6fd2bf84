"""Every template is filled by one typed page, which gives it exactly the names that it reads."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

from config import ROOT
from kb.web.core.pages import Page

from .sources import calls_of, text_of

WEB = ROOT / "kb" / "web"
TEMPLATES = WEB / "templates"

# What base.html reads where a page has it.
OPTIONAL = {"jsonld", "preview", "back"}


def all_pages() -> list[type[Page]]:
    """Every page that has a template."""
    modules = [import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in WEB.rglob("*.py")]
    found = {page for module in modules for _, page in getmembers(module, isclass) if issubclass(page, Page)}
    return sorted((page for page in found if hasattr(page, "template")), key=lambda page: page.__qualname__)


PAGES = all_pages()


def names_read(environment: Environment, source: str, seen: set[str] | None = None) -> set[str]:
    """The names that a template reads of its page, with those of what it extends and includes."""
    seen = set() if seen is None else seen
    own, others = _of_template(environment, source)
    names = set(own)
    for other in others:
        if other not in seen:
            seen.add(other)
            names |= names_read(environment, text_of(TEMPLATES / other), seen)
    return names


@cache
def _of_template(environment: Environment, source: str) -> tuple[frozenset[str], Sequence[str]]:
    """The names that a template itself reads of its page, and the templates that it extends and includes."""
    tree = environment.parse(source)
    bound = {
        name[1] if isinstance(name, tuple) else name for node in tree.find_all(nodes.FromImport) for name in node.names
    }
    bound |= {node.name for node in tree.find_all(nodes.Macro)}
    bound |= {
        target.name
        for node in tree.find_all(nodes.Assign)
        for target in node.find_all(nodes.Name)
        if target.ctx == "store"
    }
    of_every_page = {"request", "session", "g", "config", "_trans", "_unused"}
    names = meta.find_undeclared_variables(tree) - bound - set(environment.globals) - of_every_page
    others = {
        other for node in tree.find_all((nodes.Extends, nodes.Include)) for other in _templates_of(node.template, tree)
    }
    return frozenset(names), sorted(others)


def _templates_of(expression: nodes.Node, tree: nodes.Template) -> set[str]:
    """The templates that an expression may name: a constant, either of two, or any that is named beside it."""
    return _named_in(expression) or _named_in(tree)


def _named_in(node: nodes.Node) -> set[str]:
    constants = [node] if isinstance(node, nodes.Const) else node.find_all(nodes.Const)
    values = {const.value for const in constants if isinstance(const.value, str)}
    return {value for value in values if value.endswith(".html") and (TEMPLATES / value).is_file()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__qualname__)
def test_a_page_gives_its_template_what_it_reads(environment: Environment, page: type[Page]) -> None:
    read = names_read(environment, text_of(TEMPLATES / page.template))
    given = page.context_names()
    assert read - given - OPTIONAL == set(), f"{page.template} reads these, and {page.__qualname__} has no such field"
    assert given - read == set(), f"{page.template} reads none of these fields of {page.__qualname__}: take them away"


def test_a_template_belongs_to_one_page() -> None:
    templates = [page.template for page in PAGES]
    assert sorted({template for template in templates if templates.count(template) > 1}) == []


RENDERING = ("render_template", "render_template_string", "stream_template", "stream_template_string")


def calls_of_render_template(path: Path) -> Iterator[str]:
    for call in calls_of(text_of(path), *RENDERING):
        yield f"{path.relative_to(ROOT)}:{call.lineno}"


def test_templates_are_filled_by_pages() -> None:
    places = [
        place
        for path in sorted(WEB.rglob("*.py"))
        if path.name != "pages.py" or path.parent.name != "core"
        for place in calls_of_render_template(path)
    ]
    assert places == [], "make a Page with a field for each name that the template reads, and call its render()"


def test_a_name_that_no_page_gives_is_found(environment: Environment) -> None:
    source = (
        "{% extends 'base.html' %}{% from 'parts/forms.html' import token %}"
        "{% block content %}{{ token() }}{{ x.y }}{% endblock %}"
    )
    assert names_read(environment, source) - OPTIONAL == {"x"}
