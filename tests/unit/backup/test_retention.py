"""Which backups are kept, and which files count as backups."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.backup import retention
from kb.backup.retention import BackupFile, file_name, newest, superfluous

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)


def daily(days: int) -> list[BackupFile]:
    """One for each of the last days, an hour before now."""
    moments = (NOW - timedelta(days=age, hours=1) for age in range(days))
    return [BackupFile(Path(f"{moment:%Y-%m-%d}"), moment, 1, is_encrypted=False) for moment in moments]


def kept(files: list[BackupFile], keep_days: int = 7) -> list[str]:
    gone = superfluous(files, keep_days, NOW)
    return [file.path.name for file in files if file not in gone]


def test_all_of_a_week_then_one_a_week_then_one_a_month() -> None:
    assert kept(daily(500)) == [
        *("2026-11-29", "2026-11-28", "2026-11-27", "2026-11-26", "2026-11-25", "2026-11-24", "2026-11-23"),
        # Sundays, for eight weeks; and the last days of months.
        *("2026-11-22", "2026-11-15", "2026-11-08", "2026-11-01", "2026-10-31", "2026-10-25", "2026-10-18"),
        *("2026-10-11", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30", "2026-05-31"),
        *("2026-04-30", "2026-03-31", "2026-02-28", "2026-01-31", "2025-12-31"),
    ]


def test_those_that_are_kept_one_day_are_kept_until_their_time_is_over() -> None:
    """Made and thinned out each day for two years, the folder holds what it would if all had been kept until today."""
    files: list[BackupFile] = []
    for age in reversed(range(700)):
        today = NOW - timedelta(days=age)
        made_at = today - timedelta(hours=1)
        files.append(BackupFile(Path(f"{made_at:%Y-%m-%d}"), made_at, 1, is_encrypted=False))
        gone = superfluous(files, 7, today)
        files = [file for file in files if file not in gone]
    assert [file.path.name for file in reversed(files)] == kept(daily(500))


def test_after_a_pause_those_of_before_are_thinned_out_by_new_ones_alone() -> None:
    old = [file for file in daily(900) if file.made_at < NOW - timedelta(days=400)]
    assert kept(old)[0] == old[0].path.name
    assert len(kept(old)) == 19
    assert kept(daily(500) + old)[-1] == "2025-12-31"


def test_a_clock_that_runs_years_ahead_makes_nobody_lose_older_backups() -> None:
    ahead = NOW + timedelta(days=2_000)
    files = [BackupFile(Path("ahead"), ahead, 1, is_encrypted=False), *daily(500)]
    gone = superfluous(files, 7, ahead)
    left = [file.path.name for file in files if file not in gone]
    assert left[:4] == ["ahead", "2026-11-29", "2026-11-22", "2026-11-15"]
    assert left[-1] == "2026-01-31"
    assert kept(files)[:4] == ["ahead", "2026-11-29", "2026-11-28", "2026-11-27"], "once the clock is right again"


def test_with_no_days_nothing_is_deleted() -> None:
    assert superfluous(daily(500), 0, NOW) == []


def test_a_file_that_only_has_the_name_of_a_backup_is_none(tmp_path: Path) -> None:
    (tmp_path / "citypeers-20260131T020000Z.tar").write_text("made up")
    (tmp_path / "citypeers-20260131T020000Z.tar.age").write_text("made up")
    (tmp_path / "citypeers-20269931T020000Z.tar").write_text("made up")
    assert newest(tmp_path) is None
    assert newest(tmp_path / "nowhere") is None


def test_a_backup_from_the_future_does_not_hide_how_old_the_newest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "is_ours", lambda _file: True)
    moment = datetime.now(UTC).replace(microsecond=0)
    for days in (3, 2, -40):
        (tmp_path / file_name(moment - timedelta(days=days), is_encrypted=False)).touch()
    found = newest(tmp_path)
    assert found is not None
    assert found.made_at == moment - timedelta(days=2)
