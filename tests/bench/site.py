"""The site as a visitor meets it: a real `kb serve` with one worker, timed over HTTP, weighed and measured."""

import gzip
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urljoin

from .records import Asked

_ASSETS = re.compile(r'<(?:link|script)[^>]+(?:href|src)="([^"]+\.(?:css|js|woff2|svg)[^"]*)"')


@contextmanager
def served(database_url: str, search_index: Path, **settings: str) -> Iterator["Site"]:
    """Run the site on a free port while the block lasts; settings by their environment names."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "KB_SEARCH_INDEX": str(search_index),
        "KB_INSTANCE": str(search_index.parent / "instance"),
        "KB_DEVELOPMENT": "1",
        "PORT": str(port),
        "KB_RATE_LIMIT": "1000000 per minute",
        "KB_RATE_LIMIT_FORUM": "1000000 per minute",
        "KB_RATE_LIMIT_LIGHT": "1000000 per minute",
        "KB_LOG_LEVEL": "ERROR",
        **settings,
    }
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "kb"), "serve"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        site = Site(port, process.pid)
        site.wait()
        yield site
        site.close()
    finally:
        process.terminate()
        process.wait(20)


class Site:
    """A running site."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._pid = pid
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def wait(self) -> None:
        """Wait until it answers."""
        for _ in range(300):
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except OSError:
                self._connection.close()
            time.sleep(0.1)
        raise RuntimeError("the site did not start")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body, compressed if the site compresses."""
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = self._connection.getresponse()
        return response.status, response.read()

    def search(self, asked: Asked) -> None:
        """Load a whole page of results."""
        names = [("q", asked.text), *((field, value) for field, values in asked.filters.items() for value in values)]
        status, _ = self.get(f"/search?{urlencode(names)}")
        if status != 200:
            raise RuntimeError(f"{asked} was answered with {status}")

    def peers(self, place_id: int) -> None:
        """Load a whole page of peers among all places, with three challenges ticked."""
        names = [("place", place_id), ("pool", "places")]
        names += [("challenge", code) for code in ("flooding:under-a-third", "heat", "congestion")]
        status, _ = self.get(f"/peers?{urlencode(names)}")
        if status != 200:
            raise RuntimeError(f"the peers of place {place_id} were answered with {status}")

    def shows(self, word: str) -> bool:
        """Whether a search for a word finds an entry with it."""
        body = self.get(f"/search?q={word}")[1]
        html = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        return f"<mark>{word}</mark>".encode() in html

    def worker_pids(self) -> list[str]:
        """The processes that the arbiter has started, as they are now."""
        return Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()

    def memory_mb(self) -> float:
        """Resident memory of the worker, the largest child of the arbiter."""
        sizes = []
        for child in self.worker_pids():
            match = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{child}/status").read_text())
            sizes.append(int(match[1]) / 1024 if match else 0.0)
        return max(sizes)

    def weight_kb(self, path: str) -> float:
        """Kilobytes that a first visit to a page loads, with its style, scripts, fonts and drawings, compressed."""
        status, body = self.get(path)
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}")
        html = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        assets = {urljoin(path, found).split("#")[0] for found in _ASSETS.findall(html.decode())}
        assets |= {found.split("#")[0] for found in re.findall(r'<use href="([^"]+)"', html.decode())}
        return (len(body) + sum(len(self.get(asset)[1]) for asset in assets)) / 1024
