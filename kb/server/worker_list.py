"""The processes of a site that runs, in a small file of the instance folder, for `kb doctor`."""

import json
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FILE = "workers.json"


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """A worker's process id, and the memory that is its own, with its share of what it shares; None where not known."""

    pid: int
    megabytes: int | None


def note(folder: Path, parent: int, workers: Collection[int]) -> None:
    """Write down which processes there are. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{FILE}.new"
    written.write_text(json.dumps({"parent": parent, "workers": sorted(workers)}), encoding="utf-8")
    written.replace(folder / FILE)


def forget(folder: Path) -> None:
    """Write down that the site has ended."""
    with suppress(OSError):
        (folder / FILE).unlink(missing_ok=True)


def running(folder: Path) -> list[RunningWorker]:
    """The workers that there are now; none where the site does not run."""
    try:
        noted = json.loads((folder / FILE).read_text(encoding="utf-8"))
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
