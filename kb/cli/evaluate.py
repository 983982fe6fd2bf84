"""`kb evaluate`: the commands of `tools/evaluate.py`, which a checkout has and an install does not."""

import sys
from importlib import import_module

import click

from config import ROOT
from kb.core.errors import Problem
from kb.core.i18n import gettext_noop

_NO_TOOLS = gettext_noop("kb evaluate needs the source code: there is no folder %(folder)s.")


class _ToolsGroup(click.Group):
    """The group of `tools/evaluate.py`, imported when one of its commands is asked for. Raises Problem without it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return _commands().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _commands().get_command(ctx, cmd_name)


def _commands() -> click.Group:
    folder = ROOT / "tools"
    if not (folder / "evaluate.py").is_file():
        raise Problem(_NO_TOOLS, folder=str(folder))
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    commands: click.Group = import_module("tools.evaluate").commands
    return commands


evaluate = _ToolsGroup("evaluate", help="Measure quality with test data. Prints one `name: value` per line.")
