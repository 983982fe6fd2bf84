"""The subcommands of `kb`, each imported when it is asked for, so that none waits for what another needs."""

from importlib import import_module

import click

from kb.core.gc_tuning import rare_collections

_SUBCOMMANDS = {
    "alerts": "alerts:alerts",
    "backup": "backup:backup",
    "doctor": "doctor:doctor",
    "evaluate": "evaluate:evaluate",
    "forum": "database:forum",
    "import": "importing:import_",
    "index": "index:index",
    "mcp": "mcp:mcp",
    "migrate": "migrate:migrate_command",
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
