"""The site as a visitor meets it: a real `kb serve`, one worker unless told otherwise, timed over HTTP and measured."""

import http.client
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from statistics import mean
from urllib.parse import urlencode, urljoin

from tests import http_server

from .figures import Figures, in_ms, timed
from .records import Asked

_ASSETS = re.compile(r'<(?:link|script)[^>]+(?:href|src)="([^"]+\.(?:css|js|woff2|svg)(?:\?[^"]*)?)"')

AS_BROWSERS = "gzip, deflate, br, zstd"
"""The encodings that a browser takes."""

IN_PRODUCTION = {
    "KB_DEVELOPMENT": "0",
    "KB_SITE_URL": "https://peers.example",
    "KB_SECRET_KEY": "made up for the bench, and long enough to be refused by nobody",
}
"""Settings with which a site looks at its own files once, as everywhere but on a developer's machine."""

ROUNDS = 3
"""How often the same pages are asked for: on a machine that others use too, the quietest round tells what they take."""

_LOOK_SECONDS = 0.05
"""How often memory is looked at while a file comes."""


@contextmanager
def served(database_url: str, search_index: Path, **settings: str) -> Iterator["Site"]:
    """Run the site on a free port while the block lasts; settings by their environment names."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "KB_SEARCH_INDEX": str(search_index),
        "KB_INSTANCE": str(search_index.parent / "instance"),
        "KB_DEVELOPMENT": "1",
        "KB_RATE_LIMIT": "1000000 per minute",
        "KB_RATE_LIMIT_FORUM": "1000000 per minute",
        "KB_RATE_LIMIT_LIGHT": "1000000 per minute",
        "KB_LOG_LEVEL": "ERROR",
        "KB_WORKERS": "1",
        **settings,
    }
    with http_server.served(environment, search_index.parent / "serve.log", by_shell=True) as server:
        site = Site(server)
        yield site
        site.close()


class Site:
    """A running site."""

    def __init__(self, server: http_server.HttpServer) -> None:
        self.port = server.port
        self._server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str, accepted: str = AS_BROWSERS) -> tuple[int, bytes]:
        """Status and body, compressed if the site compresses."""
        self._connection.request("GET", path, headers={"Accept-Encoding": accepted})
        response = self._connection.getresponse()
        return response.status, response.read()

    def load(self, path: str, accepted: str = AS_BROWSERS) -> bytes:
        """The body of a page that must be there, compressed if the site compresses."""
        status, body = self.get(path, accepted)
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}")
        return body

    def measured(self, calls: Collection[Callable[[], object]]) -> Figures:
        """What the calls took: wall, and CPU of the workers, for one call on the average; of the quietest of ROUNDS."""
        return min((self._measured(calls) for _ in range(ROUNDS)), key=itemgetter("cpu_ms"))

    def _measured(self, calls: Collection[Callable[[], object]]) -> Figures:
        before = self.cpu_seconds()
        seconds = timed(calls)
        return {**in_ms(seconds), "cpu_ms": round((self.cpu_seconds() - before) * 1000 / len(calls), 2)}

    def cpu_seconds(self) -> float:
        """The processor time of all workers so far."""
        return sum(_cpu_seconds(worker) for worker in self.worker_pids())

    def settle(self) -> None:
        """Wait until the workers have nothing left to do of what they do beside requests."""
        deadline = time.monotonic() + 120
        before = -1.0
        while time.monotonic() < deadline and (now := self.cpu_seconds()) > before + 0.02:
            before = now
            time.sleep(0.5)

    def search(self, asked: Asked) -> None:
        """Load a whole page of results."""
        names = [("q", asked.text), *((field, value) for field, values in asked.filters.items() for value in values)]
        self.load(f"/search?{urlencode(names)}")

    def peers(self, place_id: int) -> None:
        """Load a whole page of peers among all places, with three challenges ticked."""
        names = [("place", place_id), ("pool", "places")]
        names += [("challenge", code) for code in ("flooding:under-a-third", "heat", "congestion")]
        self.load(f"/peers?{urlencode(names)}")

    def shows(self, word: str) -> bool:
        """Whether a search for a word finds an entry with it."""
        return f"<mark>{word}</mark>".encode() in self.get(f"/search?q={word}", "identity")[1]

    def worker_pids(self) -> list[int]:
        """The processes that the arbiter has started, as they are now."""
        return self._server.workers

    def memory_mb(self) -> float:
        """The memory of the parent and its workers together; what they share is counted once (PSS)."""
        return sum(map(_pss_mb, (self._server.process.pid, *self.worker_pids())))

    def seconds_of_download(self, path: str) -> float:
        """Seconds until a file has come whole."""
        return self._download(path)[0]

    def memory_of_download(self, path: str) -> float:
        """By how many megabytes the workers' memory (PSS) grows while a file comes; looking at it slows them."""
        return self._download(path, looks=True)[1]

    def _download(self, path: str, *, looks: bool = False) -> tuple[float, float]:
        before = most = sum(map(_pss_mb, self.worker_pids()))
        start = looked = time.perf_counter()
        self._connection.request("GET", path, headers={"Accept-Encoding": AS_BROWSERS})
        response = self._connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"{path} was answered with {response.status}")
        while response.read(1 << 16):
            if looks and time.perf_counter() > looked + _LOOK_SECONDS:
                looked = time.perf_counter()
                most = max(most, sum(map(_pss_mb, self.worker_pids())))
        return time.perf_counter() - start, most - before

    def load_in_all_workers(self, path: str) -> None:
        """Load a page over connections of their own, until each worker has surely had one."""
        for _ in range(8 * len(self.worker_pids())):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()

    def size_kb(self, paths: Iterable[str]) -> float:
        """Kilobytes of a page on the average, before it is compressed."""
        return mean(len(self.load(path, "identity")) for path in paths) / 1024

    def weight_kb(self, path: str) -> float:
        """Kilobytes that a first visit to a page loads, with its style, scripts, fonts and drawings, compressed."""
        body = self.load(path)
        html = self.load(path, "identity")
        assets = {urljoin(path, found).split("#")[0] for found in _ASSETS.findall(html.decode())}
        assets |= {found.split("#")[0] for found in re.findall(r'<use href="([^"]+)"', html.decode())}
        return (len(body) + sum(len(self.get(asset)[1]) for asset in assets)) / 1024


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process, from the fields 14 and 15 of its line; its name may hold blanks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss_mb(pid: int) -> float:
    match = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0
