"""Settings whose default depends on the machine."""

import os
from pathlib import Path

import pytest

from config import Config, usable_cores


@pytest.mark.parametrize(
    ("quota", "cores"), [("max 100000", 4), ("200000 100000", 2), ("50000 100000", 1), ("900000 100000", 4), ("", 4)]
)
def test_a_container_uses_no_more_cores_than_its_quota(monkeypatch: pytest.MonkeyPatch, quota: str, cores: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(Path, "read_text", lambda *_: quota)
    assert usable_cores() == cores


def test_there_are_as_many_workers_as_cores_unless_the_settings_say_otherwise() -> None:
    assert Config.from_environment({}).workers == usable_cores()
    assert Config.from_environment({"KB_WORKERS": "3"}).workers == 3
