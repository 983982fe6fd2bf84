"""`kb seed`: bring the database to head and fill it from the seed data, then bring the index up to it."""

from pathlib import Path

import click
from alembic.config import Config as AlembicConfig
from sqlalchemy.engine import make_url

from alembic import command
from config import ROOT
from kb.search import indexing
from kb.search.follower import Follower
from kb.seeding import seed as seed_catalogue

from .context import Context, track
from .file_modes import tighten


@click.command()
@click.option(
    "--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of seed data."
)
@click.pass_obj
def seed(context: Context, folder: Path | None) -> None:
    """Fill an empty or older database. Running it again doubles nothing and overwrites nothing that people changed."""
    _make_folder(context.config.database_url)
    tighten(context)
    database = context.database()
    with database.migrating() as connection:
        migrations = AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection, "quiet": True})
        command.upgrade(migrations, "head")
    with database.writing() as session:
        counted = seed_catalogue(session, folder or context.config.seed_data, track)
    for kind, counts in counted.items():
        click.echo(f"{kind}: {counts.made} made, {counts.renewed} renewed, {counts.left} left as they are")
    root = context.config.search_index
    if indexing.status(database, root).generation is None:
        indexing.rebuild(database, root, track)
    else:
        Follower(database, root).step()
    status = indexing.status(database, root)
    click.echo(f"index: {status.documents} documents, up to change {status.last_change}")


def _make_folder(url: str) -> None:
    """SQLite makes its file, but not the folder for it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
