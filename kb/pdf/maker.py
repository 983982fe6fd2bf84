"""The queue of PDFs to be made, the process that makes them, and the folder in which they are kept."""

import atexit
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import structlog

from kb.core import child_process
from kb.core.errors import Busy
from kb.core.i18n import gettext_noop

from . import child
from .child import LENGTH_BYTES

log = structlog.get_logger(__name__)

WAIT_SECONDS = 25.0
"""How long a request waits for its PDF before it is told to ask again; balancers give up after 30 to 60 seconds."""

MOST_SECONDS = 300.0
"""How long one PDF may take while other work goes first; `child.CPU_SECONDS` ends one that cannot be made."""

LARGEST_BYTES = 64_000_000
"""Bytes of all PDFs that are kept together."""

OLDEST_SECONDS = 86_400
"""How long a PDF is kept."""

MOST_JOBS = 16
_IDLE_SECONDS = 120.0
_DOCUMENTS_OF_A_PROCESS = 100

_BEING_MADE = gettext_noop(
    "The PDF is being made. It is downloaded automatically when it is ready. Keep this page open until then."
)
_TOO_MANY = gettext_noop(
    "Many people are asking for PDFs at the moment. This page tries again automatically, and downloads your PDF when "
    "it is ready. Keep this page open until then."
)


class NotMade(Exception):
    """A PDF could not be made of this document."""


@dataclass(slots=True)
class _Job:
    key: str
    html: str
    done: threading.Event = field(default_factory=threading.Event)
    made: bytes | None = None
    waiting: int = 0
    """Threads that wait for it."""


class PdfCache:
    """PDFs in a folder, by the hash of the HTML that they were made from; bounded in size and age.

    Several processes may use it. What goes wrong with it is logged, for it can be done without.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """The PDF with a key, unless there is none or it is too old."""
        file = self._folder / f"{key}.pdf"
        try:
            return file.read_bytes() if time.time() - file.stat().st_mtime < OLDEST_SECONDS else None
        except OSError:
            return None

    def put(self, key: str, pdf: bytes) -> None:
        """Keep a PDF; drop what is too old, and the oldest of what is too much."""
        try:
            # Briefs of chairs are not public.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A name for each process: two may make the same document at once.
            written = self._folder / f"{key}.{os.getpid()}.new"
            written.write_bytes(pdf)
            written.replace(self._folder / f"{key}.pdf")
            self._prune()
        except OSError as problem:
            log.warning("a PDF could not be kept", problem=str(problem))

    def _prune(self) -> None:
        oldest, total = time.time() - OLDEST_SECONDS, 0
        files = [(file.stat(), file) for file in self._folder.iterdir()]
        for stat, file in sorted(files, key=lambda pair: -pair[0].st_mtime):
            total += stat.st_size
            if stat.st_mtime < oldest or total > LARGEST_BYTES:
                file.unlink(missing_ok=True)


class PdfMaker:
    """Makes PDFs one after another, and keeps them in a folder.

    `fonts` is the folder with the files of `kb.pdf.fonts`. At most `waiting` threads wait at a time; to the others Busy
    says to ask again, while theirs is made all the same.
    """

    def __init__(self, folder: Path, waiting: int, fonts: Path) -> None:
        self._cache = PdfCache(folder)
        self._free = waiting
        self._changed = threading.Condition()
        self._jobs: dict[str, _Job] = {}
        self._queue: deque[_Job] = deque()
        self._failed: deque[str] = deque(maxlen=MOST_JOBS)
        self._thread: threading.Thread | None = None
        self._closed = False
        self._process = _Process(fonts)

    def make(self, html: str) -> bytes:
        """The document as PDF, made now or a while ago. Raises Busy and NotMade."""
        key = sha256(html.encode()).hexdigest()
        kept = self._cache.get(key)
        if kept is not None:
            return kept
        with self._changed:
            if key in self._failed:
                # Whoever asks again is told; only the one after that lets it be tried again.
                self._failed.remove(key)
                raise NotMade
            job = self._jobs.get(key) or self._add(_Job(key, html))
            if not self._free:
                raise Busy(_BEING_MADE)
            self._free -= 1
            job.waiting += 1
        try:
            is_done = job.done.wait(WAIT_SECONDS)
        finally:
            with self._changed:
                self._free += 1
                job.waiting -= 1
        if not is_done:
            raise Busy(_BEING_MADE)
        if job.made is None:
            raise NotMade
        return job.made

    def prepare(self, html: str) -> None:
        """Start the process where it does not run, and let it load style and fonts with a document that nobody needs.

        So the first who asks does not wait for that as well.
        """
        with self._changed:
            if self._thread is None and not self._closed:
                self._add(_Job("", html))

    def close(self) -> None:
        """End the process and the thread; what was waiting is not made."""
        with self._changed:
            self._closed = True
            thread = self._thread
            self._changed.notify()
        self._process.kill()
        if thread is not None:
            thread.join()

    def _add(self, job: _Job) -> _Job:
        if len(self._jobs) >= MOST_JOBS:
            raise Busy(_TOO_MANY)
        self._jobs[job.key] = job
        self._queue.append(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="pdf", daemon=True)
            self._thread.start()
        self._changed.notify()
        return job

    def _run(self) -> None:
        atexit.register(self.close)
        while (job := self._next()) is not None:
            job.made = self._process.make(job.html)
            if job.made is not None and job.key:
                self._cache.put(job.key, job.made)
            with self._changed:
                del self._jobs[job.key]
                if job.made is None and not job.waiting:
                    self._failed.append(job.key)
            job.done.set()

    def _next(self) -> _Job | None:
        """The next job; None where none comes for a while, and the process has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed, _IDLE_SECONDS)
            if self._queue and not self._closed:
                return self._queue.popleft()
            self._process.end()
            atexit.unregister(self.close)
            self._thread = None
            return None


