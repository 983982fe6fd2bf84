"""The tasks of imports, one at a time: checked, brought in or undone by whoever claims one, resumed where they stop.

A process that is killed leaves its task at work with an old heartbeat; it is marked as interrupted, and goes on when
somebody says so. On the terminal the command works itself; in the web a thread does, begun when there is work.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core import metrics
from kb.core.column_types import now
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.core.errors import Problem, Refused
from kb.core.gc_tuning import rare_collections
from kb.core.i18n import Message, gettext_noop
from kb.core.retrying import Outage, retried
from kb.peers.places import Gazetteer

from .apply import run_import
from .choices import AFTER
from .dry_run import Progress, check_file
from .models import Import, ImportFile
from .serialization import message_to_json
from .undo import undo_import

STALE = timedelta(seconds=60)
"""Without a heartbeat for so long, nobody works on it any more."""

_HEARTBEAT_SECONDS = 10
_PROGRESS_SECONDS = 1.0
_WAITS = "imports wait for the database"
_TRIES = 4
"""How often a task is tried while the database fails; with the pauses between, in less than `STALE`."""

_CLAIM_LOCK = 0x6B62_696D_70

_UNFORESEEN = gettext_noop("An unexpected error occurred. Every finished row is complete, and you can continue.")

_NO_DATABASE = gettext_noop("The database could not be reached. Every finished row is complete, and you can continue.")

_log = structlog.get_logger()


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


class Runner:
    """Works on imports of one database; `gazetteer` is asked for when places are to be found."""

    def __init__(self, database: Database, gazetteer: Callable[[], Gazetteer]) -> None:
        self._database, self._gazetteer = database, gazetteer
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

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
        while True:
            try:
                import_id = self._claim(None)
                outage.is_over()
                if import_id is None:
                    return
                self._do(import_id, _no_progress)
            except TEMPORARY as problem:
                time.sleep(outage.failed(problem))

    def work_on(self, import_id: int, progress: Progress = _no_progress, operator: User | None = None) -> None:
        """Do the task of one import here and now. Refused where another is at work, or the task fails.

        `operator` does it instead of whose import it is, as the terminal may.
        """
        if self._claim(import_id) is None:
            raise Refused(gettext_noop("Another import is running. Try again when it has finished."))
        if problem := self._do(import_id, progress, operator):
            raise Refused(problem)

    def _claim(self, import_id: int | None) -> int | None:
        """The import to work on, marked as at work; the one named, or the one that has waited longest."""
        with self._database.writing() as session:
            if not self._database.is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
            mark_interrupted(session)
            if session.scalar(select(Import.id).where(Import.state == "working").limit(1)):
                return None
            query = select(Import).where(Import.state == "waiting").order_by(Import.id).limit(1)
            if import_id is not None:
                query = query.where(Import.id == import_id)
            import_record = session.scalars(query).one_or_none()
            if import_record is None:
                return None
            import_record.state, import_record.beat_at, import_record.problem = "working", now(), None
            return import_record.id

    def _do(self, import_id: int, progress: Progress, operator: User | None = None) -> Message | None:
        """The task, and the state after it; what is wrong with the whole of it is noted, and returned."""
        problem: Message | None = None
        try:
            with self._heartbeat(import_id), rare_collections():
                # From where it stopped: each of its transactions is whole.
                retried(lambda: self._task(import_id, progress, operator), _WAITS, _TRIES)
        except Problem as trouble:
            problem = trouble.message
        except TEMPORARY as trouble:
            _log.warning("an import was interrupted", import_id=import_id, problem=str(trouble))
            problem = Message(_NO_DATABASE)
        except Exception:  # noqa: BLE001 - whatever it is, the import must not stay at work for ever
            _log.error("an import failed", import_id=import_id, exc_info=True)
            problem = Message(_UNFORESEEN)
        metrics.IMPORT_TASKS.add("failed" if problem else "done")
        retried(lambda: self._finish(import_id, problem), _WAITS, _TRIES)
        return problem

    def _finish(self, import_id: int, problem: Message | None) -> None:
        """Write down what became of a task."""
        with self._database.writing() as session:
            import_record = session.get_one(Import, import_id)
            task = import_record.task or "check"
            if problem is None:
                import_record.state, import_record.finished_at = AFTER[task], now()
                if task == "run":
                    _delete_file(session, import_id)
            else:
                import_record.state, import_record.problem = (
                    ("uploaded" if task == "check" else "interrupted"),
                    message_to_json(problem),
                )

    def _task(self, import_id: int, progress: Progress, operator: User | None) -> None:
        with self._database.reading() as session:
            task = session.get_one(Import, import_id).task

        told_at = -math.inf

        def tell(done: int, total: int) -> None:
            nonlocal told_at
            if done == total or time.monotonic() - told_at >= _PROGRESS_SECONDS:
                told_at = time.monotonic()
                with self._database.writing() as session:
                    current = session.get_one(Import, import_id)
                    current.progress, current.beat_at = done, now()
                    current.rows = current.rows or total
            progress(done, total)

        if task == "run":
            run_import(self._database, import_id, tell, operator)
        elif task == "undo":
            undo_import(self._database, import_id, tell, operator)
        else:
            check_file(self._database, import_id, self._gazetteer(), tell)

    @contextmanager
    def _heartbeat(self, import_id: int) -> Iterator[None]:
        """A heartbeat while the block lasts, also while a large file is being read."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(_HEARTBEAT_SECONDS):
                # A batch may hold the database for longer than we care to wait; then it beats by itself when it ends.
                with suppress(*TEMPORARY), self._database.writing() as session:
                    session.get_one(Import, import_id).beat_at = now()

        thread = threading.Thread(target=beat, name="imports-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def mark_interrupted(session: Session) -> None:
    """Mark what nobody works on any more."""
    stale = select(Import).where(Import.state == "working", Import.beat_at < now() - STALE)
    for import_record in session.scalars(stale):
        import_record.state = "interrupted"


def is_stale(import_record: Import) -> bool:
    """Whether an import is at work by its state, but nobody works on it any more."""
    return import_record.state == "working" and (import_record.beat_at is None or import_record.beat_at < now() - STALE)


def _delete_file(session: Session, import_id: int) -> None:
    if (file := session.get(ImportFile, import_id)) is not None:
        session.delete(file)
