"""The cluster on one machine: etcd, two PostgreSQL servers under Patroni, HAProxy, Redis, and three web nodes."""

import json
import os
import re
import secrets
import shutil
import signal
import string
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config import ROOT
from kb.core.db import Database as CatalogueDatabase
from kb.search import indexing

from .programs import (
    ClusterError,
    Program,
    free_ports,
    postgresql_programs,
    program,
    server_user,
    stop_left_over,
    until,
)

TEMPLATES = ROOT / "deploy" / "cluster"
SERVERS = ("db1", "db2")
NODES = ("web1", "web2", "web3")
_PORTS_OF_A_NODE = ("PRIMARY_PORT", "READ_PORT_A", "READ_PORT_B", "NODE_PORT")
_START_SECONDS = 120.0


class Database:
    """One PostgreSQL server and its Patroni."""

    def __init__(self, name: str, patroni: Program, rest_port: int, port: int, data: Path) -> None:
        self.name, self.patroni, self.rest_port, self.port = name, patroni, rest_port, port
        self._data = data

    @property
    def postmaster(self) -> int | None:
        """The process id of PostgreSQL's first process; None where it does not run."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def is_in_state(self, state: str) -> bool:
        """Whether Patroni says that this server is `primary`, `replica` or `sync`."""
        return status_of(f"http://127.0.0.1:{self.rest_port}/{state}") == 200

    def kill(self) -> None:
        """End Patroni and PostgreSQL at once (kill -9), as when the machine loses power."""
        postmaster = self.postmaster
        self.patroni.kill()
        if postmaster is not None:
            os.kill(postmaster, signal.SIGKILL)


class Node:
    """One web node: its site, and the HAProxy between it and the database."""

    def __init__(self, name: str, site: Program, database_proxy: Program, folder: Path, port: int) -> None:
        self.name, self.site, self.database_proxy, self.folder, self.port = name, site, database_proxy, folder, port

    @property
    def url(self) -> str:
        """The address of this node alone."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_ready(self) -> bool:
        """Whether it says that it can answer and write."""
        return status_of(f"{self.url}/readyz") == 200

    def run(self, *words: str, tree: Path = ROOT) -> str:
        """Run a command of the site with this node's settings; what it printed. Raises ClusterError where it failed."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | self.site.environment
        environment["PYTHONPATH"] = str(tree)
        command = [sys.executable, "-m", "kb", *words]
        # Not in a checkout, from which Python would take the program.
        where = {"env": environment, "cwd": self.folder}
        done = subprocess.run(command, **where, capture_output=True, text=True, check=False, timeout=300)  # type: ignore[call-overload]
        if done.returncode:
            raise ClusterError(f"kb {' '.join(words)} on {self.name}: {done.stdout[-500:]}{done.stderr[-1000:]}")
        return done.stdout


class Cluster:
    """All programs, in one folder. `start` makes what is missing; `stop` ends them in the reverse order."""

    def __init__(self, folder: Path, web_port: int | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._user = server_user()
        self._settings = dict(settings or {})
        self.values = self._values(web_port)
        self.databases: list[Database] = []
        self.nodes: list[Node] = []
        self._programs: list[Program] = []
        self._make_folders()
        self.etcd = self._program("etcd", [program("etcd"), "--config-file", self._written("etcd.yml", "etcd")])
        self.redis = self._program("redis", [program("redis-server"), self._written("redis.conf", "redis")])
        for number, name in enumerate(SERVERS, 1):
            self._add_database(number, name)
        for number, name in enumerate(NODES, 1):
            self._add_node(number, name)
        self.balancer = self._program(
            "balancer", [program("haproxy"), "-db", "-f", self._written("haproxy-web.cfg", "balancer")]
        )

    @property
    def url(self) -> str:
        """The address of the site, by the balancer."""
        return f"http://127.0.0.1:{self.values['WEB_PORT']}"

    def start(self) -> None:
        """Start everything, make the database and its seed, and wait until all nodes are ready."""
        self.etcd.start()
        until(lambda: status_of(f"http://127.0.0.1:{self.values['ETCD_PORT']}/health") == 200, 30, "etcd answers")
        first, second = self.databases
        first.patroni.start()
        until(self.primary_or_none, _START_SECONDS, f"the first PostgreSQL server is the primary ({first.patroni.log})")
        self.redis.start()
        second.patroni.start()
        self.wait_for_standby()
        for node in self.nodes:
            node.database_proxy.start()
        self._prepare_database()
        for node in self.nodes:
            self.start_node(node)
        self.balancer.start()
        self.wait_for_nodes()
        until(self.has_indexes, _START_SECONDS, "every node has an index")
        # What pages share is made when it is first asked for.
        for node in self.nodes:
            until(lambda node=node: status_of(f"{node.url}/cities/surat/peers", 60) == 200, 90, "peers are known")  # type: ignore[misc]
            until(lambda node=node: status_of(f"{node.url}/map", 60) == 200, 90, "the map is known")  # type: ignore[misc]
        until(lambda: status_of(f"{self.url}/healthz") == 200, 30, f"the balancer answers ({self.balancer.log})")

    def stop(self) -> None:
        """End everything; the data stay in the folder."""
        for one in (self.balancer, *(node.site for node in self.nodes)):
            one.stop()
        for one in reversed([one for one in self._programs if one.is_running]):
            one.stop()
        for database in self.databases:
            if (postmaster := database.postmaster) is not None:
                os.kill(postmaster, signal.SIGINT)

    def start_node(self, node: Node, tree: Path = ROOT) -> None:
        """Start the site of a node with the program in `tree`."""
        node.site.environment["PYTHONPATH"] = str(tree)
        node.site.start()

    def wait_for_nodes(self) -> None:
        """Wait until all nodes are ready. Raises ClusterError."""
        for node in self.nodes:
            until(lambda node=node: node.is_ready or not node.site.is_running, _START_SECONDS, f"{node.name} is ready")  # type: ignore[misc]
            if not node.site.is_running:
                raise ClusterError(f"{node.name} ended: {node.site.log.read_text()[-500:]}")

    def primary_or_none(self) -> Database | None:
        """The server that is the primary."""
        return next((database for database in self.databases if database.is_in_state("primary")), None)

    @property
    def primary(self) -> Database:
        """The server that is the primary. Raises ClusterError where there is none."""
        primary = self.primary_or_none()
        if primary is None:
            raise ClusterError("there is no primary")
        return primary

    def wait_for_standby(self, seconds: float = _START_SECONDS) -> None:
        """Wait until a standby receives every commit before it is answered for."""
        until(
            lambda: any(database.is_in_state("sync") for database in self.databases),
            seconds,
            "a standby is synchronous",
        )

    @property
    def database_url(self) -> str:
        """The database by the first node's HAProxy, for whoever prepares and compares."""
        return self.nodes[0].site.environment["DATABASE_URL"]

    def has_indexes(self) -> bool:
        """Whether every node has an index that has followed the change log."""
        database = CatalogueDatabase(self.database_url)
        try:
            states = [indexing.status(database, node.folder / "search_index") for node in self.nodes]
        finally:
            database.dispose()
        return all(state.generation is not None and state.lag == 0 for state in states)

    def check_indexes(self) -> dict[str, int]:
        """The differences between index and database on each node, once it has followed the change log."""
        return {node.name: _differences(node) for node in self.nodes}

    def _prepare_database(self) -> None:
        self.nodes[0].run("seed")

    def _add_database(self, number: int, name: str) -> None:
        folder = self.folder / name
        values = {name: self.values[f"{name}_{number}"] for name in ("POSTGRESQL_PORT", "REST_PORT")} | {"NAME": name}
        script = Path(self._written("make-database.sh", name, "make-database", values))
        script.chmod(0o700)
        patroni = self._program(name, [program("patroni"), self._written("patroni.yml", name, values=values)])
        ports = int(values["REST_PORT"]), int(values["POSTGRESQL_PORT"])
        self.databases.append(Database(name, patroni, *ports, folder / "data"))

    def _add_node(self, number: int, name: str) -> None:
        values = {
            key: self.values[f"{key}_{number}"] for key in ("PRIMARY_PORT", "READ_PORT_A", "READ_PORT_B", "NODE_PORT")
        }
        values["NAME"] = name
        configuration = self._written("haproxy-database.cfg", name, values=values)
        proxy = self._program(f"{name}-database", [program("haproxy"), "-db", "-f", configuration])
        environment = _environment(Path(self._written("node.env", name, values=values))) | self._settings
        site = Program(name, self.folder, [sys.executable, "-m", "kb", "serve"], environment)
        self._programs.append(site)
        self.nodes.append(Node(name, site, proxy, self.folder / name, int(values["NODE_PORT"])))

    def _program(self, name: str, argv: list[str]) -> Program:
        made = Program(name, self.folder, argv, as_user=self._user)
        self._programs.append(made)
        return made

    def _make_folders(self) -> None:
        # Traversed by the user postgres; what is in it is readable by its owner alone where it holds a password.
        self.folder.chmod(0o755)
        for name in ("etcd", "redis", "balancer", *SERVERS, *NODES):
            folder = self.folder / name
            folder.mkdir(mode=0o700, exist_ok=True)
            self._hand_over(folder)

    def _hand_over(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _written(
        self, template: str, folder: str, name: str | None = None, values: Mapping[str, str] | None = None
    ) -> str:
        """A file of deploy/cluster with its values, where one program reads it; its path."""
        file = self.folder / folder / (name or template)
        text = string.Template((TEMPLATES / template).read_text()).safe_substitute(self.values | dict(values or {}))
        if left := re.search(r"\$[A-Z]\w*", re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)):
            raise ClusterError(f"{TEMPLATES / template} names {left[0]}, which has no value")
        file.write_text(text)
        file.chmod(0o600)
        self._hand_over(file)
        return str(file)

    def _values(self, web_port: int | None) -> dict[str, str]:
        """Ports and passwords; those of the last time, where the folder has them."""
        file = self.folder / "values.json"
        if file.is_file():
            values: dict[str, str] = json.loads(file.read_text())
        else:
            names = ["ETCD_PORT", "ETCD_PEER_PORT", "REDIS_PORT", "WEB_PORT"]
            names += [f"{name}_{number}" for name in ("POSTGRESQL_PORT", "REST_PORT") for number in (1, 2)]
            names += [
                f"{name}_{number}"
                for name in ("PRIMARY_PORT", "READ_PORT_A", "READ_PORT_B", "NODE_PORT")
                for number in (1, 2, 3)
            ]
            values = dict(zip(names, map(str, free_ports(len(names))), strict=True))
            secret = ("POSTGRES", "REPLICATION", "REWIND", "DATABASE", "REDIS")
            values |= {f"{name}_PASSWORD": secrets.token_hex(16) for name in secret}
            values["SECRET_KEY"] = secrets.token_hex(32)
        if web_port is not None:
            values["WEB_PORT"] = str(web_port)
        values |= {"FOLDER": str(self.folder), "POSTGRESQL_PROGRAMS": str(postgresql_programs())}
        file.touch(mode=0o600)
        file.write_text(json.dumps(values, indent=1))
        return values


@contextmanager
def running(folder: Path, web_port: int | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Run a cluster in a folder while the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    stop_left_over(folder)
    cluster = Cluster(folder.resolve(), web_port, settings)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def remove(folder: Path) -> None:
    """Remove a cluster that was stopped, with its data."""
    shutil.rmtree(folder, ignore_errors=True)


def status_of(url: str, seconds: float = 3.0) -> int:
    """The status of a GET; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310 - an address of our own
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def _environment(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def _differences(node: Node) -> int:
    try:
        return int(node.run("index", "check").rpartition("differences: ")[2])
    except ClusterError as problem:
        found = re.search(r"differences: (\d+)", str(problem))
        if found is None:
            raise
        return int(found[1])
