"""What is shipped for operators: no default secrets, the same hardening for each service, and files that are there."""

import configparser
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from config import ROOT, Config, Secret

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
SECRET = re.compile(r"\$\{(\w*(?:SECRET|PASSWORD|CERTIFICATE|SITE_URL)\w*)([^}]*)\}")


def test_nothing_starts_without_secrets_of_its_own() -> None:
    uses = SECRET.findall((ROOT / "compose.yml").read_text("utf-8"))
    assert {name for name, _ in uses} == {"DATABASE_PASSWORD", "KB_SECRET_KEY", "KB_SITE_URL", "CERTIFICATE"}
    assert [name for name, rest in uses if not rest.startswith(":?")] == [], "refuse to start without it: ${NAME:?why}"
    lines = (ROOT / "deploy/env.example").read_text("utf-8").splitlines()
    filled = [line for line in lines if re.fullmatch(r"[A-Z_]+=.+", line)]
    assert filled == [], "an example must hold no values that somebody might keep"


def test_every_setting_with_a_secret_is_declared_so_and_operators_are_told_that_a_file_may_hold_it() -> None:
    settings = {setting.metadata["env"]: setting.metadata for setting in fields(Config)}
    declared = {name for name, said in settings.items() if said["secret"] is not Secret.NOTHING}
    suspicious = {
        name
        for name, said in settings.items()
        if re.search(r"(SECRET|PASSWORD|TOKEN|(?<!BACKUP)_KEY)", name)
        or re.search(r"PASSWORD|\w+://(?!\S*\.example)|URLs", said["meaning"])
    }
    assert suspicious - declared == set(), "declare with `secret=` in config.py what is secret in them"
    told = (ROOT / "docs/operating.md").read_text("utf-8").partition("**Secrets as files**")[2].partition("\n- ")[0]
    assert {name for name in re.findall(r"`([A-Z_]+)`", told) if name in settings} == declared
    shared = "".join((ROOT / name).read_text("utf-8") for name in ("compose.yml", "deploy/settings.example"))
    kept = {name for name in declared if re.search(rf"^\s*{name}[:=] *[^\s$]*:[^/@\s$]+@", shared, re.MULTILINE)}
    assert kept == set(), "a file that is shared must hold no password"


def test_the_image_is_made_of_what_is_named_alone() -> None:
    lines = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*", "nothing goes into the image unless it is named"
    missing = [line for line in patterns if line.startswith("!") and not (ROOT / line[1:]).exists()]
    assert missing == []
    assert re.search(r"^USER \d+$", (ROOT / "Containerfile").read_text("utf-8"), re.MULTILINE), "not as root"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_service_is_confined_as_the_website_is(unit: Path) -> None:
    assert _confined(unit) == _confined(ROOT / "deploy/systemd/kb.service")


@pytest.mark.parametrize(
    ("line", "is_read"),
    [
        ("DATABASE_URL=postgresql+psycopg://kb@/kb?host=/var/run/postgresql&sslmode=disable", False),
        ("DATABASE_URL='postgresql+psycopg://kb@/kb?host=/var/run/postgresql&sslmode=disable'", True),
        ("KB_OIDC_CLIENT_SECRET=made$up", False),
        ("KB_MAIL_FROM=Desk <desk@peers.example>", False),
        ('KB_MAIL_FROM="Desk <desk@peers.example>"', True),
        ("# A comment; with signs", True),
    ],
)
def test_the_command_kb_reads_settings_as_the_service_does_or_refuses(tmp_path: Path, line: str, is_read: bool) -> None:
    (tmp_path / "settings").write_text(f"KB_PROXIES=1\n{line}\n")
    (tmp_path / "id").write_text("#!/bin/sh\necho citypeers\n")
    (tmp_path / "id").chmod(0o755)
    script = (ROOT / "deploy/kb").read_text("utf-8")
    for there, here in (
        ("/etc/citypeers", tmp_path),
        ("/var/lib/citypeers", tmp_path),
        ("/opt/citypeers/bin/kb", "env"),
    ):
        script = script.replace(there, str(here))
    (tmp_path / "kb").write_text(script)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    ended = subprocess.run(["/bin/sh", tmp_path / "kb"], env=environment, capture_output=True, text=True, check=False)
    name, _, value = line.partition("=")
    if is_read:
        assert ended.returncode == 0, ended.stderr
        assert f"{name}={value.strip(chr(39)).strip(chr(34))}\n" in ended.stdout or name.startswith("#")
    else:
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
        assert "kb: line 2 of " in ended.stderr


def test_every_timer_has_its_service() -> None:
    timers = {path.stem for path in (ROOT / "deploy/systemd").glob("*.timer")}
    assert timers <= {path.stem for path in UNITS}
    assert timers


def _confined(unit: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign, assignment] # as configparser documents it
    parser.read(unit, "utf-8")
    own = re.compile(r"(Protect|Private|Restrict|NoNew|Capability|System|User|UMask|Memory|Lock|RemoveIPC)\w*")
    return {name: value for name, value in parser["Service"].items() if own.fullmatch(name)}
