"""What a process knows of the servers that it reads from."""

import socket
import sys
import threading

from sqlalchemy import NullPool, create_engine

from kb.core.db import Database
from kb.core.standbys import OpenConnections


class ClosedConnection:
    """Like one of psycopg that has no socket any more."""

    @property
    def pgconn(self) -> object:
        raise OSError("the connection is closed")

    def rollback(self) -> None:
        """Nothing is to be taken back."""

    def close(self) -> None:
        """It is closed already."""


def test_connections_are_ended_while_others_are_made() -> None:
    engine = create_engine("postgresql+psycopg://")
    # Without the first steps of the dialect, for which a server would be needed.
    engine.pool = NullPool(ClosedConnection)  # type: ignore[arg-type] # has what the pool needs of it
    connections = OpenConnections(engine)
    stop, kept = threading.Event(), [ClosedConnection() for _ in range(200)]

    def connect() -> None:
        while not stop.is_set():
            kept.append(engine.pool.connect().dbapi_connection)  # type: ignore[arg-type] # as above
            del kept[:-200]

    thread, interval = threading.Thread(target=connect), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(500):
            assert connections.hang_up(also_patient=True) == 0
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_no_thread_is_left_when_a_process_is_to_be_forked_though_no_server_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://made-up@127.0.0.1:{silent.getsockname()[1]}/made-up?connect_timeout=3"
        database = Database(url, read_urls=[url])
        database.session(after=0).close()
        assert "standbys" in {thread.name for thread in threading.enumerate()}
        database.dispose()
    assert "standbys" not in {thread.name for thread in threading.enumerate()}
