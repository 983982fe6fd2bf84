"""`kb evaluate peers` as a researcher runs it: one `name: value` a line, and one line of trouble."""

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
        for number in range(6):
            make_place(
                session, f"Made-up Place {'ABCDEF'[number]}", population=100_000 * 2**number, latitude=20 + number
            )
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": sqlite_database.url.render_as_string(),
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_DEVELOPMENT": "1",
    }


def evaluate_peers(environment: dict[str, str], file: Path) -> subprocess.CompletedProcess[str]:
    return kb(environment, "evaluate", "peers", str(file))


def test_a_researcher_holds_the_score_against_a_published_ranking(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "ranking.csv"
    lines = [f"Made-up Place A,India,{rank},Made-up Place {peer}" for rank, peer in enumerate("BCDEF", start=1)]
    file.write_text("\n".join(["city,country,rank,peer", *lines, "Atlantis,India,1,Made-up Place A"]))
    ended = evaluate_peers(environment, file)
    assert (ended.returncode, ended.stderr) == (0, "")
    printed = dict(line.split(": ") for line in ended.stdout.splitlines())
    assert printed["cities"] == "2"
    assert printed["cities_resolved"] == "1"
    assert printed["unresolved"] == "Atlantis"
    for name in ("context", "population", "distance", "population_with_distance"):
        assert float(printed[f"spearman_{name}"]) == 1
        assert float(printed[f"overlap@5_{name}"]) == 1
    assert float(printed["spearman_chance"]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "is missing"),
        ("city,rank\n", "row 1: there is no column country, peer"),
        ("city,country,rank,peer\nA,IN,x,B\n", "row 2, column rank: 'x' is not a number"),
        ("city,country,rank,peer\nAtlantis,IN,1,Lemuria\n", "No city of the ranking was found"),
    ],
)
def test_trouble_is_one_line_and_a_non_zero_exit(
    environment: dict[str, str], tmp_path: Path, text: str | None, said: str
) -> None:
    file = tmp_path / "ranking.csv"
    if text is not None:
        file.write_text(text)
    ended = evaluate_peers(environment, file)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
