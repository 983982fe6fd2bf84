"""Reads files that strangers sent in a child process with limits of time and memory, so that no file can harm the site.

The child (`kb.core.child_process`) gets the file as a nameless temporary one and answers in another. `read` is called
by the parent, `answer` by the module that the child runs.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NoReturn

from . import child_process
from .error_traces import trace_of

_OUT_OF_MEMORY = 3
"""The status of a child that had too little memory."""

_TOO_MUCH_OUTPUT = 4
"""The status of a child whose answer is larger than it may be."""

_TRACE_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What the reading of one file may take: seconds of a processor and in all, memory, and the size of the answer."""

    cpu_seconds: int
    seconds: float
    memory_bytes: int
    output_bytes: int


class TooSlow(Exception):
    """A file took more than so many `seconds` to read."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TooLarge(Exception):
    """A file, or what was made of it, took more memory than it may."""


class ChildFailed(Exception):
    """The child ended with an error of its own: its `status`, and the end of what it wrote about it."""

    def __init__(self, status: int, trace: str) -> None:
        super().__init__(status)
        self.status = status
        self.trace = trace


class Slots:
    """So many files may be read at once by one process of the site, and as many more wait for that.

    Were there no end to those that wait, files sent at once would hold every thread of the site.
    """

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._waiting = threading.BoundedSemaphore(count)

    @contextmanager
    def take(self, seconds: float | None) -> Iterator[None]:
        """Take a slot. None waits however long, which is not for a thread that answers requests.

        Raises TimeoutError where none is free after so many seconds, or at once where enough others wait.
        """
        if seconds is None:
            self._free.acquire()
        elif not self._free.acquire(blocking=False):
            self._wait(seconds)
        try:
            yield
        finally:
            self._free.release()

    def _wait(self, seconds: float) -> None:
        if not self._waiting.acquire(blocking=False):
            raise TimeoutError
        try:
            if not self._free.acquire(timeout=seconds):
                raise TimeoutError
        finally:
            self._waiting.release()


def read(module: str, content: bytes, request: Mapping[str, Any], limits: ProcessLimits) -> bytes:
    """Let a child that runs `module` read a file; give what it answers. Raises TooSlow, TooLarge and ChildFailed."""
    with TemporaryFile() as file, TemporaryFile() as output, TemporaryFile() as errors:
        file.write(content)
        file.seek(0)
        child = child_process.start(module, stdout=output, stderr=errors, pass_fds=(file.fileno(),))
        whole = {**request, "file": file.fileno(), "limits": asdict(limits)}
        try:
            child.communicate(json.dumps(whole).encode(), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            raise TooSlow(limits.seconds) from None
        finally:
            child_process.kill(child)
            child.wait()
        if child.returncode in {-signal.SIGXCPU, -signal.SIGALRM}:
            raise TooSlow(limits.cpu_seconds)
        # The kernel kills where the whole machine has too little memory.
        if child.returncode in {_OUT_OF_MEMORY, _TOO_MUCH_OUTPUT, -signal.SIGKILL}:
            raise TooLarge
        if child.returncode:
            errors.seek(0)
            raise ChildFailed(child.returncode, errors.read(_TRACE_BYTES).decode(errors="replace"))
        output.seek(0)
        return output.read()


def _end_unforeseen(problem: Exception) -> NoReturn:
    """Leave a trace for the log of the parent, and end the child."""
    sys.stderr.write(trace_of(problem))
    sys.stderr.flush()
    os._exit(1)


def answer(work: Callable[[Mapping[str, Any], BinaryIO, BinaryIO], None]) -> NoReturn:
    """Do the work of a child that `read` started, and end it: `work` gets the request, the file, and where to write."""
    request = json.load(sys.stdin)
    limits = ProcessLimits(**request["limits"])
    child_process.limit_memory(limits.memory_bytes)
    child_process.limit_cpu(limits.cpu_seconds)
    child_process.limit_files(limits.output_bytes)
    # Somewhat later than the parent, who tells what happened: so the child ends even when its parent is gone.
    signal.alarm(int(limits.seconds) + 5)
    try:
        with os.fdopen(request["file"], "rb") as file:
            work(request, file, sys.stdout.buffer)
        sys.stdout.flush()
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    except OSError as problem:
        if problem.errno != errno.EFBIG:
            _end_unforeseen(problem)
        os._exit(_TOO_MUCH_OUTPUT)
    except Exception as problem:  # noqa: BLE001 - whatever it is, its message may hold what the file says
        _end_unforeseen(problem)
    # What is left in memory need not be taken apart piece by piece.
    os._exit(0)
