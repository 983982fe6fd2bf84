"""Two transactions that meet: one holds something while another begins and goes on as far as it can."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.catalogue.change_log import acquire_write_lock
from kb.core.db import Database
from tests.waiting import SECONDS, somebody_waits, wait_until

Act = Callable[[Session], Any]


def meet(database: Database, begins: Act, goes_on: Act, *, holding: Act = acquire_write_lock) -> None:
    """Let `begins` wait in a thread of its own for whoever holds the change log, who then does `goes_on`.

    `holding` is done before that instead, to hold something else. Raises what either of them fails with: as when
    each waits for the other, which PostgreSQL ends.
    """
    failed: list[SQLAlchemyError] = []

    def begin() -> None:
        try:
            with database.writing() as session:
                begins(session)
        except SQLAlchemyError as problem:
            failed.append(problem)

    thread = threading.Thread(target=begin)
    with database.writing() as session:
        holding(session)
        thread.start()
        wait_until(lambda: somebody_waits(database) or not thread.is_alive())
        goes_on(session)
    thread.join(SECONDS)
    if failed:
        raise failed[0]
