"""Limits of child processes."""

import resource
import subprocess
import sys

import pytest

PROGRAM = """
import resource
from kb.core import child_process
resource.setrlimit(resource.{limit}, ({hard}, {hard}))
child_process.{function}({more})
print(*resource.getrlimit(resource.{limit}))
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no limit of memory")
@pytest.mark.parametrize(
    ("function", "limit", "hard"),
    [
        ("limit_memory", "RLIMIT_AS", 2_000_000_000),
        ("limit_cpu", "RLIMIT_CPU", 50),
        ("limit_files", "RLIMIT_FSIZE", 30_000),
    ],
)
def test_a_limit_that_the_machine_sets_lower_stays(function: str, limit: str, hard: int) -> None:
    now = resource.getrlimit(getattr(resource, limit))[1]
    assert now == resource.RLIM_INFINITY or now >= hard
    program = PROGRAM.format(limit=limit, hard=hard, function=function, more=2 * hard)
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (child.stdout.split(), child.stderr) == ([str(hard), str(hard)], "")
