"""The land of the map, as scripts/vendor.py draws it from TopoJSON."""

import importlib.util
import re
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest

from config import ROOT


@pytest.fixture(scope="module")
def vendor() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "scripts" / "vendor.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _topology(*rings: list[tuple[int, int]], ids: tuple[str, ...] = ()) -> dict[str, Any]:
    """Made-up countries, one a ring of whole degrees, none of which touch."""
    arcs = []
    for ring in rings:
        steps = [ring[0]] + [(x - px, y - py) for (px, py), (x, y) in pairwise(ring)]
        arcs.append([list(step) for step in steps])
    countries = [
        {"type": "Polygon", "id": code, "arcs": [[number]]}
        for number, code in enumerate(ids or tuple(f"{number:03}" for number in range(len(rings))))
    ]
    land = {"type": "MultiPolygon", "arcs": [[[number]] for number in range(len(rings))]}
    return {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": arcs,
        "objects": {"countries": {"geometries": countries}, "land": {"geometries": [land]}},
    }


def _land(svg: str) -> str:
    match = re.search(r'id="land" d="([^"]*)"', svg)
    assert match
    return match[1]


def test_an_island_is_one_closed_line(vendor: ModuleType) -> None:
    land = _land(vendor.draw(_topology([(0, 0), (10, 0), (10, 10), (0, 0)]), 0.1))
    assert land.startswith("M500 ")
    assert land.count("M") == land.count("z") == 1


def test_a_country_across_the_180th_meridian_falls_into_two_and_no_line_crosses_the_sheet(vendor: ModuleType) -> None:
    ring = [(170, 60), (180, 62), (-180, 62), (-170, 64), (-180, 66), (180, 66), (170, 60)]
    land = _land(vendor.draw(_topology(ring), 0.1))
    assert land.count("z") == 2
    steps = [abs(float(pair.split()[0])) for line in re.findall(r"l([^Mz]+)", land) for pair in _pairs(line)]
    assert max(steps) < 100


def test_antarctica_is_left_out(vendor: ModuleType) -> None:
    topology = _topology([(0, 0), (9, 0), (9, 9), (0, 0)], [(0, -80), (9, -80), (9, -70), (0, -80)], ids=("004", "010"))
    assert _land(vendor.draw(topology, 0.1)).count("z") == 1


def _pairs(line: str) -> list[str]:
    numbers = line.split()
    return [" ".join(numbers[at : at + 2]) for at in range(0, len(numbers), 2)]
