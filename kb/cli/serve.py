"""`kb serve`: the site in processes of kb.server that share memory, each with a follower of the change log."""

import dataclasses
import errno
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import structlog
from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from config import Config
from kb.alerts.sending import send_regularly
from kb.core import metrics
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.core.error_traces import described
from kb.core.errors import Misconfigured, Refused
from kb.core.i18n import gettext_noop
from kb.core.retrying import daily
from kb.editorial.actions import delete_old_reports
from kb.forum.live.retention import forget_old_names
from kb.importing.runner import Runner
from kb.migrations.nodes import ThisNode
from kb.migrations.state import Relation, schema_state
from kb.questions import sending as question_sending
from kb.search import follower
from kb.server.supervisor import Supervisor
from kb.server.worker import WaitressWorker
from kb.web.questions import sender as question_sender

from .alerts import sender_of
from .context import Context, has_no_administrator, require_usable
from .file_modes import tighten
from .preload import catch_up, followers, preload

log = structlog.get_logger(__name__)

_NO_SUCH_ADDRESS = gettext_noop(
    "%(host)s is not an address of this machine: set HOST to one, such as 127.0.0.1, or 0.0.0.0 for all."
)
_NOT_WRITABLE = gettext_noop("%(name)s: %(folder)s cannot be written. Run kb as the user who owns it.")
_NO_LISTENING = {
    errno.EADDRINUSE: gettext_noop(
        "Port %(port)s of %(host)s is in use, perhaps by another `kb serve`: stop it, or set PORT to another."
    ),
    errno.EACCES: gettext_noop(
        "Port %(port)s can be used only by root: set PORT to 1024 or more, and let a proxy listen on port %(port)s."
    ),
}
"""Why nobody can listen at an address, by the system's code."""