class _Process:
    """The process, started when it is needed. One thread uses it; others may kill it."""

    def __init__(self, fonts: Path) -> None:
        self._fonts = fonts
        self._running: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._documents = 0

    def make(self, html: str) -> bytes | None:
        """The document as PDF; None where it takes too long or cannot be made."""
        if self._documents >= _DOCUMENTS_OF_A_PROCESS:
            self.end()
        self._documents += 1
        try:
            running = self._running or self._start()
            alarm = threading.Timer(MOST_SECONDS, self.kill)
            alarm.start()
            try:
                return _ask(running, html) or None
            finally:
                alarm.cancel()
        except (EOFError, OSError) as problem:
            log.warning("a PDF took too long, or its process died", characters=len(html), problem=repr(problem))
            self.end()
            return None

    def kill(self) -> None:
        """End the process at once."""
        # Read once: the thread that uses it may end it at the same moment.
        running = self._running
        if running is not None:
            child_process.kill(running)

    def end(self) -> None:
        """End the process, and remove whatever it left in its folder."""
        if self._running is not None:
            child_process.kill(self._running)
            # Closes its pipes too.
            self._running.communicate()
            shutil.rmtree(self._folder, ignore_errors=True)
        self._running, self._documents = None, 0

    def _start(self) -> subprocess.Popen[bytes]:
        self._folder = tempfile.mkdtemp(prefix="citypeers-pdf-")
        self._running = child_process.start(child.__name__, self._folder, str(self._fonts))
        return self._running


def _ask(running: subprocess.Popen[bytes], html: str) -> bytes:
    """Hand a document over and read the PDF. Raises OSError and EOFError where the process ends."""
    if running.stdin is None or running.stdout is None:
        raise EOFError
    sent = html.encode()
    running.stdin.write(len(sent).to_bytes(LENGTH_BYTES) + sent)
    running.stdin.flush()
    length = running.stdout.read(LENGTH_BYTES)
    made = running.stdout.read(int.from_bytes(length))
    if len(length) < LENGTH_BYTES or len(made) < int.from_bytes(length):
        raise EOFError
    return made
