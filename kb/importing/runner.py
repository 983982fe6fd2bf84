"""The tasks of imports, one at a time: checked, brought in or undone by whoever claims one, resumed where they stop.

A process that is killed leaves its task at work with an old heartbeat, or waiting for nobody; the processes of the web
look for such tasks, on every machine, and one of them goes on with it. On the terminal the command works itself; in the
web a thread does, begun when there is work.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core import metrics
from kb.core.column_types import now
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database, locked
from kb.core.errors import Problem, Refused
from kb.core.gc_tuning import rare_collections
from kb.core.i18n import Message, gettext_noop
from kb.core.retrying import Outage, retried
from kb.peers.places import Gazetteer

from .apply import run_import
from .choices import AFTER
from .claims import Claim, ClaimLost, claimed, is_left, release, release_stale
from .dry_run import Progress, check_file
from .models import Import, ImportFile
from .serialization import message_to_json
from .undo import undo_import

LOOK_SECONDS = 10.0
"""How often each process looks for what nobody works on."""

_STOP_SECONDS = 10.0
_HEARTBEAT_SECONDS = 10
_PROGRESS_SECONDS = 1.0
_WAITS = "imports wait for the database"
_TRIES = 4
"""How often a task is tried while the database fails; with the pauses between, in less than `claims.STALE`."""

_CLAIM_LOCK = 0x6B62_696D_70

_UNFORESEEN = gettext_noop("An unexpected error occurred. Every finished row is complete, and you can continue.")

_NO_DATABASE = gettext_noop("The database could not be reached. Every finished row is complete, and you can continue.")

_TAKEN_OVER = gettext_noop(
    "This command no longer works on this import. `kb import list` shows its state. If that is “Interrupted”, continue "
    "it with `kb import resume`."
)

_log = structlog.get_logger()


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


class _Stopping(Exception):
    """The process ends: another goes on with the task."""


class Runner:
    """Works on imports of one database; `gazetteer` is asked for when places are to be found."""

    def __init__(self, database: Database, gazetteer: Callable[[], Gazetteer]) -> None:
        self._database, self._gazetteer = database, gazetteer
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def take_up_regularly(self, stop: threading.Event, seconds: float = LOOK_SECONDS) -> None:
        """Let the thread work on what nobody works on, in whichever process it was begun, until told to stop."""
        outage = Outage(_WAITS)
        while True:
            pause = seconds
            try:
                with self._database.reading() as session:
                    if is_left(session):
                        self.wake()
                outage.is_over()
            except TEMPORARY as problem:
                pause = outage.failed(problem)
            if stop.wait(pause):
                return

    def stop(self) -> None:
        """Leave what the thread works on to other processes, at once where it is between two transactions."""
        self._stop.set()
        self.wait(_STOP_SECONDS)

    def wake(self) -> None:
        """Let a thread work on all that waits; one at a time in a process, and by the claim in all of them."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="imports", daemon=True)
                self._thread.start()

    def wait(self, seconds: float = 60) -> None:
        """Wait until the thread has nothing to do."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        outage = Outage(_WAITS)
        while not self._stop.is_set():
            try:
                claim = self._claim(None)
                outage.is_over()
                if claim is None:
                    return
                self._do(claim, _no_progress)
            except TEMPORARY as problem:
                self._stop.wait(outage.failed(problem))

    def work_on(self, import_id: int, progress: Progress = _no_progress, operator: User | None = None) -> None:
        """Do the task of one import here and now. Refused where another is at work, or the task fails.

        Where another is at work, the import is left interrupted. `operator` does it instead of whose import it is, as
        the terminal may.
        """
        claim = self._claim(import_id)
        if claim is None:
            raise Refused(gettext_noop("Another import is running. Try again when it has finished."))
        try:
            problem = self._do(claim, progress, operator)
        except KeyboardInterrupt:
            # Whoever stops it does not want others to go on with it.
            self._leave(claim, "interrupted")
            raise
        if problem:
            raise Refused(problem)

    def _claim(self, import_id: int | None) -> Claim | None:
        """A claim on the import that is named, or on the one that has waited longest; None where one is at work.

        One that is named then waits no more: whoever named it is told so, and does not go on.
        """
        with self._database.writing() as session:
            if not self._database.is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
            release_stale(session)
            query = select(Import).where(Import.state == "waiting").order_by(Import.id).limit(1)
            if import_id is not None:
                query = query.where(Import.id == import_id)
            import_record = session.scalar(locked(query))
            if import_record is None:
                return None
            if session.scalar(select(Import.id).where(Import.state == "working").limit(1)):
                if import_id is not None:
                    release(import_record, "interrupted")
                return None
            return claimed(import_record)

    def _do(self, claim: Claim, progress: Progress, operator: User | None = None) -> Message | None:
        """The task, and the state after it; what is wrong with the whole of it is noted, and returned."""
        problem: Message | None = None
        try:
            with self._heartbeat(claim), rare_collections():
                # From where it stopped: each of its transactions is whole.
                retried(lambda: self._task(claim, progress, operator), _WAITS, _TRIES)
        except _Stopping:
            self._leave(claim, "waiting")
            return None
        except ClaimLost:
            return self._taken_over(claim)
        except Problem as trouble:
            problem = trouble.message
        except TEMPORARY as trouble:
            _log.warning("an import was interrupted", import_id=claim.import_id, problem=str(trouble))
            problem = Message(_NO_DATABASE)
        except Exception:  # noqa: BLE001 - whatever it is, the import must not stay at work for ever
            _log.error("an import failed", import_id=claim.import_id, exc_info=True)
            problem = Message(_UNFORESEEN)
        try:
            retried(lambda: self._finish(claim, problem), _WAITS, _TRIES)
        except ClaimLost:
            return self._taken_over(claim)
        metrics.IMPORT_TASKS.add("failed" if problem else "done")
        return problem

    def _taken_over(self, claim: Claim) -> Message:
        _log.warning("another process took over an import", import_id=claim.import_id)
        return Message(_TAKEN_OVER)

    def _leave(self, claim: Claim, state: str) -> None:
        """Leave a task in the middle; where that cannot be written down, others find out by its heartbeat."""
        with suppress(ClaimLost, *TEMPORARY), self._database.writing() as session:
            release(claim.held(session), state)

    def _finish(self, claim: Claim, problem: Message | None) -> None:
        """Write down what became of a task. Raises ClaimLost."""
        with self._database.writing() as session:
            if claim.is_finished(session):
                return
            import_record = claim.held(session)
            task = import_record.task or "check"
            # The claim stays, by which `is_finished` knows it.
            if problem is None:
                import_record.state, import_record.finished_at = AFTER[task], now()
                if task == "run":
                    _delete_file(session, claim.import_id)
            else:
                import_record.state = "uploaded" if task == "check" else "interrupted"
                import_record.problem = message_to_json(problem)

    def _task(self, claim: Claim, progress: Progress, operator: User | None) -> None:
        with self._database.reading() as session:
            task = session.get_one(Import, claim.import_id).task

        told_at = -math.inf

        def tell(done: int, total: int) -> None:
            nonlocal told_at
            if self._stop.is_set():
                raise _Stopping
            if done == total or time.monotonic() - told_at >= _PROGRESS_SECONDS:
                told_at = time.monotonic()
                with self._database.writing() as session:
                    current = claim.held(session)
                    current.progress, current.beat_at = done, now()
                    current.rows = current.rows or total
            progress(done, total)

        if task == "run":
            run_import(self._database, claim, tell, operator)
        elif task == "undo":
            undo_import(self._database, claim, tell, operator)
        else:
            check_file(self._database, claim, self._gazetteer(), tell)

    @contextmanager
    def _heartbeat(self, claim: Claim) -> Iterator[None]:
        """A heartbeat while the block lasts, also while a large file is being read."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(_HEARTBEAT_SECONDS):
                # A batch may hold the database for longer than we care to wait; then it beats by itself when it ends.
                # The task itself meets it where the claim is lost.
                with suppress(ClaimLost, *TEMPORARY), self._database.writing() as session:
                    claim.held(session).beat_at = now()

        thread = threading.Thread(target=beat, name="imports-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _delete_file(session: Session, import_id: int) -> None:
    if (file := session.get(ImportFile, import_id)) is not None:
        session.delete(file)