class _Logger(glogging.Logger):  # type: ignore[misc] # gunicorn has no annotations
    """gunicorn's logger without handlers of its own: what it writes goes to kb/core/logs.py."""

    def setup(self, cfg: Any) -> None:
        """Take the level from the settings, and leave writing to the root logger."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True


class Site(BaseApplication):  # type: ignore[misc] # gunicorn has no annotations
    """gunicorn with our settings instead of its command line."""

    def __init__(self, config: Config, node: ThisNode) -> None:
        self._config = config
        self._node = node
        super().__init__()

    def load_config(self) -> None:
        """Take gunicorn's settings from ours; threads, since a page waits for the database more than it computes."""
        for name, value in {
            "bind": f"{self._config.host}:{self._config.port}",
            "workers": self._config.workers,
            "threads": self._config.threads,
            "worker_class": WaitressWorker,
            "preload_app": True,
            "control_socket_disable": True,
            "pre_fork": _number,
            "post_worker_init": _begin,
            "worker_exit": _stop_following,
            "on_exit": self._sign_off,
            "accesslog": None,
            "logger_class": _Logger,
            "loglevel": self._config.log_level.lower(),
        }.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Start the workers and watch them, until told to stop."""
        Supervisor(self, self._config.instance, self._config.drain_seconds).run()

    def load(self) -> Flask:
        """Make the application in the parent process, so that its workers share what it holds."""
        app = preload(self._config)
        app.extensions["kb_node"] = self._node
        return app

    def _sign_off(self, _server: Any) -> None:
        database = Context(self._config).database()
        # Without it the node is taken to run for two minutes more.
        with suppress(SQLAlchemyError):
            self._node.sign_off(database)
        database.dispose()


_FIRST = (
    "There are no accounts yet. To make the first administrator: "
    'kb user invite ADDRESS --name "YOUR NAME" --role administrator'
)
_AS_ROOT = (
    "Running as root: an attacker who finds a flaw in this program would control the whole machine."
    " Run it as a separate user."
)

_ANOTHER_VERSION = (
    "The database has another version than this program. Both work together during an update; "
    "`kb doctor` says how to finish it."
)
_NOT_SIGNED_ON = "The database cannot be written to. The site starts and tries again; `kb doctor` says more."

_stops: list[threading.Event] = []
_sending: list[threading.Thread] = []
_runners: list[Runner] = []

_SENDING_SECONDS = 10.0
"""For so long a worker that ends waits for the mail at hand."""


def _number(supervisor: Supervisor, worker: WaitressWorker) -> None:
    supervisor.number(worker)


def _begin(worker: Any) -> None:
    """Follow what others change, in a worker that has just been forked."""
    app: Flask = worker.wsgi
    config: Config = app.config["KB"]
    database: Database = app.extensions["kb_database"]
    metrics.LIMITS_FAILING.set(0)
    metrics.sampled(partial(_note_pool, database))
    catch_up(app)
    _stops.append(follower.start(database, config.search_index, after_change=followers(app)))
    _stops.append(threading.Event())
    node: ThisNode = app.extensions["kb_node"]
    sign_on = (database, _stops[-1])
    threading.Thread(target=node.sign_on_regularly, args=sign_on, name="signing on", daemon=True).start()
    _begin_daily(partial(forget_old_names, database, config.forum_name_days), "names of askers could not be deleted")
    _begin_daily(partial(_delete_old_reports, database), "old reports could not be deleted")
    send = (sender_of(app), database, _stops[-1])
    _sending.append(threading.Thread(target=send_regularly, args=send, name="alerts", daemon=True))
    ask = (question_sender.sender_of(app), database, config.question_days, _stops[-1])
    _sending.append(threading.Thread(target=question_sending.send_regularly, args=ask, name="questions", daemon=True))
    for thread in _sending:
        thread.start()
    imports: Runner = app.extensions["kb_imports"]
    _runners.append(imports)
    # What waits for a process that was killed waits for nobody otherwise.
    threading.Thread(target=imports.take_up_regularly, args=(_stops[-1],), name="imports", daemon=True).start()


def _delete_old_reports(database: Database) -> None:
    with database.writing() as session:
        delete_old_reports(session)


def _begin_daily(act: Callable[[], None], what: str) -> None:
    """Do something now and once a day, in a thread of its own, until the worker ends."""
    threading.Thread(target=daily, args=(act, what, _stops[-1]), name="retention", daemon=True).start()


def _note_pool(database: Database) -> None:
    """Say how many connections of the pool are used."""
    pool = database.engine.pool
    if isinstance(pool, QueuePool):
        metrics.POOL_SIZE.set(pool.size())
        metrics.POOL_CHECKED_OUT.set(pool.checkedout())
        metrics.POOL_OVERFLOW.set(max(0, pool.overflow()))


def _stop_following(_server: Any, _worker: Any) -> None:
    for stop in _stops:
        stop.set()
    for runner in _runners:
        runner.stop()
    # A mail that is on its way when the process ends may arrive or not, and nobody would know.
    for thread in _sending:
        thread.join(_SENDING_SECONDS)


def _require_free(host: str, port: int) -> None:
    """Raise Refused where nobody can listen there; gunicorn would try for five seconds, and say so line after line."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as problem:
        template = _NO_LISTENING.get(problem.errno or 0, _NO_SUCH_ADDRESS)
        raise Refused(template, host=host, port=str(port)) from None


def _require_writable(name: str, folder: Path) -> None:
    """Make a folder where it is not there. Raises Refused where nothing can be written to it, or OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refused(_NOT_WRITABLE, name=name, folder=str(folder))


@click.command()
@click.option("--host", help="Address to listen on (default: HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (default: PORT).")
@click.pass_obj
def serve(context: Context, host: str | None, port: int | None) -> None:
    """Run the website until interrupted."""
    config = dataclasses.replace(context.config, host=host or context.config.host, port=port or context.config.port)
    if problem := config.problem():
        raise Misconfigured(problem)
    _require_free(config.host, config.port)
    tighten(context)
    database = context.usable_database()
    for name, folder in (("KB_SEARCH_INDEX", config.search_index), ("KB_INSTANCE", config.instance)):
        _require_writable(name, folder)
    node = ThisNode.at(config.port, version("citypeers"))
    try:
        node.sign_on(database)
    except TEMPORARY as error:
        log.warning(_NOT_SIGNED_ON, problem=described(error))
    # Asked again, since a migration that looks for older nodes may have looked just before.
    state = schema_state(database)
    require_usable(state)
    if state.relation is not Relation.CURRENT:
        log.warning(_ANOTHER_VERSION, database=state.here, program=state.head)
    log.info("CityPeers starts", address=f"http://{config.host}:{config.port}")
    if os.geteuid() == 0:
        log.warning(_AS_ROOT)
    if has_no_administrator(database):
        log.warning(_FIRST)
    # No connection may be open when workers are forked.
    database.dispose()
    Site(config, node).run()
