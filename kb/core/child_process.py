"""Starts and limits child processes of our own, so that work on what strangers sent can harm nothing else.

A child is a fresh interpreter, not a fork of our threads. Of the environment it gets what programs need, so no
setting, password or key; it leads a group of its own, so that what is typed at a terminal does not reach it.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).parent.parent.parent

_PR_SET_PDEATHSIG = 1
"""In <linux/prctl.h>; Python has no name for it."""

INHERITED = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "KB_LOG_LEVEL",
    "KB_LOG_FORMAT",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
)
"""Variables of the environment that a child gets."""


def start(
    module: str,
    *arguments: str,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] | None = None,
    pass_fds: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """Run a module of ours as a program, with a pipe as its standard input. Raises OSError."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        env={**environment, "PYTHONPATH": str(_ROOT)},
        start_new_session=True,
    )


def kill(child: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it started, at once; does nothing where it has ended."""
    # Another thread may notice that it has ended at the same moment.
    with suppress(ProcessLookupError):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)


def ending_with_this() -> Callable[[], None] | None:
    """What `subprocess` shall call in a child, so that it is killed when this process ends, however that ends.

    None where the system is not Linux. The child ends with the thread that started it, so let the main thread do so.
    """
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def end_with_parent() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # It may have ended before that.
        if os.getppid() != parent:
            os._exit(1)

    return end_with_parent


def limit_memory(most_bytes: int) -> None:
    """Limit the memory of this process, which then gets a MemoryError; it leaves no core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # macOS refuses a limit below what is mapped, which there is always more.
    if sys.platform != "darwin":
        most = _allowed(resource.RLIMIT_AS, most_bytes)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_cpu(seconds: int) -> None:
    """Let this process compute for so many more seconds; then SIGXCPU ends it, which tells the parent why."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = _allowed(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def limit_files(most_bytes: int) -> None:
    """Let this process write no file that is larger."""
    most = _allowed(resource.RLIMIT_FSIZE, most_bytes)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _allowed(limit: int, most: int) -> int:
    """The limit, or the lower one that the process was started with, which it cannot raise."""
    hard = resource.getrlimit(limit)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)
