"""The backups in a folder: which is the newest, and which are kept."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .archive import moment_of

WEEKS, MONTHS = 8, 12
"""Of so many weeks, and of so many months, one backup is kept; those without a backup do not count."""

_CLOCKS_DIFFER = timedelta(hours=1)
"""A backup that is further in the future was made while a clock was wrong."""

_NAME = re.compile(r"citypeers-(\d{8}T\d{6}Z)\.tar(\.age)?")
_MOMENT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup in a folder, as its name says."""

    path: Path
    made_at: datetime
    bytes: int
    is_encrypted: bool


def file_name(made_at: datetime, *, is_encrypted: bool) -> str:
    """The name of a backup that is made in a folder."""
    return f"citypeers-{made_at:{_MOMENT}}.tar{'.age' if is_encrypted else ''}"


def backups_in(folder: Path) -> list[BackupFile]:
    """The files in a folder that have the name of a backup, newest first. Reads none of them. Raises OSError."""
    backups = []
    for path in folder.iterdir():
        match = _NAME.fullmatch(path.name)
        with suppress(ValueError, FileNotFoundError):
            if match and path.is_file():
                made_at = datetime.strptime(match[1], _MOMENT).replace(tzinfo=UTC)
                backups.append(BackupFile(path, made_at, path.stat().st_size, bool(match[2])))
    return sorted(backups, key=lambda file: (file.made_at, file.path.name), reverse=True)


def newest(folder: Path) -> BackupFile | None:
    """The newest backup in a folder; None where there is none, or no folder that can be read.

    One from the future says nothing about its age, and would hide for years that no more are made.
    """
    latest = datetime.now(UTC) + _CLOCKS_DIFFER
    try:
        return next((file for file in backups_in(folder) if file.made_at <= latest and is_ours(file)), None)
    except OSError:
        return None


def is_ours(file: BackupFile) -> bool:
    """Whether `kb backup` made a file: by its first bytes, which say of which moment it is, as its name does."""
    moment = moment_of(file.path)
    with suppress(ValueError):
        return moment is not None and datetime.fromisoformat(moment) == file.made_at
    return False


def superfluous(files: Sequence[BackupFile], keep_days: int, now: datetime) -> list[BackupFile]:
    """Which of some backups are no longer kept.

    Kept are all of the last `keep_days` days, the newest of each of the last 8 calendar weeks that have a backup, and
    the newest of each of the last 12 calendar months that have one. With 0 days all are kept. Weeks and months are
    counted rather than measured, so that a clock that runs years ahead for a day makes nobody lose all older backups.
    """
    if not keep_days:
        return []
    newest_first = sorted(files, key=lambda file: file.made_at, reverse=True)
    kept: set[BackupFile] = set()
    weeks: set[tuple[int, int]] = set()
    months: set[tuple[int, int]] = set()
    for file in newest_first:
        week, month = file.made_at.isocalendar()[:2], (file.made_at.year, file.made_at.month)
        is_of_week = week not in weeks and len(weeks) < WEEKS
        is_of_month = month not in months and len(months) < MONTHS
        weeks.add(week)
        months.add(month)
        if now - file.made_at <= timedelta(days=keep_days) or is_of_week or is_of_month:
            kept.add(file)
    return [file for file in newest_first if file not in kept]
