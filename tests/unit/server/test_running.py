"""Which workers there are, as `kb doctor` shows them."""

import os
import subprocess
import sys
from pathlib import Path

from kb.server import memory, running


def test_workers_are_known_while_their_parent_runs(tmp_path: Path) -> None:
    assert running.running(tmp_path) == []
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    running.note(tmp_path, os.getpid(), [os.getpid(), over.pid])
    assert [worker.pid for worker in running.running(tmp_path)] == [os.getpid()]
    running.note(tmp_path, over.pid, [os.getpid()])
    assert running.running(tmp_path) == []
    running.forget(tmp_path)
    running.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    for text in ("", "{}", "[1]", '{"parent": "x", "workers": []}'):
        (tmp_path / "workers.json").write_text(text)
        assert running.running(tmp_path) == []


def test_what_keeps_memory_small_harms_nothing() -> None:
    memory.keep_little()
    memory.freeze()
    assert sum(bytearray(3_000_000)) == 0
