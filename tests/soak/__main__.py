"""`make soak`: 20,000 mixed requests by 8 threads on SQLite and on PostgreSQL; ends non-zero when anything broke."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests import postgresql

from .soak import Report, soak

MOST_GROWTH = 1.15
"""Memory at the end may be this much above memory when caches had filled."""


def main() -> int:
    """Run what is asked for and print what was seen."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=1_200, help="at most so long on each database")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    failed = False
    for kind in options.databases:
        with tempfile.TemporaryDirectory(prefix="kb-soak-") as folder:
            if kind == "sqlite":
                report = soak(f"sqlite:///{folder}/soak.sqlite3", Path(folder), options.requests, options.seconds)
            else:
                with postgresql.cluster() as pattern:
                    report = soak(pattern.format(name="postgres"), Path(folder), options.requests, options.seconds)
        failed |= _print(kind, report)
    return int(failed)


def _print(kind: str, report: Report) -> bool:
    version = ".".join(map(str, sys.version_info[:3]))
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(report.statuses.items()))
    print(f"Python {version}, {kind}: {report.requests} requests in {report.seconds:.0f} s ({statuses})")
    for counted in filter(None, (report.done, report.refused)):
        print("  " + ", ".join(f"{count} x {what}" for what, count in sorted(counted.items())))
    print(f"  memory: {report.memory_mb[-1][1]:.0f} MB at the end, {report.growth:.2f} of what it was when settled")
    problems = report.problems()
    if report.growth > MOST_GROWTH:
        problems.append(f"memory grew to {report.growth:.2f} of what it was")
    for problem in problems:
        print(f"  FAILED: {problem}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
