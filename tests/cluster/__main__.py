"""`make cluster`, `make cluster-stop` and `make test-cluster`."""

import argparse
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from . import speed
from .cluster import Cluster, remove, running
from .figures import Figures
from .programs import ClusterError, stop_left_over
from .trials import Trials

TRIALS = {
    1: "primary_killed",
    2: "node_killed",
    3: "node_cut_off",
    4: "audience_through_failover",
    5: "redis_gone",
    6: "rolling_upgrade",
    7: "indexes_agree",
}
FOLDER = Path(tempfile.gettempdir()) / "citypeers-cluster"


def main() -> int:
    """Do what was asked for; one line and a status that is not 0 where it failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster")
    parser.add_argument("task", choices=["run", "stop", "test", "speed"])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where everything lies")
    parser.add_argument("--port", type=int, default=8000, help="port of the site; the trials take a free one")
    parser.add_argument(
        "--trials", type=int, nargs="+", default=list(TRIALS), choices=list(TRIALS), help="which trials"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.task == "stop":
            print("stopped: " + (", ".join(stop_left_over(options.folder)) or "nothing was running"))
            return 0
        if options.task == "test":
            return _test(options.trials)
        if options.task == "speed":
            return _test([], with_speed=True)
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


def _test(numbers: list[int], *, with_speed: bool = False) -> int:
    """Hold the trials on a cluster in a new folder; 1 where a figure is beyond its bounds."""
    began, figures = time.monotonic(), Figures()
    folder = Path(tempfile.mkdtemp(prefix="citypeers-cluster-"))
    print(f"everything that the programs say is in {folder}, until all was well", flush=True)
    with running(folder) as cluster:
        figures.note("0 cluster", "until it is there", time.monotonic() - began, "s")
        trials = Trials(cluster, figures)
        for number in numbers:
            getattr(trials, TRIALS[number])()
        if with_speed:
            speed.measure(cluster, figures)
        trials.close()
    figures.note("0 cluster", "all trials", time.monotonic() - began, "s", most=600)
    print(figures.table())
    for figure in figures.failed:
        print(f"FAILED: {figure.trial}: {figure.what} is {figure.value:g}, may be {figure.bound}", file=sys.stderr)
    if not figures.failed:
        remove(folder)
    return int(bool(figures.failed))


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
