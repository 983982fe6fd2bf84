"""`kb evaluate places` as a researcher runs it: how many names came out right, wrong, or not at all."""

import os
import subprocess
from pathlib import Path

import pytest

from kb.core.db import Database
from tests.factories import make_place
from tests.terminal import kb


@pytest.fixture
def environment(sqlite_database: Database, tmp_path: Path) -> dict[str, str]:
    with sqlite_database.writing() as session:
        make_place(session, "Made-up Alpha", latitude=20.0, longitude=75.0)
        make_place(session, "Made-up Beta", latitude=25.0, longitude=75.0)
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": sqlite_database.url.render_as_string(),
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_DEVELOPMENT": "1",
    }


def evaluate_places(environment: dict[str, str], file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return kb(environment, "evaluate", "places", str(file), *more)


def test_a_researcher_counts_names_that_come_out_right_wrong_and_not_at_all(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "places.csv"
    file.write_text(
        "name;country;lat;lon\nCity of Made-up Alpha;India;20.1;75.1\nMade-up Beta;India;20.0;75.0\n"
        "Made-up Alpha;IND;;\nAtlantis;India;1;1\nMade-up Alpha;India;75;20\nMade-up Alpha;India;20;-75\n",
        encoding="utf-8-sig",
    )
    ended = evaluate_places(environment, file, "--show")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "names: 6",
        "with_coordinates: 5",
        "resolved: 5 (0.8333)",
        "unresolved: 1 (0.1667)",
        "right: 1 (0.2000)",
        "wrong: 3 (0.6000)",
        "wrong\tMade-up Beta\tIndia\tMade-up Beta",
        "wrong\tMade-up Alpha\tIndia\tMade-up Alpha\tlatitude and longitude swapped",
        "wrong\tMade-up Alpha\tIndia\tMade-up Alpha\ta minus missing",
        "unresolved\tAtlantis\tIndia",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [("city\nSurat\n", "no column called country"), ("name,country,lat,lon\nA,IN,x,1\n", "Row 2"), ("", "empty")],
)
def test_trouble_is_one_line(environment: dict[str, str], tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "places.csv"
    file.write_text(text)
    ended = evaluate_places(environment, file)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert said in ended.stderr
