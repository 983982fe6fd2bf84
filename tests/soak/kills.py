"""`make soak-kills`: 20 minutes of writing and reading while follower, rebuild, worker and server are killed at random.

One machine, one database. Every few kills the writer rests, and the index is compared with the database, entry by
entry. Ends non-zero where they differ, where something failed that should not, or where memory or the index grows.
"""

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import requests
from sqlalchemy import select

from config import ROOT
from kb.catalogue.models import City, Initiative
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.search import indexing
from kb.seeding import seed
from tests import postgresql
from tests.bench.forum import migrated
from tests.cluster.programs import Program, descendants, free_ports, until
from tests.factories import make_initiative

PAGES = ("/", "/search?q=flood", "/search?q=made-up", "/cities/surat/peers", "/goals/11", "/map", "/suggest?q=ma")
MOST_MEGABYTES_AN_HOUR = 60.0
MOST_INDEX_GROWTH = 3.0
KILLS_A_CHECK = 8
SETTLED_SHARE = 0.25
"""Memory is looked at after this share of the run: before, caches fill."""


class Killed:
    """The site, its second follower, and what is killed of them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder, self.port = folder, free_ports(1)[0]
        self.index = folder / "search_index"
        self.database = Database(url, connections=5)
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": url,
            "KB_SEARCH_INDEX": str(self.index),
            "KB_INSTANCE": str(folder / "instance"),
            "KB_DEVELOPMENT": "1",
            "KB_WORKERS": "1",
            "KB_RATE_LIMIT": "1000000 per minute",
            "KB_LOG_LEVEL": "WARNING",
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
        }
        kb = [sys.executable, "-m", "kb"]
        self.site = Program("site", folder, [*kb, "serve"], environment)
        self.follower = Program("follower", folder, [*kb, "index", "follow"], environment)
        self.rebuild = Program("rebuild", folder, [*kb, "index", "rebuild"], environment)
        self.kills: Counter[str] = Counter()
        self._random = random.Random(7)

    def start(self) -> None:
        self.site.start()
        self.follower.start()
        until(self.answers, 120, "the site answers")

    def stop(self) -> None:
        for program in (self.rebuild, self.follower, self.site):
            program.stop()
        self.database.dispose()

    def answers(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).status_code == 200
        return False

    def kill_something(self) -> None:
        """Kill one of the processes, chosen at random, and start what does not start itself."""
        kinds: list[Callable[[], str]] = [self._kill_follower, self._kill_rebuild, self._kill_worker, self._kill_server]
        kind = self._random.choices(kinds, weights=[5, 6, 4, 1])[0]
        self.kills[kind()] += 1

    def _kill_follower(self) -> str:
        self.follower.kill()
        self.follower.start()
        return "follower"

    def _kill_rebuild(self) -> str:
        """A rebuild that has come anywhere: before its first line, in the middle, or at the swap."""
        self.rebuild.stop()
        self.rebuild.start()
        time.sleep(self._random.uniform(0.5, 6.0))
        was_at_work = self.rebuild.is_running
        self.rebuild.kill()
        return "rebuild" if was_at_work else "rebuild that had ended"

    def _kill_worker(self) -> str:
        """The process that serves pages, with the follower in it; the parent starts another."""
        for pid in descendants(self.site.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return "worker, with its follower"

    def _kill_server(self) -> str:
        self.site.kill()
        self.site.start()
        until(self.answers, 120, "the site answers again")
        return "server"

    def memory_mb(self) -> float | None:
        """The memory of the site's processes together (PSS); None while one of them is being replaced."""
        pids = [self.site.pid, *descendants(self.site.pid)]
        try:
            return sum(_pss_mb(pid) for pid in pids) if len(pids) > 1 else None
        except OSError:
            return None

    def index_mb(self) -> float:
        """What lies in the folder of the index."""
        sizes = (path.stat().st_size for path in list(self.index.rglob("*")) if path.is_file())
        with suppress(OSError):
            return sum(sizes) / 1_000_000
        return 0.0

    def differences(self) -> int:
        """Differences between index and database once all changes were followed; nobody may write meanwhile."""
        until(self._has_followed, 120, "the index has followed the change log")
        return len(indexing.check(self.database, self.index))

    def _has_followed(self) -> bool:
        status = indexing.status(self.database, self.index)
        return status.generation is not None and status.lag == 0


