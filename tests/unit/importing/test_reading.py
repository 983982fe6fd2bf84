"""Reading in a child process: the same table as in ours, and an end in time and memory whatever the file holds."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kb.core import child_process
from kb.core.errors import Busy, Refused
from kb.core.file_reading import ProcessLimits
from kb.importing import reading, reading_process
from kb.importing.columns import BY_NAME
from kb.importing.headings import likeness_to
from kb.importing.readers import read_table
from kb.importing.reading import LIMITS, read_file
from kb.importing.serialization import table_from
from tests.spreadsheets import as_csv, rows

from .test_hostile_files import with_rows
from .test_readers import ROWS, workbook

CSV = as_csv(list(rows(100)))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (CSV, "made-up.csv"),
        ("title;city\nLämpchen;São Paulo;beyond\n\n".encode("cp1252"), "made-up.csv"),
        (workbook(ROWS, [("Other", False, [["Read me"]])]), "made-up.xlsx"),
    ],
)
def test_a_file_says_the_same_in_a_child_as_in_our_own_process(content: bytes, name: str) -> None:
    assert table_from(read_file(content, name)) == read_table(io.BytesIO(content), name, likeness_to(BY_NAME))


def test_the_child_starts_without_the_catalogue_and_the_database() -> None:
    loaded = f"import sys, {reading_process.__name__}; print(*sys.modules)"
    modules = set(subprocess.check_output([sys.executable, "-c", loaded], text=True).split())
    assert not modules & {"sqlalchemy", "marshmallow", "flask", "numpy", "kb.catalogue"}


def test_only_what_is_asked_for_is_taken_from_a_stored_table() -> None:
    whole = read_table(io.BytesIO(CSV), "made-up.csv", likeness_to(BY_NAME))
    part = table_from(read_file(CSV, "made-up.csv"), columns={"B"}, first=3)
    assert (part.columns, part.row_count) == (whole.columns, 100)
    assert [[row.cell(column) for column in part.columns[:3]] for row in part.rows] == [
        ["", row.cells[1], ""] for row in whole.rows[:3]
    ]


def test_what_is_refused_in_the_child_is_refused_here_in_the_same_words() -> None:
    with pytest.raises(Refused) as refused:
        read_file(b"title,city\nA\n", "made-up.csv", "Data")
    assert str(refused.value) == "A CSV file has no sheets."


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (replace(LIMITS, seconds=0.01), "takes too long to read"),
        (replace(LIMITS, memory_bytes=1), "takes too much memory to read"),
        (replace(LIMITS, output_bytes=100), "takes too much memory to read"),
    ],
)
def test_a_child_beyond_its_limits_is_ended_and_the_file_refused(limits: ProcessLimits, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_file(CSV, "made-up.csv", limits=limits)
    assert table_from(read_file(CSV, "made-up.csv")).row_count == 100


def test_a_child_that_computes_for_too_long_is_ended_by_the_kernel() -> None:
    # A million rows without a cell take more than the one second that is given.
    many = b"".join(b'<row r="%d"/>' % number for number in range(2, 1_000_000))
    with pytest.raises(Refused, match="takes too long to read: 1 seconds"):
        read_file(with_rows(many), "made-up.xlsx", limits=replace(LIMITS, cpu_seconds=1))


def test_the_child_inherits_no_secret_and_leads_a_group_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    popen = subprocess.Popen

    def noted(*arguments, **settings):
        given.update(settings)
        return popen(*arguments, **settings)

    for name in ("KB_SECRET_KEY", "DATABASE_URL", "PGPASSWORD"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setattr(subprocess, "Popen", noted)
    read_file(CSV, "made-up.csv")
    assert set(given["env"]) <= {*child_process.INHERITED, "PYTHONPATH"}
    assert "made-up" not in given["env"].values()
    assert given["start_new_session"]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_files_stay_neither_on_the_disk_nor_open(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = open_files()
    read_file(CSV, "made-up.csv")
    assert (list(tmp_path.iterdir()), open_files()) == ([], before)


def test_where_as_many_are_read_as_may_be_another_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PATIENCE_SECONDS", 0.01)
    with reading._SLOTS.take(None), reading._SLOTS.take(None), pytest.raises(Busy, match="Try again"):
        read_file(CSV, "made-up.csv")
    assert table_from(read_file(CSV, "made-up.csv")).row_count == 100
