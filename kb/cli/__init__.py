"""The `kb` command: the interface of the terminal. An error is one line on standard error and a non-zero exit."""

import io
import os
import sys
from importlib import import_module

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from kb.core.errors import Misconfigured, Problem
from kb.core.gc_tuning import rare_collections
from kb.core.logs import configure_logging

from .context import Context, message_text
from .failures import database_failure, file_failure
from .file_modes import UMASK

_SUBCOMMANDS = {
    "alerts": "alerts:alerts",
    "backup": "backup:backup",
    "doctor": "doctor:doctor",
    "evaluate": "evaluate:evaluate",
    "forum": "database:forum",
    "import": "importing:import_",
    "index": "index:index",
    "mcp": "mcp:mcp",
    "migrate": "database:migrate_command",
    "person": "person:person",
    "questions": "questions:questions",
    "release": "database:release",
    "restore": "backup:restore",
    "returned-mail": "returned_mail:returned_mail",
    "seed": "database:seed",
    "serve": "serve:serve",
    "user": "user:user",
}
"""Where each is: a module beside this one, and the name of the command in it."""


class Subcommands(click.Group):
    """A group of all subcommands. Its help, which shows a line of each, imports them all."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The names, in the order of the alphabet."""
        return sorted(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click calls it
        """A subcommand; None where there is none of that name."""
        if cmd_name not in _SUBCOMMANDS:
            return None
        module, name = _SUBCOMMANDS[cmd_name].split(":")
        # As of what `kb/__main__.py` imports, nothing of it is garbage.
        with rare_collections():
            command: click.Command = getattr(import_module(f"kb.cli.{module}"), name)
        return command


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
