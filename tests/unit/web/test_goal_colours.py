"""The tiles of the goals have the official colours, and text that can be read on them."""

import json
import re
from pathlib import Path

import pytest

from kb.web.core.assets import STATIC

_ROOT = Path(__file__).parents[3]
_GOALS = json.loads((_ROOT / "seed_data" / "goals.json").read_text())
_STYLES = {
    int(number): (colour, text)
    for number, colour, text in re.findall(
        r"\.goal-(\d+) \{\s*--goal: (#\w{6});\s*--on-goal: (#\w{6});", (STATIC / "css" / "terms.css").read_text()
    )
}


def _luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("goal", _GOALS, ids=lambda goal: str(goal["number"]))
def test_a_tile_has_the_official_colour_and_a_contrast_of_aa(goal: dict[str, str]) -> None:
    colour, text = _STYLES[int(goal["number"])]
    assert colour == goal["colour"].lower()
    darker, lighter = sorted((_luminance(colour), _luminance(text)))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_every_goal_has_an_icon() -> None:
    icons = re.findall(r'<symbol id="goal-(\d+)"', (STATIC / "goals.svg").read_text())
    assert icons == [str(goal["number"]) for goal in _GOALS]
