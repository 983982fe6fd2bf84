"""The `kb` command: within the test's own process, since it takes two seconds to start, or as the shell runs it."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import structlog

from kb import cli
from kb.core.db import Database
from tests.http_server import KB


def production(database: Database, folder: Path) -> dict[str, str]:
    """The settings of a machine in production, whose index is in a folder."""
    return {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "KB_SEARCH_INDEX": str(folder / "index"),
        "KB_SITE_URL": "https://peers.example",
        "KB_SECRET_KEY": "k" * 40,
    }


def program(environment: dict[str, str], *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command as the shell runs it."""
    return subprocess.run(
        [KB, *words], env=environment, capture_output=True, text=True, timeout=600, check=False, **options
    )


def kb(environment: dict[str, str], *words: str, typed: str | None = "") -> subprocess.CompletedProcess[str]:
    """What the command prints and how it ends, with these settings and no others.

    `typed` is its standard input, which is closed where that is None.
    """
    stdin = None if typed is None else io.TextIOWrapper(io.BytesIO(typed.encode()))
    configuration = structlog.get_config()
    umask = os.umask(0o022)
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["kb", *words]),
        mock.patch.object(sys, "stdin", stdin),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            structlog.configure(**configuration)
            os.umask(umask)
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), err.getvalue())
