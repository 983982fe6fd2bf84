"""No other user of the machine may read the database or the search index, nor what an earlier version left open."""

import os
import stat
from pathlib import Path

import pytest

from config import Config
from kb.cli.context import Context
from kb.cli.file_modes import open_to_others, tighten
from tests.files import modes
from tests.http_server import served
from tests.terminal import kb


def test_what_an_earlier_version_left_open_is_closed_when_the_site_starts(
    seeded: dict[str, str], tmp_path: Path
) -> None:
    for path in tmp_path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    before = kb(seeded, "doctor")
    assert before.returncode == 1
    assert f"PROBLEM files: other users can read {tmp_path / 'deep' / 'kb.sqlite3'} (0644)" in before.stdout
    with served(seeded, tmp_path / "log"):
        assert set(modes(tmp_path)) - {"log"} == {"deep", "instance"}, "the folders were there before us"
    assert (tmp_path / "log").read_text().count("Running as root") == (os.geteuid() == 0)
    assert "ok      files: other users cannot read them" in kb(seeded, "doctor").stdout


def test_only_our_own_files_are_closed(seeded: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = tmp_path / "index" / "notes.txt"
    notes.write_text("Made-up notes of somebody else")
    for path in (tmp_path / "deep", tmp_path / "deep" / "kb.sqlite3", tmp_path / "index", notes):
        path.chmod(0o755)
    (tmp_path / "index" / "g-link").symlink_to(notes)
    context = Context(Config.from_environment(seeded))
    with monkeypatch.context() as another_user:
        another_user.setattr(os, "geteuid", lambda: os.getuid() + 1)
        wide = open_to_others(context)
        tighten(context)
        assert open_to_others(context) == wide != {}
    tighten(context)
    assert open_to_others(context) == {}
    assert set(modes(tmp_path)) == {"deep", "index", "index/notes.txt"}


def test_what_is_no_file_is_left_to_everybody(environment: dict[str, str], tmp_path: Path) -> None:
    """As /dev/null, which every program needs, by a wrong address of the database."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    context = Context(Config.from_environment(environment | {"DATABASE_URL": f"sqlite:///{pipe}"}))
    tighten(context)
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o666


def test_what_we_keep_in_the_instance_folder_is_closed_wherever_the_database_lies(
    seeded: dict[str, str], tmp_path: Path
) -> None:
    instance = tmp_path / "shared"
    for name in ("pdf/brief.pdf", "places/names/1-a/checksums.json", "workers.json", "worker-exits.jsonl", "notes.txt"):
        (instance / name).parent.mkdir(parents=True, exist_ok=True)
        (instance / name).write_text("Made up")
    for path in [instance, *instance.rglob("*")]:
        path.chmod(0o755)
    tighten(Context(Config.from_environment(seeded | {"KB_INSTANCE": str(instance)})))
    assert set(modes(instance)) == {"notes.txt"}


def test_everything_in_the_folder_of_the_default_database_is_ours(
    seeded: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.cli.file_modes.ROOT", tmp_path)
    (tmp_path / "deep" / "kb.sqlite3").rename(tmp_path / "instance" / "kb.sqlite3")
    (tmp_path / "deep").rmdir()
    (tmp_path / "instance" / "kept").mkdir()
    (tmp_path / "instance" / "kept" / "brief.pdf").write_bytes(b"made up")
    tighten(Context(Config.from_environment(seeded | {"DATABASE_URL": f"sqlite:///{tmp_path}/instance/kb.sqlite3"})))
    assert modes(tmp_path) == {}