class Writer(threading.Thread):
    """Publishes, changes and removes initiatives without a pause, but while it rests for a comparison."""

    def __init__(self, database: Database) -> None:
        super().__init__(daemon=True)
        self._database, self._random = database, random.Random(11)
        self.rests, self._may_go, self._is_over = threading.Event(), threading.Event(), threading.Event()
        self._may_go.set()
        self.written: Counter[str] = Counter()

    def run(self) -> None:
        while not self._is_over.is_set():
            if not self._may_go.is_set():
                self.rests.set()
                self._may_go.wait()
                self.rests.clear()
            try:
                self.written[self._write()] += 1
            except TEMPORARY:
                self.written["that had to wait, and were given up"] += 1
            self._is_over.wait(self._random.uniform(0.05, 0.6))

    def rest(self) -> None:
        """Let nothing be written from now on."""
        self._may_go.clear()
        self.rests.wait(60)

    def go_on(self) -> None:
        """Write again."""
        self._may_go.set()

    def end(self) -> None:
        """End the thread."""
        self._is_over.set()
        self.go_on()
        self.join(60)

    def _write(self) -> str:
        with self._database.writing() as session:
            made_up = session.scalars(select(Initiative).where(Initiative.title.like("Made-up soak %"))).all()
            what = self._random.random()
            if len(made_up) < 20 or (what < 0.3 and len(made_up) < 60):
                cities = session.scalars(select(City).order_by(City.id).limit(50)).all()
                title = f"Made-up soak {self._random.randrange(10**9)}"
                make_initiative(session, title, cities=(self._random.choice(cities),))
                return "published"
            initiative = self._random.choice(made_up)
            if what < 0.5:
                session.delete(initiative)
                return "removed"
            initiative.title = f"Made-up soak {self._random.randrange(10**9)}"
            return "changed"


def _pss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _read(killed: Killed, statuses: Counter[str], stop: threading.Event) -> None:
    chosen = random.Random(13)
    while not stop.wait(0.25):
        try:
            answer = requests.get(f"http://127.0.0.1:{killed.port}{chosen.choice(PAGES)}", timeout=30)
            statuses[str(answer.status_code)] += 1
        except requests.RequestException:
            statuses["connection broken by a kill"] += 1


def soak(url: str, folder: Path, seconds: float, kills: int) -> list[str]:
    """Run, print the figures, and return what is wrong with them."""
    migrated(url)
    killed = Killed(url, folder)
    with killed.database.writing() as session:
        seed(session, ROOT / "seed_data")
    killed.start()
    writer, stop, statuses = Writer(killed.database), threading.Event(), Counter[str]()
    readers = [threading.Thread(target=_read, args=(killed, statuses, stop), daemon=True) for _ in range(2)]
    for thread in (writer, *readers):
        thread.start()
    began, differences, checks = time.monotonic(), 0, 0
    memory: list[tuple[float, float]] = []
    index_mb: list[float] = []
    try:
        while killed.kills.total() < kills or time.monotonic() < began + seconds:
            due = began + seconds * killed.kills.total() / kills
            while time.monotonic() < due:
                time.sleep(0.5)
            # What grows with the requests that a process has answered, not with how young it is.
            if (used := killed.memory_mb()) is not None:
                memory.append((time.monotonic() - began, used))
            killed.kill_something()
            if killed.kills.total() % KILLS_A_CHECK == 0:
                writer.rest()
                differences += killed.differences()
                checks += 1
                index_mb.append(killed.index_mb())
                writer.go_on()
        writer.end()
        differences += killed.differences()
        index_mb.append(killed.index_mb())
    finally:
        stop.set()
        writer.end()
        for reader in readers:
            reader.join(60)
        killed.stop()
    took = time.monotonic() - began
    settled = [(moment, used) for moment, used in memory if moment > took * SETTLED_SHARE]
    slope = statistics.linear_regression(*zip(*settled, strict=True)).slope * 3600 if len(settled) > 2 else 0.0
    print(f"{took:.0f} s, {killed.kills.total()} kills: {_counted(killed.kills)}")
    print(f"writes: {_counted(writer.written)}; pages: {_counted(statuses)}")
    print(f"index compared with the database {checks + 1} times: {differences} differences")
    print(f"memory: median {statistics.median(used for _, used in settled):.0f} MB, slope {slope:+.1f} MB an hour")
    print(f"index: {index_mb[0]:.1f} MB when first compared, {index_mb[-1]:.1f} MB at the end")
    problems = [f"{differences} differences between index and database"] if differences else []
    problems += [f"{count} pages were answered with {status}" for status, count in statuses.items() if status == "500"]
    if slope > MOST_MEGABYTES_AN_HOUR:
        problems.append(f"memory grows by {slope:.1f} MB an hour")
    if index_mb[-1] > MOST_INDEX_GROWTH * index_mb[0]:
        problems.append(f"the index grew from {index_mb[0]:.1f} to {index_mb[-1]:.1f} MB")
    return problems


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} x {what}" for what, count in counts.most_common())


def main() -> int:
    """Run what is asked for; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="make soak-kills")
    parser.add_argument("--seconds", type=float, default=1_200)
    parser.add_argument("--kills", type=int, default=200, help="at least so many, spread over the time")
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="kb-soak-")))
        url = f"sqlite:///{folder}/soak.sqlite3"
        if options.database == "postgresql":
            url = opened.enter_context(postgresql.cluster()).format(name="postgres")
        problems = soak(url, folder, options.seconds, options.kills)
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
