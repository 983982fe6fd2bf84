"""For load balancers: whether the process lives, and whether it can answer and write."""

import threading
import time

import structlog
from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from kb.catalogue.queries import last_change
from kb.core.db import Database
from kb.core.standbys import NEWEST

from ..core.context import database

blueprint = Blueprint("health", __name__)
log = structlog.get_logger(__name__)

KEPT_SECONDS = 1.0
"""For so long the last look at the database is given out again, so that asking for it is no load."""

ANSWER_SECONDS = 10.0
"""A look that takes longer means that the database does not answer; load balancers wait no longer for the first one."""

_NO_ANSWER = "the database does not answer"
_PLAIN = "text/plain"


class Readiness:
    """Whether a database can be read and written, as last looked at; one thread looks, the others get what it saw."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looking = threading.Lock()
        self._began = 0.0
        self._seen: tuple[float, str | None] | None = None

    def problem(self) -> str | None:
        """Why requests should go elsewhere, in one line; None where all is well."""
        if self._seen and self._is_fresh():
            return self._seen[1]
        if not self._looking.acquire(timeout=0 if self._seen else ANSWER_SECONDS):
            is_late = time.monotonic() - self._began > ANSWER_SECONDS
            return self._seen[1] if self._seen and not is_late else _NO_ANSWER
        try:
            if not self._is_fresh():
                self._began = time.monotonic()
                before = self._seen[1] if self._seen else None
                problem = self._look()
                self._seen = (time.monotonic(), problem)
                if problem and problem != before:
                    log.warning("not ready", problem=problem)
        finally:
            self._looking.release()
        return self._seen[1] if self._seen else None

    def _is_fresh(self) -> bool:
        return self._seen is not None and time.monotonic() - self._seen[0] < KEPT_SECONDS

    def _look(self) -> str | None:
        try:
            with self._database.reading(after=NEWEST) as session:
                last_change(session)
                if self._database.is_of_standby(session):
                    # The primary is gone: pages can be read, and who writes is told to wait.
                    return None
            return self._database.why_unwritable()
        except (SQLAlchemyError, OSError) as problem:
            return f"{type(problem).__name__}: {problem}".splitlines()[0]


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process lives; nothing else is asked."""
    return Response("ok\n", mimetype=_PLAIN)


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database has its tables and can be written; 503 otherwise.

    A missing index is no reason to be taken out, nor is a primary that is gone while standbys can be read.
    """
    if _readiness().problem():
        response = Response("the database cannot be read or written\n", status=503, mimetype=_PLAIN)
        response.headers["Retry-After"] = "5"
        return response
    return Response("ok\n", mimetype=_PLAIN)


def _readiness() -> Readiness:
    made: Readiness = current_app.extensions.setdefault("kb_readiness", Readiness(database()))
    return made
