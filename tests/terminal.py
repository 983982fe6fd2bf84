"""The `kb` command: within the test's own process, since it takes two seconds to start, or as the shell runs it."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import structlog

from kb import cli

KB = str(Path(sys.executable).parent / "kb")


def program(environment: dict[str, str], *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command as the shell runs it."""
    return subprocess.run(
        [KB, *words], env=environment, capture_output=True, text=True, timeout=120, check=False, **options
    )


@contextmanager
def site(environment: dict[str, str], log: Path) -> Iterator[int]:
    """A site that answers while the block lasts, by its port; what it says goes into a file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("w") as said:
        running = subprocess.Popen([KB, "serve", "--port", str(port)], env=environment, stderr=said)
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                    break
                except OSError:
                    assert running.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.1)
            yield port
        finally:
            running.send_signal(signal.SIGTERM)
            assert running.wait(20) == 0


def kb(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """What the command prints and how it ends, with these settings and no others."""
    journal = structlog.get_config()
    umask = os.umask(0o022)
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["kb", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            structlog.configure(**journal)
            os.umask(umask)
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), err.getvalue())
