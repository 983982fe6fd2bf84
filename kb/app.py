"""The application: settings, database, search, peers and the web interface, put together on one screen."""

from flask import Flask

from config import Config
from kb import api
from kb.catalogue.arrays import CatalogueArrays
from kb.core.db import Database
from kb.core.errors import Misconfigured
from kb.core.mail import Mail
from kb.exporting.downloads.files import DOWNLOADS, KeptFiles
from kb.exporting.downloads.making import DownloadMaker
from kb.importing.runner import Runner
from kb.pdf.maker import PdfMaker
from kb.peers.service import PLACES, Peers
from kb.search.service import Search
from kb.web import registration
from kb.web.core import request_log
from kb.web.core.assets import VENDOR
from kb.web.core.errors import Application
from kb.web.site import metrics

# Health checks ask the machine itself, past any proxy.
_AT_HOME = ("127.0.0.1", "localhost")


def _session_cookie(config: Config) -> str:
    """The name of the session's cookie.

    By the prefix `__Host-`, browsers take it from this host alone, and from no neighbour under the same domain; it must
    then be for the whole host. Where others stand on the same host, they are not to be sent it.
    """
    if not config.is_https:
        return "session"
    return "__Secure-session" if config.site_path else "__Host-session"


def create_app(config: Config | None = None) -> Flask:
    """Build the application; without a config, read the environment. Misconfigured says why it must not start."""
    config = config or Config.from_environment()
    if problem := config.problem():
        raise Misconfigured(problem)
    app = Application("kb", static_folder=None, template_folder=None)
    app.config.update(
        KB=config,
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME=_session_cookie(config),
        SESSION_COOKIE_PATH=config.site_path or "/",
        SESSION_COOKIE_SECURE=config.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=[config.site_host, *_AT_HOME] if config.site_host else None,
    )
    database = Database(
        config.database_url,
        connections=config.threads + 2,
        must_exist=True,
        read_urls=config.database_read_urls,
        lag_seconds=config.read_lag_seconds,
        checkpoints=config.checkpoints,
    )
    app.extensions["kb_database"] = database
    app.extensions["kb_arrays"] = CatalogueArrays(database)
    app.extensions["kb_search"] = Search(database, config.search_index)
    app.extensions["kb_mail"] = Mail(config.smtp_url, config.mail_from, is_printed=config.development)
    peers = app.extensions["kb_peers"] = Peers(database, config.instance / PLACES)
    app.extensions["kb_imports"] = Runner(database, lambda: peers.gazetteer)
    files = KeptFiles(config.instance / DOWNLOADS, config.download_days, config.download_megabytes)
    app.extensions["kb_downloads"] = DownloadMaker(database, app.extensions["kb_search"], files)
    # Of the threads that answer pages, a quarter may wait for PDFs.
    app.extensions["kb_pdfs"] = PdfMaker(config.instance / "pdf", max(1, config.threads // 4), VENDOR)
    registration.register(app)
    api.register(app)
    request_log.register(app)
    metrics.register(app)
    return app
