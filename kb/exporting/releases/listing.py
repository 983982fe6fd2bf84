"""The releases in a folder: each an archive with a small file beside it that says what it is."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

ARCHIVE, SUMMARY = ".zip", ".json"
_NAME = re.compile(r"citypeers-\d{4}-\d{2}-\d{2}-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release: `made_on` is the day of its last change, `size` and `checksum` (SHA-256) are those of its archive.

    `entries` counts those of each kind; `changes` counts what was added, changed and so on since `previous`, None for
    the first release.
    """

    name: str
    version: str
    made_on: date
    change_number: int
    size: int
    checksum: str
    entries: Mapping[str, int]
    previous: str | None
    changes: Mapping[str, int]

    @property
    def archive(self) -> str:
        """The name of its archive."""
        return f"{self.name}{ARCHIVE}"

    @property
    def total(self) -> int:
        """How many entries it has."""
        return sum(self.entries.values())

    def to_json(self) -> dict[str, Any]:
        """The release as plain JSON."""
        return {**asdict(self), "made_on": self.made_on.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Release":
        """Read what `to_json` wrote. Raises KeyError, TypeError and ValueError for anything else."""
        return cls(**{**data, "made_on": date.fromisoformat(data["made_on"])})


class Releases:
    """The releases in a folder, which need not be there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Release]:
        """Every release whose archive is there, the newest first."""
        names = (path.stem for path in self._summaries())
        releases = [release for name in names if (release := self.named(name)) is not None]
        return sorted(releases, key=lambda release: release.change_number, reverse=True)

    def named(self, name: str) -> Release | None:
        """A release by its name; None where there is none, or its archive is gone."""
        if not _NAME.fullmatch(name):
            return None
        try:
            release = Release.from_json(json.loads((self.folder / f"{name}{SUMMARY}").read_text("utf-8")))
            is_whole = (self.folder / release.archive).stat().st_size == release.size
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as problem:
            log.warning("a release cannot be read", release=name, problem=str(problem))
            return None
        return release if is_whole and release.name == name else None

    def path_of(self, release: Release) -> Path:
        """Where the archive of a release lies."""
        return self.folder / release.archive

    def _summaries(self) -> list[Path]:
        try:
            return sorted(self.folder.glob(f"citypeers-*{SUMMARY}"))
        except OSError:
            return []
