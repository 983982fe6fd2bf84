"""A translator asks for all there is to translate, and misses nothing that a reader sees."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from config import ROOT

PYBABEL = str(Path(sys.executable).parent / "pybabel")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make messages` gathers."""
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    line = next(line for line in lines if "pybabel --quiet extract" in line)
    words = shlex.split(line)[1:]
    file = tmp_path_factory.mktemp("messages") / "messages.pot"
    words[words.index("messages.pot")] = str(file)
    subprocess.run([PYBABEL, *words], cwd=ROOT, capture_output=True, check=True)
    with file.open("rb") as opened:
        return read_po(opened)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sustainable cities and communities", id="label of a goal"),
        pytest.param("Nobody left in extreme poverty", id="label of a target"),
        pytest.param("Flooding", id="label of a challenge"),
        pytest.param("Urban planning", id="category of a challenge"),
        pytest.param("Inclusive", id="label of an aim"),
        pytest.param("Sensors and connected devices", id="label of a technology"),
        pytest.param("Türkiye", id="country"),
        pytest.param("Southern Europe", id="region"),
        pytest.param("Strongest evidence first", id="label of the web interface"),
        pytest.param("Serious: under two thirds of the target met", id="closed list"),
        pytest.param("What was learned from failures", id="template"),
        pytest.param("There is no such page", id="view"),
        pytest.param("What cities tried, and with what results", id="template in XML"),
    ],
)
def test_what_a_reader_sees_can_be_translated(catalogue: Catalog, text: str) -> None:
    assert catalogue.get(text) is not None


def test_a_count_and_its_noun_are_one_message(catalogue: Catalog) -> None:
    forms = {message.id for message in catalogue if isinstance(message.id, tuple)}
    assert ("%(number)s initiative", "%(number)s initiatives") in forms
    assert ("%(num)s suggestion; use the arrow keys", "%(num)s suggestions; use the arrow keys") in forms
