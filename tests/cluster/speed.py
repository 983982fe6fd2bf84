"""Pages a second by one, two and three web nodes, and where the processor time of a page goes."""

import http.client
import os
import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from .cluster import Cluster, Node
from .figures import Figures
from .programs import descendants
from .visitors import PAGES

SECONDS = 20.0
READERS = 8


def measure(cluster: Cluster, figures: Figures, seconds: float = SECONDS) -> None:
    """Let readers load pages from one node, from two, and from all, as fast as they are answered."""
    for count in range(1, len(cluster.nodes) + 1):
        nodes = cluster.nodes[:count]
        _load(nodes, 3.0)
        parts = _parts(cluster, nodes)
        before = {name: _cpu_seconds(pids) for name, pids in parts.items()}
        began, own = time.monotonic(), time.process_time()
        pages = _load(nodes, seconds)
        trial = f"speed, {count} node{'s' if count > 1 else ''}"
        figures.note(trial, "pages a second", pages / (time.monotonic() - began))
        for name, pids in parts.items():
            spent = _cpu_seconds(pids) - before[name]
            figures.note(trial, f"processor time of a page, {name}", spent * 1000 / pages, "ms")
        figures.note(trial, "processor time of a page, readers", (time.process_time() - own) * 1000 / pages, "ms")


def _parts(cluster: Cluster, nodes: Sequence[Node]) -> dict[str, list[int]]:
    """The process ids that a part begins with."""
    servers = [database.postmaster for database in cluster.databases]
    return {
        "web nodes": [node.site.pid for node in nodes],
        "PostgreSQL": [pid for pid in servers if pid is not None],
        "HAProxy to the database": [node.database_proxy.pid for node in nodes],
        "Redis": [cluster.redis.pid],
    }


def _load(nodes: Sequence[Node], seconds: float) -> int:
    """How many pages readers got, each from one node after the other, past the balancer, which would take time too."""
    until = time.monotonic() + seconds
    counts = [0] * READERS

    def read(number: int) -> None:
        chosen = random.Random(number)
        # Limits count by address.
        addresses = [(f"127.220.{number}.{part}", 0) for part in range(1, 41)]
        connections = [
            [http.client.HTTPConnection("127.0.0.1", node.port, source_address=each) for each in addresses]
            for node in nodes
        ]
        while time.monotonic() < until:
            connection = chosen.choice(connections[counts[number] % len(nodes)])
            connection.request("GET", chosen.choice(PAGES), headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"a page was answered with {answer.status}")
            counts[number] += 1
        for connection in (each for several in connections for each in several):
            connection.close()

    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _cpu_seconds(pids: Sequence[int]) -> float:
    return sum(_cpu_of(each) for pid in pids for each in (pid, *descendants(pid)))


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # User and system time, and that of children that have ended.
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
