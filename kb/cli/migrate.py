"""`kb migrate`: brings the database to the version that this program needs, while older programs may still serve it."""

import click

from kb.core.db import Database
from kb.migrations.running import STATEMENT_SECONDS, migrate
from kb.migrations.scripts import Migration, Migrations
from kb.migrations.state import Relation, schema_state

from .context import Context, make_folder
from .file_modes import tighten


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
