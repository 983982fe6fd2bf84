"""Every metric of the site, and how it is written for Prometheus. Other packages call the small methods here."""

from collections.abc import Callable, Iterable
from http import HTTPStatus

from prometheus_client import Metric as Family
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from .metric_types import (
    DECLARED,
    WORKER_GAUGES,
    Counter,
    DistinctGauge,
    Histogram,
    LabelValues,
    Measured,
    WorkerGauge,
    rows,
)

NO_ROUTE, SERVER = "none", "server"
"""The routes of a request that no view answers, and of one that the server refused before the application."""

ROUTES = LabelValues(NO_ROUTE, SERVER, room=768)
"""Endpoints of the application, never addresses; the application says which there are."""

_STATUSES = LabelValues(*(str(status.value) for status in HTTPStatus))

REQUESTS = Counter(
    "kb_http_requests_total",
    "Requests that were answered, by route and status",
    {"route": ROUTES, "status": _STATUSES},
)
DURATIONS = Histogram(
    "kb_http_request_duration_seconds",
    "Time until a request was answered whole, by route, without waiting for a thread",
    {"route": ROUTES},
)
MAILS = Counter(
    "kb_mails_total",
    "Mails handed to the mail server, by what they are about and their result",
    {
        "kind": LabelValues("alerts", "questions"),
        "result": LabelValues("accepted", "refused", "postponed", "unreachable", "unclear"),
    },
)
IMPORT_TASKS = Counter(
    "kb_import_tasks_total",
    "Tasks of imports that ended: checks, imports and their undoing",
    {"result": LabelValues("done", "failed")},
)
INDEX_DOCUMENTS = Counter("kb_index_documents_written_total", "Documents that followers wrote into the search index")
INDEX_REBUILDS = Counter("kb_index_rebuilds_total", "Times that a process of the site rebuilt the search index")
POOL_WAITS = Counter(
    "kb_database_pool_waits_total", "Times that a thread waited for a connection, since all of its worker were in use"
)
POOL_TIMEOUTS = Counter(
    "kb_database_pool_timeouts_total", "Requests that got no connection of the pool in time, and were answered by 503"
)
WORKER_EXITS = Counter("kb_worker_exits_total", "Workers that ended unexpectedly since the site started")

FORUM_LISTENERS = DistinctGauge(
    "kb_forum_listeners", "Browsers that looked for news of a session in the last 10 seconds, estimated"
)
FOLLOWER_STEP = WorkerGauge(
    "kb_follower_step_timestamp_seconds",
    "When the follower of a worker last looked at the change log, in seconds since 1970",
)
POOL_SIZE = WorkerGauge("kb_database_pool_size", "Connections that the pool of a worker keeps open at most")
POOL_CHECKED_OUT = WorkerGauge("kb_database_pool_checked_out", "Connections of a worker's pool in use")
POOL_OVERFLOW = WorkerGauge("kb_database_pool_overflow", "Connections of a worker beyond the size of its pool")
SERVER_CONNECTIONS = WorkerGauge("kb_server_connections", "Open connections of a worker with clients and proxies")
SERVER_THREADS = WorkerGauge("kb_server_threads_busy", "Threads of a worker that answer a request")
SERVER_QUEUE = WorkerGauge("kb_server_queue", "Requests of a worker that wait for a thread")
LIMITS_FAILING = WorkerGauge(
    "kb_limits_failing", "1 while a worker cannot reach the shared counts of requests, and counts by itself"
)
WORKERS = WorkerGauge("kb_workers", "Worker processes that run; of the parent process, worker 0")
WORKERS_WANTED = WorkerGauge("kb_workers_wanted", "Worker processes that should run; of the parent process, worker 0")
STOPPING = WorkerGauge("kb_stopping", "1 while the site shuts down; of the parent process, worker 0")

BUILD = Measured("kb_build_info", "1, with the version of the program and a digest of its files", "version", "revision")
NOT_READY = Measured("kb_not_ready", "1 while /readyz answers 503 for this reason, 0 otherwise", "reason")
DATABASE_UP = Measured("kb_database_up", "1 if the database could be read just now, 0 otherwise")
STANDBY_UP = Measured("kb_database_standby_up", "1 if a standby could be read", "standby")
STANDBY_LAG = Measured("kb_database_standby_lag_seconds", "Seconds that a standby is behind the primary", "standby")
INDEX_USABLE = Measured("kb_index_usable", "1 if there is a search index of this database on this machine, 0 otherwise")
INDEX_LAG_CHANGES = Measured("kb_index_lag_changes", "Changes of entries that the search index does not hold yet")
INDEX_LAG_SECONDS = Measured("kb_index_lag_seconds", "Age of the oldest change that the search index does not hold yet")
LAST_CHANGE = Measured("kb_last_change", "The number of the newest change of the catalogue")
MAILS_DUE = Measured("kb_mails_due", "Mails that are due and wait", "kind")
MAILS_SENDING = Measured("kb_mails_sending", "Mails that a process has claimed or is sending", "kind")
MAILS_OLDEST = Measured("kb_mails_oldest_due_seconds", "For how long the oldest mail that waits has been due", "kind")
IMPORTS = Measured("kb_imports", "Imports by their state", "state")
BACKUP_TIME = Measured(
    "kb_backup_newest_timestamp_seconds",
    "When the newest backup in KB_BACKUPS was made, in seconds since 1970; 0 if there is none",
)


def share() -> None:
    """Count from zero, in memory that processes forked from now on share."""
    rows.share()
    FORUM_LISTENERS.forget()


def use_row(number: int) -> None:
    """Count in a row of this process's own from now on; the parent gives a worker one that no other uses."""
    rows.use(number)


def forget_worker(number: int) -> None:
    """Drop what a worker that has ended said of itself; what it counted stays."""
    for row_number, row in rows.used():
        if row_number == number:
            for gauge in WORKER_GAUGES:
                gauge.forget(row)


def sampled(look: Callable[[], object]) -> None:
    """Call this each second in a worker, to say how it is."""
    _samplers.append(look)


def sample() -> None:
    """Say how this process is."""
    for look in _samplers:
        look()


_samplers: list[Callable[[], object]] = []


def is_stopping() -> bool:
    """Whether the site shuts down."""
    return bool(STOPPING.by_worker().get(0))


class _All(Collector):
    def __init__(self, measured: Iterable[Family]) -> None:
        self._measured = measured

    def collect(self) -> Iterable[Family]:
        for metric in DECLARED.values():
            if isinstance(metric, Counter | Histogram | WorkerGauge | DistinctGauge):
                yield metric.family()
        yield from self._measured


def exposition(measured: Iterable[Family], accept: str) -> tuple[bytes, str]:
    """All numbers and those that were measured, in the text format that suits the Accept header, and its type."""
    encoder, content_type = choose_encoder(accept)
    return encoder(_All(measured)), content_type
