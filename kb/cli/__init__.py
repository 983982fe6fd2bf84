"""The `kb` command: the interface of the terminal. An error is one line on standard error and a non-zero exit."""

import io
import os
import sys

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from kb.core.errors import Misconfigured, Problem
from kb.core.logs import configure_logging

from .context import Context, message_text
from .failures import database_failure, file_failure
from .file_modes import UMASK
from .subcommands import Subcommands

log = structlog.get_logger(__name__)


@click.group(cls=Subcommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.pass_context
def kb(context: click.Context) -> None:
    """CityPeers: a knowledge base of what cities do. Settings are environment variables; `kb doctor` shows them."""
    context.obj = Context.from_environment()
    # `kb doctor` lists it among all else.
    if context.invoked_subcommand != "doctor" and (problem := context.obj.config.wrong_setting()):
        raise Misconfigured(problem)
    configure_logging(context.obj.config.log_level, context.obj.config.log_format)
    # However the command ends, whoever copies SQLite's main file afterwards has everything.
    context.call_on_close(context.obj.database().checkpoint)


def main() -> None:
    """Run the command; turn what people can be told into one line."""
    os.umask(UMASK)
    if sys.stdin is None:
        # It was closed: whoever reads it finds its end.
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    try:
        kb(prog_name="kb")
    except Problem as problem:
        _end(message_text(problem.message))
    except SQLAlchemyError as problem:
        _end(message_text(database_failure(problem, Context.from_environment().config.database_url)))
    except OSError as problem:
        _end(message_text(file_failure(problem)))


def _end(message: str) -> None:
    if sys.argv[1:2] == ["serve"] and os.environ.get("KB_LOG_FORMAT") == "json":
        # Whatever collects the log reads every line as JSON, also where the settings could not be read.
        configure_logging("INFO", "json")
        log.critical(message)
    else:
        click.echo(f"kb: {message}", err=True)
    sys.exit(1)
