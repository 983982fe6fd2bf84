"""Settings whose default depends on the machine."""

import os
from pathlib import Path

import pytest

from config import MOST_WORKERS, Config, usable_cores
from kb.core.metric_types import ROWS

PRIMARY = "postgresql+psycopg://made-up:secret@10.0.0.1/made-up"


@pytest.mark.parametrize(
    ("quota", "cores"), [("max 100000", 4), ("200000 100000", 2), ("50000 100000", 1), ("900000 100000", 4), ("", 4)]
)
def test_a_container_uses_no_more_cores_than_its_quota(monkeypatch: pytest.MonkeyPatch, quota: str, cores: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(Path, "read_text", lambda *_: quota)
    assert usable_cores() == cores


def test_there_are_as_many_workers_as_cores_unless_the_settings_say_otherwise() -> None:
    assert Config.from_environment({}).workers == min(usable_cores(), MOST_WORKERS)
    assert Config.from_environment({"KB_WORKERS": "3"}).workers == 3


def test_more_workers_than_can_count_what_they_do_are_refused() -> None:
    said = Config(development=True, workers=MOST_WORKERS + 1).problem() or ""
    assert said.startswith(f"KB_WORKERS must be {MOST_WORKERS} or less")
    assert 2 * MOST_WORKERS < ROWS, "while workers are renewed there are twice as many, and the parent"


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
        (PRIMARY, "postgresql+psycopg://u:secret@10.0.0.2:port/n", "DATABASE_READ_URL must be like"),
        (PRIMARY, "postgresql+psycopg://u:secret@[::1/n", "DATABASE_READ_URL must be like"),
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


@pytest.mark.parametrize("mistake", [" ", "\n", "?", "/#", "/peers "])
def test_an_address_that_no_link_can_begin_with_is_refused(mistake: str) -> None:
    problem = Config(development=True, site_url=f"https://peers.example{mistake}").problem() or ""
    assert problem.startswith("KB_SITE_URL must be a whole address")


@pytest.mark.parametrize(
    ("name", "most"),
    [("backup_keep_days", 36_500), ("download_days", 36_500), ("drain_seconds", 10**9), ("rest_minutes", 10**9)],
)
def test_numbers_that_no_calendar_holds_are_refused(name: str, most: int) -> None:
    assert Config(development=True, **{name: most}).problem() is None
    problem = Config(development=True, **{name: most + 1}).problem()
    assert problem == f"KB_{name.upper()} must be {most} or less, not {most + 1}"


def test_the_second_step_is_optional_or_required() -> None:
    assert Config(development=True, second_factor="required").problem() is None
    problem = Config(development=True, second_factor="yes").problem()
    assert problem == "KB_SECOND_FACTOR must be optional or required, not 'yes'"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{'x' * 40}\n", encoding="utf-8")
    assert Config.from_environment({"KB_SECRET_KEY_FILE": str(file)}).secret_key == "x" * 40
    # An empty variable, as compose files make of one that is not set, is none.
    assert Config.from_environment({"KB_SECRET_KEY_FILE": str(file), "KB_SECRET_KEY": ""}).secret_key == "x" * 40
    assert Config.from_environment({"KB_SECRET_KEY_FILE": ""}) == Config.from_environment({})


@pytest.mark.parametrize(
    ("content", "extra", "words"),
    [
        (None, {}, "KB_SMTP_URL_FILE cannot be read: .*: No such file or directory"),
        (b"\xff\xfe", {}, "KB_SMTP_URL_FILE cannot be read: .*: it is not text"),
        (b"smtp://a", {"KB_SMTP_URL": "smtp://b"}, "KB_SMTP_URL and KB_SMTP_URL_FILE are both set"),
    ],
)
def test_a_file_of_a_secret_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, extra: dict[str, str], words: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        Config.from_environment({"KB_SMTP_URL_FILE": str(file), **extra})
