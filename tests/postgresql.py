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
    folder_of_programs = programs()
    if folder_of_programs is None:
        raise RuntimeError("PostgreSQL's server programs are missing: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="kb-pg-"))
    as_user = _server_user(folder)

    def run(*words: str) -> None:
        command = [str(folder_of_programs / words[0]), *words[1:]]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_user)

    try:
        data = str(folder / "data")
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
        options += "".join(f" -c {name}={value}" for name, value in settings.items())
        run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres@/{{name}}?host={folder}"
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stop(pattern: str) -> None:
    """Stop a cluster at once, as a crash would, before its block ends."""
    folder = Path(pattern.partition("?host=")[2])
    command = [str(programs() / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "-w", "stop"]  # type: ignore[operator] # it runs
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **_server_user(folder))


def _server_user(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root, so root hands the folder to the user postgres and runs it as that user."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
