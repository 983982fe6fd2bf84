"""Which workers there are, as `kb doctor` shows them."""

import os
import subprocess
import sys
from pathlib import Path

from kb.server.worker_records import forget_workers, note_workers, recent_exits, record_exit, running_workers


def test_workers_are_known_while_their_parent_runs(tmp_path: Path) -> None:
    assert running_workers(tmp_path) == []
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    note_workers(tmp_path, os.getpid(), [os.getpid(), over.pid])
    assert [worker.pid for worker in running_workers(tmp_path)] == [os.getpid()]
    note_workers(tmp_path, over.pid, [os.getpid()])
    assert running_workers(tmp_path) == []
    forget_workers(tmp_path)
    forget_workers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    here = os.getpid()
    for text in (
        "",
        "{}",
        "[1]",
        "[" * 100_000,
        "\udcff",
        '{"parent": "x", "workers": []}',
        f'{{"parent": {here}, "workers": 5}}',
        f'{{"parent": {here}, "workers": [{10**30}, 0, -1]}}',
        f'{{"parent": {here}, "workers": [Infinity]}}',
        f'{{"parent": {10**30}, "workers": [{here}]}}',
    ):
        (tmp_path / "workers.json").write_text(text, errors="surrogateescape")
        assert running_workers(tmp_path) == []


def test_exits_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    record_exit(tmp_path, 7, "exit code 1")
    file = tmp_path / "worker-exits.jsonl"
    lines = ['{"at": 5, "pid": 1, "cause": ""}', '{"at": "now", "pid": 1, "cause": ""}', "[" * 100_000, "5"]
    file.write_text("\n".join([*lines, file.read_text()]))
    assert [(worker_exit.pid, worker_exit.days_ago < 1) for worker_exit in recent_exits(tmp_path)] == [(7, True)]
    file.write_bytes(b"\xff")
    assert recent_exits(tmp_path) == []
