"""`kb import` as an editor runs it on the terminal."""

import csv
import os
import re
import subprocess
from pathlib import Path

import pytest

from kb.core.column_types import now
from kb.core.db import Database
from kb.importing.models import Import
from tests.factories import make_place, make_user
from tests.spreadsheets import as_csv
from tests.terminal import kb
from tests.unit.importing.importing import HEADING, line
from tests.unit.importing.test_hostile_files import with_rows

pytestmark = pytest.mark.usefixtures("read_without_child")


@pytest.fixture
def environment(sqlite_database: Database, tmp_path: Path) -> dict[str, str]:
    with sqlite_database.writing() as session:
        make_place(session, "Made-up Alpha")
        make_user(session, role="editor", email="editor@city.example")
        make_user(session, role="contributor", email="contributor@city.example")
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": sqlite_database.url.render_as_string(),
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_DEVELOPMENT": "1",
    }


def kb_import(environment: dict[str, str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    return kb(environment, "import", *map(str, words))


def printed(ended: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return dict(text.split(": ", 1) for text in ended.stdout.splitlines() if re.match(r"[a-z ]+: ", text))


def test_an_editor_checks_a_file_brings_it_in_brings_it_again_and_undoes_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file, report = tmp_path / "network.csv", tmp_path / "report.csv"
    heading = ("id", "title", "Where", *HEADING[3:])
    file.write_bytes(
        as_csv([line("1"), line("2", "=Made-up Lamps"), line("3", "Nowhere", "Atlantis")], heading=heading)
    )
    settings = ("--as", "published", "--by", "editor@city.example", "--map", "Where=city")
    dry = kb_import(environment, file, "--dry-run", *settings, "--report", report)
    assert dry.returncode == 1
    assert dry.stderr == "kb: 1 row would be refused\n"
    assert {name: printed(dry)[name] for name in ("rows", "made", "changed", "unchanged", "refused")} == {
        "rows": "3", "made": "2", "changed": "0", "unchanged": "0", "refused": "1",
    }  # fmt: skip
    assert "row 4\tC Where\tRefused\tNo place over 5,000 people is called Atlantis in India." in dry.stdout
    with report.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert [(row["row"], row["outcome"], row["title"]) for row in rows] == [
        ("2", "Added", "Made-up Sirens"), ("3", "Added", "'=Made-up Lamps"), ("4", "Refused", "Nowhere"),
    ]  # fmt: skip
    assert kb_import(environment, "list").stdout == ""

    brought = kb_import(environment, *settings, file)
    number = printed(brought)["import"]
    assert (printed(brought)["made"], printed(brought)["refused"]) == ("2", "1")
    again = kb_import(environment, file, *settings)
    assert (printed(again)["made"], printed(again)["unchanged"]) == ("0", "2")
    listed = kb_import(environment, "list").stdout.splitlines()
    assert [text.split("\t")[0] for text in listed] == [printed(again)["import"], number]
    undone = kb_import(environment, "undo", number, "--by", "editor@city.example")
    assert (undone.returncode, printed(undone)) == (0, {"undone": "2", "not undone": "0"})


def test_the_terminal_needs_no_account_and_as_proposals_is_the_rule(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "network.csv"
    file.write_bytes(as_csv([line("1")], heading=HEADING))
    brought = kb_import(environment, file)
    assert (brought.returncode, brought.stderr, printed(brought)["made"]) == (0, "", "1")
    assert "\tproposals\t" in kb_import(environment, "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "published", "--by", "contributor@city.example"), "does not include this"),
        (("--by", "nobody@city.example"), "There is no account with the address"),
        (("--map", "Colour=title"), "no column called Colour"),
        (("--map", "id=colour"), "no field called colour"),
        (("--map", "city="), "No column holds: City"),
        (("--sheet", "Data"), "has no sheets"),
        (("--word", "Beacons"), "--word needs the form WORD=TERM, not Beacons."),
        (("--word", "Beacons=wizardry"), "has the term wizardry"),
    ],
)
def test_trouble_is_one_line_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "network.csv"
    file.write_bytes(as_csv([line("1")], heading=HEADING))
    ended = kb_import(environment, file, *words)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert said in ended.stderr
    assert kb_import(environment, "list").stdout == ""


def test_a_file_that_comes_while_another_import_runs_is_told_so_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session:
        session.add(
            Import(
                collection="Other", file_name="other.csv", mode="proposals", state="working", task="run", beat_at=now(),
                actor_name="Somebody",
            )
        )  # fmt: skip
    file = tmp_path / "network.csv"
    file.write_bytes(as_csv([line("1")], heading=HEADING))
    ended = kb_import(environment, file)
    assert ended.returncode == 1
    assert ended.stderr == "kb: Another import is running. Try again when it has finished.\n"
    assert [text.split("\t")[5] for text in kb_import(environment, "list").stdout.splitlines()] == ["Other"]


def test_a_file_that_is_no_table_and_one_that_is_not_there_are_told_in_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    ended = kb_import(environment, tmp_path / "picture.csv")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "an image (PNG), not a table" in ended.stderr
    (tmp_path / "far.xlsx").write_bytes(with_rows(b'<row r="999999999999"><c r="A1"><v>1</v></c></row>'))
    ended = kb_import(environment, tmp_path / "far.xlsx")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "more than 1,048,576 rows" in ended.stderr
    assert kb_import(environment, tmp_path / "absent.csv").returncode == 2
    assert "no import 99" in kb_import(environment, "undo", "99").stderr


def test_an_editor_says_what_unknown_words_mean_on_the_line_and_in_a_file(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file, words = tmp_path / "network.csv", tmp_path / "words.csv"
    heading = (*HEADING, "technologies")
    file.write_bytes(as_csv([[*line("1"), "Beacons; drones"], [*line("2", "Lamps"), "Teleports"]], heading=heading))
    dry = kb_import(environment, file, "--dry-run")
    assert "unrecognised term\ttechnologies\tBeacons\t1 row\t" in dry.stdout
    assert "add --word WORD=TERM" in dry.stdout
    words.write_text("word,term\nBeacons,sensors-iot\n", encoding="utf-8")
    known = kb_import(environment, file, "--dry-run", "--words", words, "--word", "Teleports=")
    assert (known.returncode, printed(known)["made"], printed(known)["refused"]) == (0, "2", "0")
    assert "unrecognised term\ttechnologies\tBeacons\t1 row\tused as sensors-iot" in known.stdout
    assert "unrecognised term\ttechnologies\tTeleports\t1 row\tignored" in known.stdout
    words.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "has no columns named word and term" in kb_import(environment, file, "--words", words).stderr


def test_the_encoding_of_a_file_is_chosen_where_it_is_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "made-up.csv"
    file.write_bytes(as_csv([line("1", "Akıllı şehir sensörleri")], heading=HEADING).decode().encode("cp1254"))
    asked = kb_import(environment, file, "--dry-run")
    assert (asked.returncode, "Windows-1254 (Turkish)" in asked.stderr) == (1, True)
    taken = kb_import(environment, file, "--dry-run", "--encoding", "cp1254")
    assert (taken.returncode, printed(taken)["made"]) == (0, "1")
