"""A researcher at the terminal measures the goal suggestions with `kb evaluate goals`."""

import re
import subprocess

import pytest

from tests import terminal


@pytest.fixture
def kb(tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'unused.sqlite3'}", "KB_DEVELOPMENT": "1"}
        return terminal.kb(settings, *arguments)

    return run


def test_each_measure_stands_on_a_line_of_its_own(kb, tmp_path):
    file = tmp_path / "texts.csv"
    file.write_text("text,goals\nDrinking water and toilets in all schools.,6;4\n")
    done = kb("evaluate", "goals", str(file))
    assert done.returncode == 0, done.stderr
    assert re.sub(r"[01]\.\d{4}", "N", done.stdout).split("\n") == [
        "micro-F1: N",
        "macro-F1: N",
        "top-1: N",
        "any-hit: N",
        "",
    ]


def test_single_judgements_give_accuracy_and_macro_f1(kb, tmp_path):
    file = tmp_path / "judged.csv"
    file.write_text("text,sdg,label\nDrinking water for all.,6,True\nDrinking water for all.,16,False\n")
    assert kb("evaluate", "goals", str(file)).stdout == "accuracy: 1.0000\nmacro-F1: 0.5000\n"


def test_trouble_is_one_line_and_a_non_zero_exit(kb, tmp_path):
    file = tmp_path / "broken.csv"
    file.write_text("text,goals\nWater.,99\n")
    for arguments, told in (((str(file),), "row 2, column goals"), ((str(tmp_path / "none.csv"),), "is missing")):
        done = kb("evaluate", "goals", *arguments)
        assert done.returncode != 0
        assert done.stderr.count("\n") == 1
        assert told in done.stderr
        assert done.stdout == ""
