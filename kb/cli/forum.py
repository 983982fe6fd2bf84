"""`kb forum`: what is done with sessions from the terminal."""

from datetime import timedelta

import click

from kb.core.column_types import now
from kb.forum.live.retention import forget_names

from .context import Context


@click.group()
def forum() -> None:
    """Sessions of the forum."""


@forum.command("forget-names")
@click.option("--days", type=click.IntRange(0), help="Days after a session (KB_FORUM_NAME_DAYS).")
@click.pass_obj
def forget(context: Context, days: int | None) -> None:
    """Take away who asked in sessions that are over for so long; `kb serve` does so by itself every day."""
    kept = context.config.forum_name_days if days is None else days
    with context.database().writing() as session:
        forgotten = forget_names(session, now() - timedelta(days=kept))
    click.echo(f"names taken off {forgotten} questions" if forgotten != 1 else "name taken off 1 question")
