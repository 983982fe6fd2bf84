"""Settings whose default depends on the machine."""

import os
from pathlib import Path

import pytest

from config import Config, usable_cores

PRIMARY = "postgresql+psycopg://made-up:secret@10.0.0.1/made-up"


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


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_standbys_are_named_one_after_the_other(between: str) -> None:
    urls = ("postgresql+psycopg://u@/n?host=10.0.0.2,10.0.0.3", PRIMARY)
    assert Config(database_read_url=between.join(urls)).database_read_urls == urls
    assert Config().database_read_urls == ()


@pytest.mark.parametrize(
    ("primary", "standbys", "problem"),
    [
        (PRIMARY, "mysql://u:secret@h/n", "DATABASE_READ_URL must be like"),
        (PRIMARY, f"{PRIMARY} 10.0.0.2", "DATABASE_READ_URL must be like"),
        (PRIMARY, "postgresql+psycopg://u:secret@10.0.0.2", "DATABASE_READ_URL must be like"),
        ("sqlite:///file.sqlite3", PRIMARY, "DATABASE_READ_URL is for standbys of PostgreSQL"),
    ],
)
def test_what_is_no_standby_is_refused_without_showing_its_password(primary: str, standbys: str, problem: str) -> None:
    said = Config(development=True, database_url=primary, database_read_url=standbys).problem() or ""
    assert said.startswith(problem)
    assert "secret" not in said
    assert Config(development=True, database_url=primary, database_read_url="", read_lag_seconds=0).problem() == (
        "KB_READ_LAG_SECONDS must be 1 or more, not 0"
    )
