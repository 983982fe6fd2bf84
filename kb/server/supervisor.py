"""Gunicorn's parent process, which notes its workers, and the cause when one ends unexpectedly."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import structlog
from gunicorn.arbiter import Arbiter

from kb.core import metric_types, metrics

from .worker_records import forget_workers, note_workers, record_exit

log = structlog.get_logger(__name__)


class Supervisor(Arbiter):  # type: ignore[misc] # gunicorn has no annotations
    """Starts and watches the workers; `folder` is where unexpected exits of workers are recorded.

    `drain_seconds` is for how long it goes on after SIGTERM while /readyz says 503, so that balancers turn away first.
    """

    def __init__(self, app: Any, folder: Path, drain_seconds: int = 0) -> None:
        super().__init__(app)
        self._folder = folder
        self._drain_seconds = drain_seconds
        metrics.STOPPING.set(0)

    def number(self, worker: Any) -> None:
        """Give a worker the lowest number that no other has, where it counts what it does; called before it is forked.

        Numbers are used again, so that what was counted before a worker died is not lost.
        """
        used = {other.number for other in self.WORKERS.values()}
        worker.number = next(number for number in range(1, metric_types.ROWS) if number not in used)

    def handle_term(self) -> None:
        """End the site, after a while in which balancers are told to send no more requests. Raises StopIteration."""
        metrics.STOPPING.set(1)
        ends = time.monotonic() + self._drain_seconds
        if self._drain_seconds:
            log.info("shutting down soon", seconds=self._drain_seconds)
        while (seconds := ends - time.monotonic()) > 0:
            signals = self.wait_for_signals(timeout=min(1.0, seconds))
            if {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT} & set(signals):
                break
            self.murder_workers()
            self.reap_workers()
            self.manage_workers()
        super().handle_term()

    def reap_workers(self) -> None:
        """Look at why workers ended, then let gunicorn collect them."""
        workers = dict(self.WORKERS)
        for pid, worker in workers.items():
            cause = self._cause(pid, worker)
            if cause is None:
                continue
            log.error("worker ended", pid=pid, cause=cause)
            metrics.WORKER_EXITS.add()
            try:
                record_exit(self._folder, pid, cause)
            except OSError as problem:
                log.warning("the exit of a worker cannot be recorded", problem=str(problem))
        super().reap_workers()
        for pid in workers.keys() - self.WORKERS.keys():
            metrics.forget_worker(workers[pid].number)
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
            forget_workers(self._folder)

    def _note_workers(self) -> None:
        metrics.WORKERS.set(len(self.WORKERS))
        metrics.WORKERS_WANTED.set(self.num_workers)
        try:
            note_workers(self._folder, os.getpid(), self.WORKERS)
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
