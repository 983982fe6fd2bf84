"""`kb` as a process of its own that has loaded the program already: a child of one that keeps it loaded.

Loading takes three quarters of what a server takes to start. That the program starts by itself, as the shell runs it,
is tried by `integration/test_command_line`.
"""

import atexit
import gc
import multiprocessing
import os
import signal
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__, "kb.app", "kb.cli.serve"])


class KeptProgram:
    """A running `kb` with an environment of its own, whose standard error goes into a file; used like a `Popen`."""

    def __init__(self, words: list[str], environment: dict[str, str], stderr: Path) -> None:
        self._process: ForkServerProcess = _CONTEXT.Process(target=_run, args=(words, environment, stderr))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int | None:
        """How it ended, or None where it has not ended after so many seconds."""
        self._process.join(seconds)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


def _run(words: list[str], environment: dict[str, str], stderr: Path) -> None:
    """What a child does: nothing of the process that keeps the program loaded is left but what is loaded."""
    from kb.__main__ import main

    gc.set_threshold(700, 10, 10)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["kb", *words]
    os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
    try:
        main()
    finally:
        # multiprocessing ends a process without.
        atexit._run_exitfuncs()
