"""`/metrics`: the numbers of this site for Prometheus, for whoever the settings name and for nobody else.

Answered before the application, so that a scrape is neither counted nor limited, and needs no name of a host. Nothing
here walks the catalogue: what is not counted as it happens is read by a few queries that an index answers.
"""

import importlib.metadata
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from flask import Flask
from prometheus_client import Metric as Family
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from kb.alerts.models import Alert
from kb.backup.retention import newest
from kb.catalogue.queries import last_change
from kb.core import metrics
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail_queue import QueuedMail, queue_state
from kb.core.standbys import NEWEST
from kb.importing.choices import STATES
from kb.importing.queries import count_by_state
from kb.questions.models import QuestionMail
from kb.search.indexing import index_lag

from ..core.limits import is_among
from ..page_caching import program_version
from .health import REASONS, readiness

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/metrics"

_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")
"""What a proxy adds: a request with one of these comes from somebody else than the address that it is sent from."""

LOOK_SECONDS = 5.0
"""For so long scrapes wait for the database, and for the folder of the backups; Prometheus waits for 10 seconds."""

_MAILS: dict[str, type[QueuedMail]] = {"alerts": Alert, "questions": QuestionMail}


T = TypeVar("T")


class _Look(Generic[T]):
    """Looks at what may hang, in a thread of its own: nobody waits for longer than some seconds after it began.

    Scrapes at the same time share a look, so that they say the same.
    """

    def __init__(self, look: Callable[[], T], name: str) -> None:
        self._look = look
        self._threads = ThreadPoolExecutor(1, name)
        self._lock = threading.Lock()
        self._began = 0.0
        self._seen: Future[T] | None = None

    def seen(self) -> T | None:
        """What was seen, or None where that takes too long."""
        with self._lock:
            if self._seen is None or self._seen.done():
                self._began, self._seen = time.monotonic(), self._threads.submit(self._look)
            seen, left = self._seen, self._began + LOOK_SECONDS - time.monotonic()
        try:
            return seen.result(max(0.0, left))
        except TimeoutError:
            return None


class MetricsEndpoint:
    """WSGI middleware that answers `/metrics`; for others than the settings name there is no such page."""

    def __init__(self, app: Flask) -> None:
        self._flask = app
        self._app: WSGIApplication = app.wsgi_app
        self._networks: str = app.config["KB"].metrics_from
        self._database = _Look(self._look, "metrics")
        # A folder on another machine may hang as well.
        self._backups = _Look(self._backup_time, "metrics: backups")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if environ.get("PATH_INFO") != PATH or not self._may_read(environ):
            return self._app(environ, start_response)
        body, content_type = metrics.exposition(self._measured(), environ.get("HTTP_ACCEPT", ""))
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response("200 OK", headers)
        return [body] if environ["REQUEST_METHOD"] == "GET" else [b""]

    def _may_read(self, environ: "WSGIEnvironment") -> bool:
        is_read = environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        is_direct = not any(name in environ for name in _FORWARDED)
        return is_read and is_direct and is_among(environ.get("REMOTE_ADDR", ""), self._networks)

    def _measured(self) -> Iterator[Family]:
        """What is looked up now; what the database should tell is left out where it does not within some seconds."""
        yield metrics.BUILD.family({(importlib.metadata.version("citypeers"), program_version()[:12]): 1})
        looked = self._database.seen()
        yield from (metrics.DATABASE_UP.family({(): 0}),) if looked is None else looked
        config: Config = self._flask.config["KB"]
        if config.backups and (backup_time := self._backups.seen()) is not None:
            yield metrics.BACKUP_TIME.family({(): backup_time})
        reason = readiness(self._flask).last_seen()
        yield metrics.NOT_READY.family({(each,): float(each == reason) for each in REASONS})

    def _backup_time(self) -> float:
        backup = newest(Path(self._flask.config["KB"].backups))
        return backup.made_at.timestamp() if backup else 0.0

    def _look(self) -> Sequence[Family]:
        database: Database = self._flask.extensions["kb_database"]
        readiness(self._flask).reason()
        standbys = list(_of_standbys(database))
        try:
            return [*standbys, *_of_database(database, self._flask.config["KB"])]
        except (SQLAlchemyError, OSError):
            return [*standbys, metrics.DATABASE_UP.family({(): 0})]


def _of_standbys(database: Database) -> Iterator[Family]:
    standbys = database.standbys()
    yield metrics.STANDBY_UP.family({(standby.name,): float(standby.reachable) for standby in standbys})
    measured = [standby for standby in standbys if standby.lag_seconds is not None]
    yield metrics.STANDBY_LAG.family({(standby.name,): standby.lag_seconds or 0.0 for standby in measured})


def _of_database(database: Database, config: Config) -> Iterator[Family]:
    """What the primary tells, or a standby where the primary is gone. Raises SQLAlchemyError where none can be read."""
    moment = now()
    with database.reading(after=NEWEST) as session:
        newest = last_change(session)
        queues = {kind: queue_state(session, model, moment) for kind, model in _MAILS.items()}
        imports = count_by_state(session)
        lag = index_lag(database, config.search_index, session)
        yield metrics.DATABASE_UP.family({(): float(not database.is_of_standby(session))})
    yield metrics.LAST_CHANGE.family({(): newest})
    yield metrics.MAILS_DUE.family({(kind,): queue.due for kind, queue in queues.items()})
    yield metrics.MAILS_SENDING.family({(kind,): queue.sending for kind, queue in queues.items()})
    yield metrics.MAILS_OLDEST.family(
        {
            (kind,): (moment - queue.oldest_due_at).total_seconds() if queue.oldest_due_at else 0.0
            for kind, queue in queues.items()
        }
    )
    yield metrics.IMPORTS.family({(state,): imports.get(state, 0) for state in STATES})
    yield metrics.INDEX_USABLE.family({(): float(lag is not None)})
    if lag is not None:
        yield metrics.INDEX_LAG_CHANGES.family({(): lag.changes})
        yield metrics.INDEX_LAG_SECONDS.family({(): lag.seconds})


def register(app: Flask) -> None:
    """Answer before everything else that is registered by now."""
    app.wsgi_app = MetricsEndpoint(app)  # type: ignore[method-assign] # Flask documents wrapping wsgi_app this way
