"""The site as a visitor meets it: a real `kb serve` with one worker, timed over HTTP, weighed and measured."""

import gzip
import http.client
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urljoin

from tests import http_server

from .records import Asked

_ASSETS = re.compile(r'<(?:link|script)[^>]+(?:href|src)="([^"]+\.(?:css|js|woff2|svg)[^"]*)"')


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
        **settings,
    }
    with http_server.served(environment, search_index.parent / "serve.log") as server:
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

    def worker_pids(self) -> list[int]:
        """The processes that the arbiter has started, as they are now."""
        return self._server.workers

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
