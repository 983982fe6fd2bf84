"""Knows the open connections of an engine, and ends them where their server has stopped answering.

libpq waits for an answer as long as the other side confirms what was sent, which a proxy or a server that hangs does
for ever: the thread that asked would never come back.
"""

import os
import socket
import weakref
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Engine, event


class OpenConnections:
    """The connections of an engine to PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._connections: weakref.WeakSet[psycopg.Connection] = weakref.WeakSet()
        event.listen(engine, "connect", self._note)

    def _note(self, connection: Any, _record: object) -> None:
        self._connections.add(connection)

    def hang_up(self) -> int:
        """End all of them at once; whoever waits for one gets an error. How many there were."""
        ended = 0
        for connection in list(self._connections):
            # One that was closed meanwhile has no socket; the copy keeps its number from being given to another.
            with suppress(psycopg.Error, OSError):
                with socket.socket(fileno=os.dup(connection.pgconn.socket)) as copy:
                    copy.shutdown(socket.SHUT_RDWR)
                ended += 1
        return ended
