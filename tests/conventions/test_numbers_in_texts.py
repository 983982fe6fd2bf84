"""What pages and documents say of the size of the list of places is what the seed holds."""

import re

from config import ROOT
from kb.seeding.gazetteer import CONTEXT_FILE, SMALLEST_POPULATION

from .sources import text_of

_PLACES = re.compile(r"(?:any of|[Aa]ll|from|among|list of|relief of|and|the) (\d[\d,]*,000)\s+places")
_PEOPLE = re.compile(r"places?\b[^.]{0,40}?(?:over|above|more than) (\d+,\d{3})\s+people")
_TEXTS = [
    ROOT / "README.md",
    ROOT / "seed_data" / "README.md",
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "kb" / "web" / "templates").rglob("*.html"),
    *(ROOT / "kb" / "web" / "templates").rglob("*.txt"),
    *(path for part in ("web", "peers", "importing", "mcp") for path in (ROOT / "kb" / part).rglob("*.py")),
]


def _said(pattern: re.Pattern[str]) -> dict[str, set[str]]:
    """The numbers that the texts say, with the files that say them."""
    said: dict[str, set[str]] = {}
    for path in _TEXTS:
        for number in pattern.findall(text_of(path)):
            said.setdefault(number, set()).add(path.name)
    return said


def test_every_text_says_how_many_places_there_are() -> None:
    lines = (ROOT / "seed_data" / CONTEXT_FILE).read_text("ascii").splitlines()
    # Before the places stand the licence and the names of the columns.
    thousands = (len(lines) - 2) // 1_000
    said = _said(_PLACES)
    assert len(said.get(f"{thousands},000", ())) >= 8
    assert set(said) == {f"{thousands},000"}, said


def test_every_text_says_how_small_the_smallest_place_is() -> None:
    said = _said(_PEOPLE)
    assert len(said.get(f"{SMALLEST_POPULATION:,}", ())) >= 4
    assert set(said) == {f"{SMALLEST_POPULATION:,}"}, said
