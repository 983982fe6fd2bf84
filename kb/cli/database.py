"""Commands on the database as a whole: `kb seed`, `kb migrate`, `kb release`, `kb forum forget-names`."""

from datetime import timedelta
from pathlib import Path

import click

from kb.core.column_types import now
from kb.core.db import Database
from kb.exporting.releases.writing import make_release
from kb.forum.live.retention import forget_names
from kb.migrations.running import STATEMENT_SECONDS, migrate
from kb.migrations.scripts import Migration, Migrations
from kb.migrations.state import Relation, schema_state
from kb.peers.service import PLACES, Peers
from kb.search import indexing
from kb.search.follower import Follower
from kb.seeding import seed as seed_catalogue

from .context import Context, documents, entries, make_folder, ngettext, require_usable, track
from .file_modes import tighten


@click.command()
@click.option(
    "--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder with the seed data."
)
@click.pass_obj
def seed(context: Context, folder: Path | None) -> None:
    """Create or update the database and add the seed data. What people changed is never overwritten."""
    make_folder(context.config.database_url)
    tighten(context)
    database = context.database(must_exist=False)
    state = schema_state(database)
    if state.relation is Relation.AHEAD:
        # An older program that is installed again must be able to start by the same steps.
        click.echo(
            f"database: version {state.here}, newer than this program, which can still run on it; nothing was changed"
        )
        return
    run_migrations(database)
    require_usable(schema_state(database))
    with database.writing() as session:
        counted = seed_catalogue(session, folder or context.config.seed_data, track)
    for kind, counts in counted.items():
        left_alone = f", {len(counts.left_alone)} left alone" if counts.left_alone else ""
        click.echo(f"{kind}: {counts.made} added, {counts.renewed} updated, {counts.left} unchanged{left_alone}")
        for entry in counts.left_alone:
            click.echo(f"  left alone: {entry.name} ({entry.why})")
    root = context.config.search_index
    if indexing.status(database, root).generation is None:
        indexing.rebuild(database, root, track)
    else:
        Follower(database, root).step()
    status = indexing.status(database, root)
    # Made here, so that the first start of the site need not.
    peers = Peers(database, context.config.instance / PLACES)
    _ = peers.feature_matrix, peers.gazetteer
    click.echo(f"index: {documents(status.documents)}, up to change {status.last_change}")


@click.command()
@click.argument("folder", metavar="[FOLDER]", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def release(context: Context, folder: Path | None) -> None:
    """Write all data as an archive that can be cited, in FOLDER or KB_RELEASES. The page /data lists it."""
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    made, is_new = make_release(database, folder or context.config.releases_folder, context.site())
    if not is_new:
        click.echo(f"release: nothing has changed since {made.name}")
        return
    click.echo(f"release: {made.archive}, {made.size / 1_000_000:,.1f} MB, {entries(made.total)}")
    if made.previous:
        changes = ", ".join(f"{count:,} {what}" for what, count in made.changes.items())
        click.echo(f"since {made.previous}: {changes}")


@click.group()
def forum() -> None:
    """Sessions of the forum."""


@forum.command("forget-names")
@click.option("--days", type=click.IntRange(0), help="Number of days (default: KB_FORUM_NAME_DAYS).")
@click.pass_obj
def forget(context: Context, days: int | None) -> None:
    """Remove the names of people who asked questions, some days after a session. `kb serve` does this daily."""
    kept_days = context.config.forum_name_days if days is None else days
    with context.database().writing() as session:
        forgotten = forget_names(session, now() - timedelta(days=kept_days))
    click.echo(ngettext("name removed from %(num)s question", "names removed from %(num)s questions", forgotten))


@click.command("migrate")
@click.option(
    "--contract", is_flag=True, help="Also remove what only older versions need. Stop all older versions first."
)
@click.option(
    "--statement-seconds",
    type=click.IntRange(1),
    default=STATEMENT_SECONDS,
    show_default=True,
    help="Give up if one statement takes longer (PostgreSQL).",
)
@click.pass_obj
def migrate_command(context: Context, contract: bool, statement_seconds: int) -> None:
    """Bring the database to the version that this program needs. The site may keep running; docs/upgrading.md."""
    make_folder(context.config.database_url)
    tighten(context)
    database = context.database(must_exist=False)
    click.get_current_context().call_on_close(database.dispose)
    run_migrations(database, contract=contract, statement_seconds=statement_seconds)


def run_migrations(database: Database, *, contract: bool = False, statement_seconds: int = STATEMENT_SECONDS) -> None:
    """Migrate, and print what was done and what is left. Raises Refused and SQLAlchemyError."""
    before = schema_state(database).here

    def applied(migration: Migration) -> None:
        if before is not None:
            click.echo(f"migration {migration.revision} ({migration.phase}): {migration.title}")

    def waiting(reason: str, seconds: float) -> None:
        click.echo(f"the database is busy ({reason}); trying again in {seconds:.0f} s", err=True)

    migrate(database, contract=contract, statement_seconds=statement_seconds, applied=applied, waiting=waiting)
    state = schema_state(database)
    if state.here == before:
        click.echo(f"database: version {state.here}, nothing to do")
    else:
        click.echo(f"database: version {state.here}, before {before or 'empty'}")
    if state.relation is not Relation.CURRENT:
        left = ", ".join(migration.revision for migration in Migrations.of_program().after(state.here))
        click.echo(f"left: {left}; run `kb migrate --contract` once no older version of the program runs")
