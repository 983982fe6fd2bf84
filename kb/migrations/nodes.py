"""Which nodes serve the database, so that nothing is taken from under an older one.

A node that was killed counts as running for two minutes more. Ages are by the database's clock, not those of machines.
"""

import secrets
import socket
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from sqlalchemy import Connection, delete, func, select, update

from kb.core.column_types import UTCDateTime
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database, insert_if_absent
from kb.core.retrying import Outage

from .models import Node
from .scripts import Migrations

SECONDS = 30.0
"""How often a node writes that it runs."""

_GONE = timedelta(minutes=2)
_FORGOTTEN = timedelta(days=1)
_NOW = func.current_timestamp(type_=UTCDateTime)


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node that has said within two minutes that it runs; `seconds` ago."""

    name: str
    version: str
    revision: str
    seconds: int


@dataclass(frozen=True, slots=True)
class ThisNode:
    """The node that this process belongs to."""

    key: str
    name: str
    version: str
    revision: str

    @classmethod
    def at(cls, port: int, version: str) -> Self:
        """A node that listens on a port of this machine."""
        name = f"{socket.gethostname()}:{port}"
        return cls(secrets.token_hex(8), name, version, Migrations.of_program().head)

    def sign_on(self, database: Database) -> None:
        """Write that the node runs, and delete those not seen for a day. Raises SQLAlchemyError."""
        with database.writing() as session:
            values = {"name": self.name, "version": self.version, "revision": self.revision}
            if not insert_if_absent(session, Node, key=self.key, seen_at=_NOW, **values):
                session.execute(update(Node).where(Node.key == self.key).values(seen_at=_NOW))
            before = session.scalars(select(_NOW)).one() - _FORGOTTEN
            session.execute(delete(Node).where(Node.seen_at < before))

    def sign_off(self, database: Database) -> None:
        """Write that the node runs no longer. Raises SQLAlchemyError."""
        with database.writing() as session:
            session.execute(delete(Node).where(Node.key == self.key))

    def sign_on_regularly(self, database: Database, stop: threading.Event, seconds: float = SECONDS) -> None:
        """Write again and again that the node runs, until told to stop."""
        outage = Outage("the database cannot note that this node runs")
        while True:
            pause = seconds
            try:
                self.sign_on(database)
                outage.is_over()
            except TEMPORARY as problem:
                pause = min(seconds, outage.failed(problem))
            if stop.wait(pause):
                return


def running_nodes(connection: Connection) -> list[RunningNode]:
    """The nodes that run, by name. Raises SQLAlchemyError."""
    query = select(Node.name, Node.version, Node.revision, Node.seen_at, _NOW.label("now")).order_by(Node.name)
    rows = [(row, row.now - row.seen_at) for row in connection.execute(query)]
    return [
        RunningNode(row.name, row.version, row.revision, max(0, int(age.total_seconds())))
        for row, age in rows
        if age <= _GONE
    ]


def nodes_before(connection: Connection, revision: str, migrations: Migrations) -> list[RunningNode]:
    """The nodes that run an older program, which does not know a migration."""
    older = migrations.revisions[: migrations.revisions.index(revision)]
    return [node for node in running_nodes(connection) if node.revision in older]
