"""Ask the public services what is known against the packages in our lock files: pip-audit for Python, npm for Node.

Run by `make audit` as `python scripts/audit.py PIP-AUDIT`. Ends with 1 when something is known, and with 2 when nothing
is but a service could not be asked: no answer is not the answer that all is well.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from vendor import ROOT, _program

# requirements.txt is part of the one for tests.
LOCKS = (
    "requirements-test.txt", "requirements-node.txt", "requirements-uv.txt",
    "requirements-audit.txt", "requirements-release.txt",
)  # fmt: skip
PIP_AUDIT = ("--disable-pip", "--require-hashes", "--strict", "--progress-spinner", "off", "--format", "json")
NPM_AUDIT = ("audit", "--package-lock-only", "--json")

Findings = tuple[int, list[str]]
"""How many packages were asked about, and a line for each thing that is known against one."""


def python_findings(report: Any) -> Findings:
    """Read pip-audit's report. Raises KeyError when it is none, or when a package was not asked about."""
    packages = report["dependencies"]
    lines = [
        f"{package['name']} {package['version']}: {vulnerability['id']},"
        f" fixed in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for package in packages
        for vulnerability in package["vulns"]
    ]
    return len(packages), lines


def node_findings(report: Any) -> Findings:
    """Read npm's report. Raises KeyError when it is none."""
    found = report["vulnerabilities"].values()
    return report["metadata"]["dependencies"]["total"], [
        f"{one['name']} {one['range']}: {one['severity']}" for one in found
    ]


def ask(name: str, command: Sequence[str], read: Callable[[Any], Findings]) -> int:
    """Run a program, print what its service says, and give the code to end with."""
    try:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as problem:
        print(f"NOT POSSIBLE  {name}: {problem}")
        return 2
    try:
        count, lines = read(json.loads(ended.stdout))
    except (ValueError, KeyError, TypeError, AttributeError):
        complaint = ended.stderr.strip().splitlines() or ["the program gave no reason"]
        print(f"NOT POSSIBLE  {name}: {complaint[0]}")
        return 2
    print(f"{'KNOWN' if lines else 'ok':13} {name}: {len(lines)} known against {count} packages")
    for line in lines:
        print(f"{'':13} {line}")
    return 1 if lines else 0


def main(pip_audit: str) -> int:
    """Ask about every lock file."""
    codes = [ask(lock, [pip_audit, *PIP_AUDIT, "--requirement", lock], python_findings) for lock in LOCKS]
    codes.append(ask("package-lock.json", [*_program("npm"), *NPM_AUDIT], node_findings))
    if 2 in codes:
        print("Not every service could be asked: this says nothing about the packages that are marked NOT POSSIBLE.")
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
