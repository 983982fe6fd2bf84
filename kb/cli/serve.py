"""`kb serve`: the site in processes of kb.server, each with a follower of the change log, and peers in memory."""

import dataclasses
import os
import threading
from typing import Any

import click
from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from kb.catalogue.arrays import CatalogueArrays
from kb.core.errors import Misconfigured, Refused
from kb.core.i18n import gettext_noop
from kb.core.retrying import until_done
from kb.forum.live.retention import forget_daily
from kb.peers.service import Peers
from kb.search import follower
from kb.search.service import Search
from kb.server.supervisor import Supervisor
from kb.server.worker import WaitressWorker

from .context import Context, at_head, has_no_administrator
from .file_modes import tighten


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

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__()

    def load_config(self) -> None:
        """Take gunicorn's settings from ours; threads, since a page waits for the database more than it computes."""
        for name, value in {
            "bind": f"{self._config.host}:{self._config.port}",
            "workers": self._config.workers,
            "threads": self._config.threads,
            "worker_class": WaitressWorker,
            "control_socket_disable": True,
            "post_worker_init": _begin,
            "worker_exit": _stop_following,
            "accesslog": None,
            "logger_class": _Logger,
            "loglevel": self._config.log_level.lower(),
        }.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Start the workers and watch them, until told to stop."""
        Supervisor(self, self._config.instance).run()

    def load(self) -> Flask:
        """Make the application, in each worker."""
        from kb.app import create_app  # noqa: PLC0415 - in the worker, so that no thread or connection is forked

        return create_app(self._config)


_NO_DATABASE = gettext_noop("The database cannot be opened: %(reason)s. On a new machine, run `kb seed` first.")
_ANOTHER_STATE = gettext_noop(
    "The database has version %(here)s, and this program needs version %(head)s: run `kb seed` first."
)
_FIRST = (
    "There are no accounts yet. To make the first administrator: "
    '.venv/bin/kb user invite YOU@CITY.EXAMPLE --name "YOUR NAME" --role administrator'
)
_AS_ROOT = (
    "Running as root: an attacker who finds a flaw in this program would control the whole machine."
    " Run it as a separate user."
)

_stops: list[threading.Event] = []


def _begin(worker: Any) -> None:
    app: Flask = worker.wsgi
    config: Config = app.config["KB"]
    search: Search = app.extensions["kb_search"]
    arrays: CatalogueArrays = app.extensions["kb_arrays"]
    peers: Peers = app.extensions["kb_peers"]
    after_change = [arrays.follow, search.refresh, peers.follow]
    _stops.append(follower.start(app.extensions["kb_database"], config.search_index, after_change))
    _stops.append(threading.Event())
    forget = (app.extensions["kb_database"], config.forum_name_days, _stops[-1])
    threading.Thread(target=forget_daily, args=forget, name="forgetting", daemon=True).start()
    # In a thread, so that the other pages need not wait the seconds that the gazetteer's names take.
    _stops.append(threading.Event())
    warm = (peers.warm, "peers are not in memory yet", _stops[-1])
    threading.Thread(target=until_done, args=warm, name="peers", daemon=True).start()
    # Imports that waited when the last process ended go on waiting for nobody otherwise.
    app.extensions["kb_imports"].wake()


def _stop_following(_server: Any, _worker: Any) -> None:
    for stop in _stops:
        stop.set()


@click.command()
@click.option("--host", help="Address to listen on (default: HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (default: PORT).")
@click.pass_obj
def serve(context: Context, host: str | None, port: int | None) -> None:
    """Run the website until interrupted."""
    config = dataclasses.replace(context.config, host=host or context.config.host, port=port or context.config.port)
    if problem := config.problem():
        raise Misconfigured(problem)
    tighten(context)
    try:
        here, head = at_head(context.database())
    except SQLAlchemyError as trouble:
        reason = str(trouble).splitlines()[0]
        raise Refused(_NO_DATABASE, reason=reason) from None
    if here != head:
        raise Refused(_ANOTHER_STATE, here=here or "-", head=head or "-")
    click.echo(f"CityPeers at http://{config.host}:{config.port}", err=True)
    if os.geteuid() == 0:
        click.echo(_AS_ROOT, err=True)
    if has_no_administrator(context.database()):
        click.echo(_FIRST, err=True)
    Site(config).run()
