"""`make release`: the changelog tells of the version, the list of parts names all of them, sums fit the files."""

import hashlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from config import ROOT


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "scripts" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHANGELOG = "# Changelog\n\n## Unreleased\n- More.\n\n## 0.2.0 (2026-12-01)\n- Much.\n\n## 0.1.0\n\n## 0.0.1\n- Some.\n"


def test_a_version_with_a_section_in_the_changelog_is_released(release: ModuleType) -> None:
    release.require_changes(CHANGELOG, "0.2.0")
    release.require_changes(CHANGELOG, "0.0.1")


@pytest.mark.parametrize(("version", "why"), [("0.3.0", "no section “## 0.3.0”"), ("0.1.0", "is empty")])
def test_a_version_that_the_changelog_does_not_tell_is_refused(release: ModuleType, version: str, why: str) -> None:
    with pytest.raises(release.NotPossible, match=why):
        release.require_changes(CHANGELOG, version)


def test_the_list_of_parts_names_each_package_of_the_assets(release: ModuleType) -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    bom = {"metadata": {"timestamp": "2026-11-29T00:00:00+00:00"}, "components": [{"bom-ref": "a", "name": "flask"}]}
    made = release.with_vendored(bom, lock, "0.1.0")
    listed = {component["name"]: component for component in made["components"]}
    wanted = set(json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]) - release.NOT_SHIPPED
    assert wanted | {"flask", "zrender"} <= listed.keys()
    assert not listed.keys() & release.NOT_SHIPPED
    echarts = listed["echarts"]
    assert echarts["purl"] == f"pkg:npm/echarts@{echarts['version']}"
    assert echarts["hashes"][0]["alg"] == "SHA-512"
    assert len(echarts["hashes"][0]["content"]) == 128
    assert listed["@picocss/pico"]["purl"].startswith("pkg:npm/%40picocss/pico@")
    root = made["metadata"]["component"]
    assert (root["name"], root["version"]) == ("citypeers", "0.1.0")
    depends = {entry["ref"]: entry.get("dependsOn", []) for entry in made["dependencies"]}
    assert set(depends[root["bom-ref"]]) == {component["bom-ref"] for component in made["components"]}


def test_sums_fit_the_files(release: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "b.whl").write_bytes(b"made up")
    (tmp_path / "a.tar.gz").write_bytes(b"")
    (tmp_path / "SHA256SUMS").write_text("of before")
    first, second = release.checksums(tmp_path).splitlines()
    assert first == f"{hashlib.sha256(b'').hexdigest()}  a.tar.gz"
    assert second == f"{hashlib.sha256(b'made up').hexdigest()}  b.whl"


def test_a_program_that_fails_is_told_in_one_line(release: ModuleType) -> None:
    with pytest.raises(release.NotPossible, match="cannot be run"):
        release.run(["/nothing/here", "x"])
    with pytest.raises(release.NotPossible, match="git nonsense failed: "):
        release.run(["git", "nonsense"])
