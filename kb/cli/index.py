"""`kb index`: how the search index stands, following the change log, rebuilding, and checking."""

import sys
import threading

import click

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.search import indexing
from kb.search.follower import Follower

from .context import Context, documents, track

_NO_INDEX = gettext_noop("There is no search index that can be used: %(reason)s. Run `kb index rebuild`.")


@click.group()
def index() -> None:
    """The search index: status, follow, rebuild, check."""


@index.command()
@click.pass_obj
def status(context: Context) -> None:
    """Show the index in use, its documents, and how many changes it is behind. Exit code 1 if there is none."""
    status = indexing.status(context.database(), context.config.search_index)
    if status.generation is None:
        raise Refused(_NO_INDEX, reason=status.reason or "")
    click.echo(f"generation: {status.generation}")
    click.echo(f"documents: {status.documents}")
    click.echo(f"last_change: {status.last_change}")
    click.echo(f"newest_change: {status.newest_change}")
    click.echo(f"lag: {status.lag}")


@index.command()
@click.option("--once", is_flag=True, help="Process all waiting changes and stop.")
@click.pass_obj
def follow(context: Context, once: bool) -> None:
    """Keep the index up to date until interrupted. `kb serve` does this itself."""
    follower = Follower(context.database(), context.config.search_index)
    if once:
        click.echo(f"written: {follower.step()}")
        return
    try:
        follower.run(threading.Event())
    except KeyboardInterrupt:
        follower.close()


@index.command()
@click.pass_obj
def rebuild(context: Context) -> None:
    """Build a new index, compare it with the database, and then use it."""
    rebuilt = indexing.rebuild(context.database(), context.config.search_index, track)
    click.echo(f"rebuilt: {documents(rebuilt.documents)}, up to change {rebuilt.last_change}")


@index.command()
@click.pass_obj
def check(context: Context) -> None:
    """Compare index and database and list every difference. Exit code 1 if there is one."""
    differences = indexing.check(context.database(), context.config.search_index)
    for difference in differences:
        click.echo(f"{difference.what}: {difference.kind} {difference.entry_id}")
    click.echo(f"differences: {len(differences)}")
    if differences:
        sys.exit(1)
