"""Gunicorn's parent process, which notes its workers, and the cause when one ends unexpectedly."""

import os
import signal
from pathlib import Path
from typing import Any

import structlog
from gunicorn.arbiter import Arbiter

from . import worker_list
from .worker_exits import record

log = structlog.get_logger(__name__)


class Supervisor(Arbiter):  # type: ignore[misc] # gunicorn has no annotations
    """Starts and watches the workers; `folder` is where unexpected exits of workers are recorded."""

    def __init__(self, app: Any, folder: Path) -> None:
        super().__init__(app)
        self._folder = folder

    def reap_workers(self) -> None:
        """Look at why workers ended, then let gunicorn collect them."""
        for pid, worker in list(self.WORKERS.items()):
            cause = self._cause(pid, worker)
            if cause is None:
                continue
            log.error("worker ended", pid=pid, cause=cause)
            try:
                record(self._folder, pid, cause)
            except OSError as problem:
                log.warning("the exit of a worker cannot be recorded", problem=str(problem))
        super().reap_workers()

        self._note_workers()

    def spawn_worker(self) -> int:
        """Start a worker, and note its process."""
        pid: int = super().spawn_worker()
        self._note_workers()
        return pid

    def halt(self, reason: str | None = None, exit_status: int = 0) -> None:
        """End the site; no process is left to be noted."""
        try:
            super().halt(reason, exit_status)
        finally:
            worker_list.forget(self._folder)

    def _note_workers(self) -> None:
        try:
            worker_list.note(self._folder, os.getpid(), self.WORKERS)
        except OSError as problem:
            log.warning("the list of workers cannot be written", problem=str(problem))

    def _cause(self, pid: int, worker: Any) -> str | None:
        """Why a worker ended; None while it runs, and where it ended as it was asked to."""
        end = _end_of(pid)
        if end is None:
            return None
        if worker.aborted:
            return f"timed out: it did not respond for {self.timeout} seconds"
        if end.si_code == os.CLD_EXITED:
            return f"exit code {end.si_status}" if end.si_status else None
        name = signal.Signals(end.si_status).name
        return {"SIGTERM": None, "SIGKILL": "SIGKILL, perhaps out of memory"}.get(name, name)


def _end_of(pid: int) -> "os.waitid_result | None":
    """How a process ended, left for gunicorn to collect; None while it runs."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return None
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
