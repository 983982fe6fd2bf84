"""The page with the guide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flask import Blueprint

from ..core.links import site_address
from ..core.pages import Page

PLACEHOLDER = "https://peers.example"
"""Stands in the examples for the address of the site."""

LANGUAGES = {"curl": "curl", "python": "Python", "r": "R"}


@dataclass(frozen=True, slots=True)
class Example:
    """A short program: the language that it is written in, and its text."""

    language: str
    code: str


@dataclass(frozen=True, kw_only=True)
class GuidePage(Page):
    """What may be done with the data, with examples by name."""

    template = "guide/guide.html"
    examples: Mapping[str, Sequence[Example]]


blueprint = Blueprint("guide", __name__)


@blueprint.get("/docs")
def guide() -> str:
    """Files, the interface for programs, harvesting and citations, each with an example in curl, Python and R."""
    site = site_address()
    shown = {
        name: [Example(label, texts[language].replace(PLACEHOLDER, site)) for language, label in LANGUAGES.items()]
        for name, texts in examples().items()
    }
    return GuidePage(examples=shown).render()


@cache
def examples() -> Mapping[str, Mapping[str, str]]:
    """The text of each example, by its name and its language."""
    found: dict[str, dict[str, str]] = {}
    for file in (resources.files(__package__) / "examples").iterdir():
        name, _, language = file.name.removesuffix(".txt").partition("-")
        found.setdefault(name, {})[language] = file.read_text(encoding="utf-8")
    return found


BLUEPRINTS = [blueprint]
