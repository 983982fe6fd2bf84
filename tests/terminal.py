"""The `kb` command within the test's own process, since Python and all of the house take two seconds to start.

`tests/integration/test_command_line.py` runs the program itself.
"""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import structlog

from kb import cli


def kb(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """What the command prints and how it ends, with these settings and no others."""
    journal = structlog.get_config()
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
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), err.getvalue())
