"""For load balancers: whether the process lives, and whether requests should come to it.

`/readyz` says in its first word why not: `stopping`, `database` or `behind`. A site that is behind still answers, so
a balancer all of whose servers are not ready should ask `/healthz` instead of turning everybody away.
"""

import threading
import time
from collections.abc import Callable

import structlog
from flask import Blueprint, Flask, Response, current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.catalogue.queries import last_change
from kb.core import metrics
from kb.core.db import Database
from kb.core.standbys import NEWEST
from kb.search.indexing import lag_after
from kb.search.service import Search

blueprint = Blueprint("health", __name__)
log = structlog.get_logger(__name__)

KEPT_SECONDS = 1.0
"""For so long the last look at the database is given out again, so that asking for it is no load."""

ANSWER_SECONDS = 3.0
"""A look that takes longer means that the database does not answer; load balancers wait no longer for the first one."""

_PLAIN = "text/plain"
_RETRY_SECONDS = 5

REASONS = {
    "stopping": "this server is shutting down",
    "database": "the database cannot be read or written",
    "behind": "the search index is behind the database",
}
"""Why requests should go elsewhere; what exactly is wrong stands in the log."""


class Readiness:
    """Whether requests should come here, as last looked at; one thread looks, the others get what it saw.

    `applied_change` tells the last change that searches of this process rest on. `lag_seconds` is how old a later one
    may be.
    """

    def __init__(self, database: Database, applied_change: Callable[[Session], int], lag_seconds: float) -> None:
        self._database = database
        self._applied_change = applied_change
        self._lag_seconds = lag_seconds
        self._looking = threading.Lock()
        self._began = 0.0
        self._seen: tuple[float, str | None] | None = None

    def reason(self) -> str | None:
        """Why requests should go elsewhere, one of REASONS; None where all is well."""
        if metrics.is_stopping():
            return "stopping"
        if self._seen and self._is_fresh():
            return self._seen[1]
        if not self._looking.acquire(timeout=0 if self._seen else ANSWER_SECONDS):
            is_late = time.monotonic() - self._began > ANSWER_SECONDS
            return self._seen[1] if self._seen and not is_late else "database"
        try:
            if not self._is_fresh():
                self._began = time.monotonic()
                before = self._seen[1] if self._seen else None
                reason, problem = self._look()
                self._seen = (time.monotonic(), reason)
                if reason and reason != before:
                    log.warning("not ready", reason=reason, problem=problem)
                elif before and not reason:
                    log.info("ready again")
        finally:
            self._looking.release()
        return self._seen[1] if self._seen else None

    def last_seen(self) -> str | None:
        """Why the site was not ready when last looked at, None where it was; looks at nothing."""
        return "stopping" if metrics.is_stopping() else self._seen[1] if self._seen else None

    def _is_fresh(self) -> bool:
        return self._seen is not None and time.monotonic() - self._seen[0] < KEPT_SECONDS

    def _look(self) -> tuple[str | None, str]:
        """The reason, and what is wrong in one line; where the primary has just gone, from a standby."""
        reason, problem = self._looked_once()
        return self._looked_once() if reason == "database" and self._database.has_standbys else (reason, problem)

    def _looked_once(self) -> tuple[str | None, str]:
        try:
            with self._database.reading(after=NEWEST) as session:
                applied = self._applied_change(session)
                lag = lag_after(session, applied).seconds if applied < last_change(session) else 0.0
                # While the primary is gone, pages can be read, and who writes is told to wait.
                is_primary = not self._database.is_of_standby(session)
            problem = self._database.why_unwritable() if is_primary else None
        except (SQLAlchemyError, OSError) as error:
            return "database", f"{type(error).__name__}: {error}".splitlines()[0]
        if problem:
            return "database", problem
        return ("behind", f"the search index is {lag:.0f} s old") if lag > self._lag_seconds else (None, "")


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process lives; nothing else is asked."""
    return Response("ok\n", mimetype=_PLAIN)


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database has its tables and can be written, and the index follows it; 503 otherwise, with the reason.

    A missing index is no reason to be taken out, nor is a primary that is gone while standbys can be read.
    """
    reason = readiness(current_app).reason()
    if reason is None:
        return Response("ok\n", mimetype=_PLAIN)
    response = Response(f"{reason}: {REASONS[reason]}\n", status=503, mimetype=_PLAIN)
    response.headers["Retry-After"] = str(_RETRY_SECONDS)
    return response


def readiness(app: Flask) -> Readiness:
    """What tells whether an application is ready."""
    readiness: Readiness = app.extensions["kb_readiness"]
    return readiness


def register(app: Flask) -> None:
    """Let the application tell whether it is ready."""
    search: Search = app.extensions["kb_search"]
    app.extensions["kb_readiness"] = Readiness(
        app.extensions["kb_database"], search.last_change, app.config["KB"].ready_lag_seconds
    )
