"""The workers of a site that runs, and the last that ended unexpectedly, in small files of the instance folder.

`kb doctor` shows both.
"""

import json
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

WORKERS_FILE = "workers.json"
EXITS_FILE = "worker-exits.jsonl"

_KEPT = 20
"""Exits that are recorded; older ones are dropped."""


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """A worker's process id, and the memory that is its own, with its share of what it shares; None where not known."""

    pid: int
    megabytes: int | None


def note_workers(folder: Path, parent: int, workers: Collection[int]) -> None:
    """Write down which processes there are. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{WORKERS_FILE}.new"
    written.write_text(json.dumps({"parent": parent, "workers": sorted(workers)}), encoding="utf-8")
    written.replace(folder / WORKERS_FILE)


def forget_workers(folder: Path) -> None:
    """Write down that the site has ended."""
    with suppress(OSError):
        (folder / WORKERS_FILE).unlink(missing_ok=True)


def running_workers(folder: Path) -> list[RunningWorker]:
    """The workers that there are now; none where the site does not run."""
    try:
        noted = json.loads((folder / WORKERS_FILE).read_text(encoding="utf-8"))
        parent, workers = int(noted["parent"]), [int(pid) for pid in noted["workers"]]
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return []
    return [RunningWorker(pid, _megabytes(pid)) for pid in workers if _is_there(parent) and _is_there(pid)]


def _is_there(pid: int) -> bool:
    # What is not above 0 means groups of processes.
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _megabytes(pid: int) -> int | None:
    """Linux tells it to the user whose process it is."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) // 1024
    return None


@dataclass(frozen=True, slots=True)
class WorkerExit:
    """When a worker ended (ISO 8601, UTC), its process id, and why."""

    at: str
    pid: int
    cause: str

    @property
    def days_ago(self) -> float:
        """Days since then."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.at)).total_seconds() / 86_400


def record_exit(folder: Path, pid: int, cause: str) -> None:
    """Record a worker that ended unexpectedly just now, and drop the oldest of those recorded. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = WorkerExit(datetime.now(UTC).isoformat(timespec="seconds"), pid, cause)
    written = folder / f"{EXITS_FILE}.new"
    lines = [json.dumps(asdict(worker_exit)) for worker_exit in [*recent_exits(folder), latest][-_KEPT:]]
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    written.replace(folder / EXITS_FILE)


def recent_exits(folder: Path) -> list[WorkerExit]:
    """The last workers that ended unexpectedly, the latest last; lines that cannot be read are left out."""
    try:
        lines = (folder / EXITS_FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [worker_exit for line in lines if (worker_exit := _read_exit(line)) is not None]


def _read_exit(line: str) -> WorkerExit | None:
    try:
        worker_exit = WorkerExit(**json.loads(line))
        datetime.fromisoformat(worker_exit.at).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return worker_exit
