"""The container image as it is run: with a read-only root, without privileges, and with one folder of its own.

Root, buildah and util-linux are enough: the image's files are mounted, and its commands run in namespaces of their own.
IMAGE names the image.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

IMAGE = os.environ.get("IMAGE", "localhost/citypeers")
SETTINGS = {"KB_SECRET_KEY": "x" * 40, "KB_SITE_URL": "https://peers.example", "KB_WORKERS": "2"}

_PREPARED = """
set -eu
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount -o remount,bind,ro "$ROOT"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs tmpfs "$ROOT/tmp"
mount --bind "$VOLUME" "$ROOT/var/lib/citypeers"
exec chroot --userspec="$OWNER:$OWNER" --groups= "$ROOT" /usr/bin/setpriv --no-new-privs /usr/bin/env -i "$@"
"""
_SECONDS = 180
_TEMPORARY = "/tmp"  # noqa: S108 - the image's, which is empty at each start


def buildah(*arguments: str) -> str:
    done = subprocess.run(["buildah", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Image:
    """The image's own settings, its files, and a folder in place of its volume."""

    def __init__(self, root: Path, volume: Path, config: dict[str, Any]) -> None:
        self.root, self.config, self._volume = root, config, volume
        self.owner = config["User"]
        self._environment: dict[str, str] = dict(pair.split("=", 1) for pair in config["Env"])

    def command(self, *arguments: str, settings: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        """What starts a program of the image as a container would, and the environment for it."""
        values = [f"{name}={value}" for name, value in (self._environment | settings).items()]
        start = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _PREPARED, "sh"]
        places = {"ROOT": str(self.root), "VOLUME": str(self._volume), "OWNER": self.owner}
        return [*start, *values, *arguments], {**os.environ, **places}

    def run(self, *arguments: str, settings: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """What a program of the image says and how it ends."""
        command, environment = self.command(*arguments, settings=SETTINGS if settings is None else settings)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)

    @contextmanager
    def serving(self) -> Iterator[tuple[int, int]]:
        """The site while it runs: its port, and the id of its first process."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command, environment = self.command("kb", "serve", settings={**SETTINGS, "PORT": str(port)})
        with subprocess.Popen(command, env=environment) as process:
            try:
                self._wait(port)
                first = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
                yield port, first
                os.kill(first, signal.SIGTERM)
                assert process.wait(timeout=60) == 0
            finally:
                process.kill()

    def is_healthy(self, port: int) -> bool:
        """What the image's own check says."""
        kind, *check = self.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.run(*check, settings={"PORT": str(port)}).returncode == 0

    def _wait(self, port: int) -> None:
        end = time.monotonic() + _SECONDS
        while not self.is_healthy(port):
            assert time.monotonic() < end, "the site did not start"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    described = json.loads(buildah("inspect", "--type", "image", IMAGE))["Docker"]["config"]
    volume = tmp_path_factory.mktemp("volume")
    os.chown(volume, int(described["User"]), int(described["User"]))
    container = buildah("from", "--pull-never", IMAGE)
    try:
        yield Image(Path(buildah("mount", container)), volume, described)
    finally:
        buildah("rm", container)


def status_of(port: int, path: str) -> int:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            answer.read()
            return int(answer.status)
    except HTTPError as problem:
        return problem.code


def test_the_image_says_how_it_is_run(image: Image) -> None:
    assert image.owner not in {"", "0", "root"}
    assert list(image.config["Volumes"]) == ["/var/lib/citypeers"]
    assert list(image.config["ExposedPorts"]) == ["8000/tcp"]
    assert (image.config["Entrypoint"], image.config["Cmd"]) == (["kb"], ["serve"])
    assert "Healthcheck" in image.config


def test_no_secret_no_data_and_no_tools_of_the_build_are_inside(image: Image) -> None:
    set_in_image = {pair.partition("=")[0] for pair in image.config["Env"]}
    assert not {"KB_SECRET_KEY", "KB_SITE_URL", "KB_SMTP_URL", "KB_DEVELOPMENT"} & set_in_image
    installed = image.root / "opt" / "citypeers"
    names = {path.name for path in installed.rglob("*")}
    assert {"kb", "alembic.ini", "pico.min.css"} <= names
    folders = (image.root, installed, installed / "share" / "citypeers")
    beside = {path.name for folder in folders for path in folder.iterdir()}
    assert not {".git", ".env", "citypeers.sqlite3", "instance", "node_modules", "tests", "src"} & beside
    assert not any((image.root / "usr/bin" / program).exists() for program in ("gcc", "npm", "node", "pip3"))


def test_without_its_secret_and_its_address_it_does_not_start(image: Image) -> None:
    for settings, words in (
        ({"KB_SITE_URL": SETTINGS["KB_SITE_URL"]}, "KB_SECRET_KEY"),
        ({"KB_SECRET_KEY": SETTINGS["KB_SECRET_KEY"]}, "KB_SITE_URL"),
    ):
        done = image.run("kb", "serve", settings=settings)
        assert done.returncode == 1
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_only_its_folder_can_be_written(image: Image) -> None:
    for path, may in (
        ("/x", False),
        ("/opt/citypeers/x", False),
        ("/etc/x", False),
        (f"{_TEMPORARY}/x", True),
        ("/var/lib/citypeers/x", True),
    ):
        assert (image.run("touch", path).returncode == 0) is may, path
    assert image.run("rm", "/var/lib/citypeers/x").returncode == 0
    assert image.run("id", "-u").stdout.strip() == image.owner


def test_it_makes_its_database_and_serves_every_kind_of_page(image: Image) -> None:
    seeded = image.run("kb", "seed")
    assert seeded.returncode == 0, seeded.stderr
    with image.serving() as (port, first):
        for path in ("/", "/search?q=flood", "/cities", "/map", "/peers", "/style.css", "/readyz"):
            assert status_of(port, path) == 200, path
        # Pango and fonts, in a process of their own.
        assert status_of(port, "/shortlist/brief.pdf?city=jakarta") == 200
        owners = {line for line in Path(f"/proc/{first}/status").read_text().splitlines() if line.startswith("Uid:")}
        assert owners == {"Uid:\t" + "\t".join([image.owner] * 4)}
    doctor = image.run("kb", "doctor")
    assert "PROBLEM" not in doctor.stdout, doctor.stdout
    assert doctor.returncode == 0


def test_a_backup_of_postgresql_needs_nothing_else(image: Image) -> None:
    assert image.run("pg_dump", "--version").returncode == 0


def test_nobody_but_root_owns_the_program(image: Image) -> None:
    own = int(image.owner)
    found = [path for path in (image.root / "opt").rglob("*") if path.lstat().st_uid == own]
    assert found == []


def test_the_check_of_health_fails_where_nothing_listens(image: Image) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert not image.is_healthy(free.getsockname()[1])
