"""`make audit`: what is known against a package is told, and no answer is never taken for a good one."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from config import ROOT


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return module


FLAW = {"id": "OSV-1", "fix_versions": ["99"], "aliases": [], "description": "made up"}
NONE_KNOWN = {"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": []}], "fixes": []}
ONE_KNOWN = {"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": [FLAW]}], "fixes": []}
SKIPPED = {"dependencies": [{"name": "flask", "skip_reason": "Dependency not found"}], "fixes": []}
NODE_NONE = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 7}}}
NODE_ONE = {
    "vulnerabilities": {"d3": {"name": "d3", "range": "<9", "severity": "high"}},
    "metadata": {"dependencies": {"total": 7}},
}
NODE_REFUSED = {"message": "405 Method Not Allowed", "statusCode": 405, "error": {"summary": "", "detail": ""}}


@pytest.mark.parametrize(
    ("python", "node", "code", "told"),
    [
        (NONE_KNOWN, NODE_NONE, 0, "0 known against 7 packages"),
        (ONE_KNOWN, NODE_NONE, 1, "flask 3.1.3: OSV-1, fixed in 99"),
        (NONE_KNOWN, NODE_ONE, 1, "d3 <9: high"),
        (NONE_KNOWN, NODE_REFUSED, 2, "NOT POSSIBLE  package-lock.json: the service did not answer"),
        (SKIPPED, NODE_NONE, 2, "NOT POSSIBLE  requirements-test.txt: the service did not answer"),
        ("", NODE_NONE, 2, "Not every service could be asked"),
        (ONE_KNOWN, NODE_REFUSED, 1, "Not every service could be asked"),
    ],
)
def test_what_the_services_say_decides_how_it_ends(
    audit: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    python: Any,
    node: Any,
    code: int,
    told: str,
) -> None:
    for name, answer in (("pip-audit", python), ("npm", node)):
        (tmp_path / f"{name}.json").write_text(json.dumps(answer) if answer else "")
        # As the real programs do, these end with 1 for a flaw and for a service that does not answer alike.
        (tmp_path / name).write_text(
            f"#!/bin/sh\n/bin/cat {tmp_path}/{name}.json\necho the service did not answer >&2\nexit 1\n"
        )
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert audit.main(str(tmp_path / "pip-audit")) == code
    assert told in capsys.readouterr().out


def test_a_program_that_is_not_there_is_no_good_answer(audit: ModuleType, tmp_path: Path) -> None:
    assert audit.ask("made-up.txt", [str(tmp_path / "nothing")], audit.python_findings) == 2
