"""A real PostgreSQL of our own for one test run: made in a temporary folder, reached by a socket, thrown away after."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

_DEBIAN = Path("/usr/lib/postgresql")

FOR_MANY_DATABASES = {
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "full_page_writes": "off",
    "shared_buffers": "24MB",
    "synchronous_commit": "off",
}
"""Settings where a database comes and goes with each test: all are small, and nothing is written for a crash."""


def programs() -> Path | None:
    """The folder with PostgreSQL's newest server programs, or None where they are not installed."""
    if paths := sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])):
        return paths[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def cluster(settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Run a cluster while the block lasts and give its SQLAlchemy URL, to which a database name is to be added."""
    with _folder() as folder:
        data = str(folder / "data")
        words = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        _run(folder, "initdb", "-D", data, *words)
        with _running(folder, settings) as pattern:
            yield pattern


@contextmanager
def standby(pattern: str, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Run a standby that follows a running cluster while the block lasts, and give the URL of `postgres` on it."""
    with _folder() as folder:
        words = ("-U", "postgres", "-h", str(_folder_of(pattern)), "--checkpoint=fast", "--no-sync", "-R")
        _run(folder, "pg_basebackup", "-D", str(folder / "data"), *words)
        with _running(folder, settings) as standby_pattern:
            yield standby_pattern.format(name="postgres")


def stop(pattern: str) -> None:
    """Stop a server at once, as a crash would, before its block ends."""
    _control(_folder_of(pattern), "-m", "immediate", "stop")


def start(pattern: str) -> None:
    """Start a server again that was stopped, with its settings of before."""
    restart(pattern)


def restart(pattern: str) -> None:
    """Stop a server in order, and start it again with its settings of before."""
    _control(_folder_of(pattern), "-m", "fast", "restart")


def promote(pattern: str) -> None:
    """Make a standby a primary."""
    _control(_folder_of(pattern), "promote")


@contextmanager
def _folder() -> Iterator[Path]:
    if programs() is None:
        raise RuntimeError("PostgreSQL's server programs are missing: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="kb-pg-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
    options += "".join(f" -c {name}={value}" for name, value in settings.items())
    _control(folder, "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://postgres@/{{name}}?host={folder}"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _control(folder, "-m", "immediate", "stop")


def _folder_of(pattern: str) -> Path:
    return Path(pattern.partition("?host=")[2])


def _control(folder: Path, *words: str) -> None:
    _run(folder, "pg_ctl", "-D", str(folder / "data"), "-w", *words)


def _run(folder: Path, program: str, *words: str) -> None:
    command = [str(programs() / program), *words]  # type: ignore[operator] # they are installed
    # What a server that was started goes on writing would keep a pipe open, so it is a file.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        ended = subprocess.run(command, check=False, cwd=folder, stdout=said, stderr=said, **_server_user(folder))
        if ended.returncode:
            said.seek(0)
            raise RuntimeError(f"{program} ended with {ended.returncode}: {said.read().strip()}")


def _server_user(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root, so root hands the folder to the user postgres and runs it as that user."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
