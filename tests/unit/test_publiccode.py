"""publiccode.yml: it has the fields that the standard asks for, and says what the program says of itself."""

from configparser import ConfigParser
from typing import Any

import pytest
import yaml

from config import ROOT
from kb.web.core.language import languages

# https://yml.publiccode.tools/schema.core.html, version 0.4
MANDATORY = {
    "publiccodeYmlVersion": str,
    "name": str,
    "url": str,
    "platforms": list,
    "developmentStatus": str,
    "softwareType": str,
    "description": dict,
    "legal": dict,
    "maintenance": dict,
    "localisation": dict,
}
OPTIONAL = {"softwareVersion", "categories", "intendedAudience", "dependsOn"}
STATUSES = {"concept", "development", "beta", "stable", "obsolete"}
TYPES = {
    "standalone/mobile",
    "standalone/iot",
    "standalone/desktop",
    "standalone/web",
    "standalone/backend",
    "standalone/other",
    "addon",
    "library",
    "configurationFiles",
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def metadata() -> Any:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config["metadata"]


def test_every_field_that_the_standard_asks_for_is_there(described: dict[str, Any]) -> None:
    for name, kind in MANDATORY.items():
        assert isinstance(described[name], kind), name
    assert set(described) <= MANDATORY.keys() | OPTIONAL
    assert described["publiccodeYmlVersion"] == "0.4"
    assert described["developmentStatus"] in STATUSES
    assert described["softwareType"] in TYPES
    assert described["maintenance"]["type"] == "community"
    assert all(contact["name"] for contact in described["maintenance"]["contacts"])


def test_descriptions_have_the_lengths_that_catalogues_show(described: dict[str, Any]) -> None:
    for words in described["description"].values():
        assert 0 < len(words["shortDescription"]) <= 150
        assert 150 <= len(words["longDescription"]) <= 10_000
        assert words["features"]
        assert all(0 < len(feature) <= 100 for feature in words["features"])


def test_it_says_what_the_program_says_of_itself(described: dict[str, Any], metadata: Any) -> None:
    assert described["softwareVersion"] == metadata["version"]
    assert described["legal"]["license"] == metadata["license"]
    assert described["description"]["en"]["shortDescription"] == metadata["description"]
    assert described["localisation"]["availableLanguages"] == languages()


def test_the_supported_version_is_the_one_of_the_program(metadata: Any) -> None:
    major, minor, *_ = metadata["version"].split(".")
    assert f"| {major}.{minor} | yes |" in (ROOT / "SECURITY.md").read_text("utf-8")
