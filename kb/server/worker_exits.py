"""The last workers that ended unexpectedly, with time and cause, in a small file of the instance folder."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

FILE = "worker-exits.jsonl"
_KEPT = 20


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


def record(folder: Path, pid: int, cause: str) -> None:
    """Add one that ended just now, and drop the oldest. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = WorkerExit(datetime.now(UTC).isoformat(timespec="seconds"), pid, cause)
    written = folder / f"{FILE}.new"
    lines = [json.dumps(asdict(worker_exit)) for worker_exit in [*recent(folder), latest][-_KEPT:]]
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    written.replace(folder / FILE)


def recent(folder: Path) -> list[WorkerExit]:
    """Those recorded, the latest last; lines that cannot be read are left out."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [worker_exit for line in lines if (worker_exit := _read(line)) is not None]


def _read(line: str) -> WorkerExit | None:
    try:
        worker_exit = WorkerExit(**json.loads(line))
        datetime.fromisoformat(worker_exit.at).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return worker_exit
