"""`kb backup` and `kb restore`: the whole database into one file while the site runs, and back."""

from pathlib import Path

import click

from kb.backup import service
from kb.search import indexing
from kb.search.index_versions import IndexLocked

from .context import Context, at_head, known_migrations, track


@click.command()
@click.argument("target", metavar="FILE.tar|FOLDER", type=click.Path(path_type=Path))
@click.pass_obj
def backup(context: Context, target: Path) -> None:
    """Write the whole database into FILE.tar, or into a file named for the moment in FOLDER, while the site runs."""
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    file, manifest = service.backup(database, target)
    click.echo(f"backup: {file}, {file.stat().st_size / 1_000_000:,.1f} MB, database at {manifest.revision}")


@click.command()
@click.argument("file", metavar="FILE.tar", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace everything in a database that is not empty.")
@click.pass_obj
def restore(context: Context, file: Path, replace: bool) -> None:
    """Make the database what the backup FILE.tar holds, and build the search index anew. Stop `kb serve` before."""
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    manifest = service.restore(database, file, known_migrations(), replace=replace)
    click.echo(f"restored: the database of {manifest.created}, at {manifest.revision}")
    here, head = at_head(database)
    if here != head:
        click.echo(f"next: run `kb seed`, which brings the database to {head} and builds the index")
        return
    try:
        made = indexing.rebuild(database, context.config.search_index, track)
        click.echo(f"index: {made.documents} documents, up to change {made.last_change}")
    except IndexLocked:
        click.echo("index: another process builds it")
