"""Programs that run beside each other: started in sessions of their own, each with a log, and ended by their ids."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

DEBIAN_PACKAGES = {
    "etcd": "etcd-server",
    "patroni": "patroni",
    "haproxy": "haproxy",
    "redis-server": "redis-server",
}
_FOLDERS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"
_POSTGRESQL = Path("/usr/lib/postgresql")
_END_SECONDS = 40.0


class ClusterError(Exception):
    """What is wrong with the cluster, and what to do, in one line."""


def program(name: str) -> str:
    """The path of a program. Raises ClusterError that names the package."""
    path = shutil.which(name, path=_FOLDERS)
    if path is None:
        raise ClusterError(f"{name} is not installed: sudo apt-get install {DEBIAN_PACKAGES[name]}")
    return path


def postgresql_programs() -> Path:
    """The folder of the programs of PostgreSQL 15 or later, the newest one. Raises ClusterError."""
    paths = sorted(_POSTGRESQL.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not paths:
        raise ClusterError("PostgreSQL is not installed: sudo apt-get install postgresql")
    return paths[-1].parent


def server_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; so root runs the servers as the user postgres, and everybody else as they are.

    Raises ClusterError.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise ClusterError("there is no user postgres: sudo apt-get install postgresql") from None


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens, each another one."""
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def until(is_so: Callable[[], object], seconds: float, what: str) -> None:
    """Look again and again until something is so. Raises ClusterError with what was waited for."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise ClusterError(f"not within {seconds:.0f} seconds: {what}")
        time.sleep(0.1)


class Program:
    """One program of the cluster. Its process id and its output lie in files of its folder."""

    def __init__(
        self,
        name: str,
        folder: Path,
        argv: Sequence[str],
        environment: Mapping[str, str] | None = None,
        as_user: pwd.struct_passwd | None = None,
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.environment = dict(environment or {})
        self._folder = folder
        self._as_user = as_user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self._folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """Its process id. Raises ClusterError where it does not run."""
        if self._process is None:
            raise ClusterError(f"{self.name} was not started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; what it wrote before stays in its log."""
        environment = {"PATH": _FOLDERS, "HOME": str(self._folder), "LC_ALL": "C.UTF-8"} | self.environment
        user = self._as_user
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                **as_user,  # type: ignore[call-overload]
            )
        self._pid_file.write_text(f"{self._process.pid} {started_at(self._process.pid)}\n")

    def signal(self, number: int) -> None:
        """Send a signal to it, if it runs."""
        if self.is_running:
            os.kill(self.pid, number)

    def stop(self, seconds: float = _END_SECONDS) -> None:
        """Ask it to end and wait for that; it is killed where it does not."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        self._wait(seconds)

    def kill(self) -> None:
        """End it and all its descendants at once, as when its machine loses power."""
        if self._process is None:
            return
        for pid in (self._process.pid, *descendants(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait(5)

    @property
    def _pid_file(self) -> Path:
        return self._folder / f"{self.name}.pid"

    def _wait(self, seconds: float) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            for pid in (self._process.pid, *descendants(self._process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait(5)
        self._pid_file.unlink(missing_ok=True)


def started_at(pid: int) -> str:
    """When a process began, as the system counts it: with it, an id is that of no other process. Empty if it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [found for child in children for found in (child, *descendants(child))]


def stop_left_over(folder: Path) -> list[str]:
    """End what still runs of a cluster whose own process is gone, by the ids in its folder; their names.

    Raises ClusterError for a folder of somebody else, who could have any process ended.
    """
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != os.geteuid()):
        raise ClusterError(f"{folder} belongs to somebody else: name another folder by FOLDER=")
    stopped = []
    for file in sorted(folder.glob("*.pid"), key=lambda path: path.stat().st_mtime, reverse=True):
        pid, _, began = file.read_text().strip().partition(" ")
        if began and started_at(int(pid)) == began:
            os.kill(int(pid), signal.SIGCONT)
            os.kill(int(pid), signal.SIGTERM)
            with contextlib.suppress(ClusterError):
                until(lambda pid=int(pid): not started_at(pid), _END_SECONDS, "")  # type: ignore[misc]
            stopped.append(file.stem)
        file.unlink()
    return stopped
