"""The last workers that ended unexpectedly, with time and cause, in a small file of the instance folder."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

_FILE = "worker-exits.jsonl"
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
    written = folder / f"{_FILE}.new"
    lines = [json.dumps(asdict(worker_exit)) for worker_exit in [*recent(folder), latest][-_KEPT:]]
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    written.replace(folder / _FILE)


def recent(folder: Path) -> list[WorkerExit]:
    """Those recorded, the latest last; lines that cannot be read are left out."""
    try:
        lines = (folder / _FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    exits = []
    for line in lines:
        try:
            exits.append(WorkerExit(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return exits
