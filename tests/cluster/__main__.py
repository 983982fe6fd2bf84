"""`make cluster`, `make cluster-stop` and `make test-cluster`."""

import argparse
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from .cluster import Cluster, running
from .programs import ClusterError, stop_left_over

FOLDER = Path(tempfile.gettempdir()) / "citypeers-cluster"


def main() -> int:
    """Do what was asked for; one line and a status that is not 0 where it failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster")
    parser.add_argument("task", choices=["run", "stop"])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where everything lies")
    parser.add_argument("--port", type=int, default=8000, help="port of the site")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.task == "stop":
            print("stopped: " + (", ".join(stop_left_over(options.folder)) or "nothing was running"))
            return 0
        _run(options.folder, options.port)
    except ClusterError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run(folder: Path, port: int) -> None:
    print(f"starting the cluster in {folder}, which takes about half a minute", flush=True)
    with running(folder, port) as cluster:
        _tell(cluster)
        with suppress(KeyboardInterrupt):
            signal.pause()
        print("stopping", flush=True)


def _tell(cluster: Cluster) -> None:
    print(f"site: {cluster.url}")
    for node in cluster.nodes:
        print(f"{node.name}: {node.url}, its settings: {node.folder / 'node.env'}")
    for database in cluster.databases:
        state = "primary" if database.is_in_state("primary") else "standby"
        print(f"{database.name}: port {database.port}, {state}, Patroni http://127.0.0.1:{database.rest_port}/")
    print(f"servers: patronictl -c {cluster.folder / 'db1' / 'patroni.yml'} list")
    print("Ctrl-C, or `make cluster-stop` in another terminal, stops it. The data stay in the folder.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
