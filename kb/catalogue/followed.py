"""Keeps a value derived from the catalogue in the memory of a process, brought up to the change log by what changed."""

import threading
from collections.abc import Callable, Collection
from typing import Final, Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from kb.core.db import Database
from kb.core.standbys import NEWEST

from .change_log import changes_since, log_position

MOST_ENTRIES_IN_A_REQUEST: Final = 20
"""Changed entries that a request reads itself, so that who saved one sees it; more are left to the follower."""

MOST_ROWS_IN_A_REQUEST: Final = 1_000
"""Rows of the log up to which a request looks for what changed; of more, as while files are imported, it reads none."""

_WAIT_SECONDS = 0.05
"""How long a request waits for another thread that is reading changes."""


class Derived(Protocol):
    """What is derived from the catalogue as of a position of its change log (see `change_log.log_position`)."""

    @property
    def newest(self) -> int:
        """The last change of the log that is in it; what it holds may be newer."""

    @property
    def identity(self) -> str | None:
        """The random name of the database."""


Value = TypeVar("Value", bound=Derived)


class FollowedValue(Generic[Value]):
    """A value that follows the change log of one database and is never changed itself; threads may share it.

    Where a thread calls `follow` (`is_followed`), a request is answered by the newest value there is when more has
    changed than a request reads, or while another thread reads it. Without such a thread, requests read all that
    changed.
    """

    def __init__(
        self,
        database: Database,
        kinds: Collection[str],
        read: Callable[[Session], Value],
        updated: Callable[[Value, Session, int, Collection[tuple[str, int]]], Value],
    ) -> None:
        """`read(session)` makes the value anew, `updated(value, session, newest, changes)` from an earlier one.

        `changes` has the kind and id of each entry, of any kind, that changed since; `newest` is where the log ends
        with them. Of entries of `kinds`, which the value is made of, a request reads only a few.
        """
        self._database = database
        self._kinds = kinds
        self._read = read
        self._updated = updated
        self._lock = threading.Lock()
        self._value: Value | None = None
        self.is_followed = False

    def follow(self) -> None:
        """Read what changed since the last time, however much; for a thread that does so after every change."""
        self.is_followed = True
        with self._database.snapshot(after=NEWEST) as session:
            self._as_of_now(session, is_limited=False)

    def is_behind(self, newest: int) -> bool:
        """Whether the thread that follows the change log has yet to read changes up to this number."""
        return self.is_followed and (self._value is None or self._value.newest < newest)

    def current(self, session: Session) -> Value:
        """The value as the session sees the catalogue, or newer; it may be older only where a thread follows."""
        return self._as_of_now(session, is_limited=self.is_followed)

    def _as_of_now(self, session: Session, *, is_limited: bool) -> Value:
        newest, identity = log_position(session)
        value = self._value
        if value is None or value.identity != identity:
            self._lock.acquire()
        elif value.newest >= newest or not self._lock.acquire(timeout=_WAIT_SECONDS if is_limited else -1):
            return value
        try:
            value = self._brought_up(session, newest, identity, is_limited=is_limited)
            # What a session has written itself may still be rolled back.
            if "write_turn" not in session.info:
                self._value = value
            return value
        finally:
            self._lock.release()

    def _brought_up(self, session: Session, newest: int, identity: str | None, *, is_limited: bool) -> Value:
        value = self._value
        if value is None or value.identity != identity:
            return self._read(session)
        if value.newest >= newest or (is_limited and newest - value.newest > MOST_ROWS_IN_A_REQUEST):
            return value
        newest, changes = changes_since(session, value.newest)
        if is_limited and sum(kind in self._kinds for kind, _ in changes) > MOST_ENTRIES_IN_A_REQUEST:
            return value
        return self._updated(value, session, newest, changes)
