"""Retries work in the background while the database cannot be used, with one line of log for an outage."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from kb.core.database_errors import TEMPORARY

T = TypeVar("T")

log = structlog.get_logger(__name__)

FIRST_SECONDS = 1.0
MOST_SECONDS = 15.0
"""The pause after the first failure, and the longest one; each is twice the one before."""


class Outage:
    """Failures in a row of one thing that is done again and again: how long to wait, and what to note of it."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._problem: str | None = None
        self._pause = FIRST_SECONDS

    def failed(self, problem: Exception) -> float:
        """Note a failure unless the one before was the same; return the seconds to wait."""
        words = f"{type(problem).__name__}: {problem}"
        if words != self._problem:
            log.warning(self._what, problem=words)
        self._problem = words
        pause = self._pause
        self._pause = min(MOST_SECONDS, pause * 2)
        return pause

    def is_over(self) -> None:
        """Note that it works again, where it did not."""
        if self._problem is not None:
            log.info("it works again", after=self._what)
        self._problem, self._pause = None, FIRST_SECONDS


def until_done(act: Callable[[], object], what: str, stop: threading.Event) -> None:
    """Do something once, as soon as the database lets it be done; `what` is noted while it does not."""
    outage = Outage(what)
    while not stop.is_set():
        try:
            act()
        except TEMPORARY as problem:
            stop.wait(outage.failed(problem))
        else:
            outage.is_over()
            return


def daily(act: Callable[[], object], what: str, stop: threading.Event, seconds: float = 86_400) -> None:
    """Do something now and once a day until told to stop; sooner again after a failure, of which `what` is noted."""
    outage = Outage(what)
    while True:
        pause = seconds
        try:
            act()
            outage.is_over()
        except SQLAlchemyError as problem:
            pause = min(seconds, outage.failed(problem))
        if stop.wait(pause):
            return


def retried(act: Callable[[], T], what: str, tries: int) -> T:
    """Do something; where the database does not let it be done, again after a pause, so many times at most.

    `what` is noted while it does not. Raises one of TEMPORARY.
    """
    outage = Outage(what)
    for _ in range(tries - 1):
        try:
            result = act()
        except TEMPORARY as problem:
            time.sleep(outage.failed(problem))
        else:
            outage.is_over()
            return result
    return act()
