"""`kb backup` and its subcommands, and `kb restore`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from kb.backup import service
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.migrations.state import schema_state
from kb.search import indexing
from kb.search.index import IndexLocked

from .context import Context, documents, known_migrations, track

_NO_TARGET = gettext_noop("Give a file or a folder for the backup, or set KB_BACKUPS to a folder.")

_NO_MOMENT = gettext_noop("The moment must be like 2026-01-31T02:00:00Z, in UTC unless it has a time zone.")

_NO_INDEX = gettext_noop(
    "The database was restored, but its search index was not built: %(reason)s. Fix this, then run `kb index rebuild`."
)

_MAKE = "make"


class _MakesByDefault(click.Group):
    """`kb backup FOLDER` is `kb backup make FOLDER`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command's name in front, unless there is one, or help is asked for."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [_MAKE, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_MakesByDefault)
def backup() -> None:
    """Back up the site: `kb backup [FILE|FOLDER] [--verify]`. It may keep running."""


@backup.command(_MAKE)
@click.argument("target", metavar="[FILE.tar|FOLDER]", required=False, type=click.Path(path_type=Path))
@click.option("--verify", "is_verified", is_flag=True, help="Restore it as a test, and compare every table.")
@click.pass_obj
def make(context: Context, target: Path | None, is_verified: bool) -> None:
    """Save database, releases and downloads in FILE.tar, or in FOLDER or KB_BACKUPS under a name with date and time.

    With KB_BACKUP_KEY_FILE it is encrypted, and the name ends in .tar.age. In KB_BACKUPS, backups that are too old by
    KB_BACKUP_KEEP_DAYS are deleted afterwards.
    """
    config = context.config
    folder = Path(config.backups) if config.backups else None
    if (where := target or folder) is None:
        raise Refused(_NO_TARGET)
    file, manifest, verification = service.backup(_site(context), where, is_verified=is_verified)
    files = len(manifest.files) - 1
    more = f", {files:,} files" if files else ""
    encrypted = ", encrypted" if file.suffix == ".age" else ""
    size = f"{file.stat().st_size / 1_000_000:,.1f} MB"
    click.echo(f"backup: {file}, {size}, database version {manifest.revision}{more}{encrypted}")
    if verification is not None:
        _say_verified(verification)
    if target is None and folder is not None:
        for old in service.prune(folder, config.backup_keep_days):
            click.echo(f"deleted: {old}")


@backup.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def verify(context: Context, file: Path) -> None:
    """Restore a backup as a test, and compare every table. The site is not changed."""
    _say_verified(service.verify(_site(context), file))


@backup.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """Make a key for KB_BACKUP_KEY_FILE in a new file. Keep a copy elsewhere, not with the backups."""
    public = service.new_key_file(file)
    click.echo(f"key: {file} (mode 0600); its public key is {public}")
    click.echo("keep a copy of this file elsewhere: without it, no encrypted backup can be restored")


@backup.command()
@click.argument("moment", metavar="MOMENT")
@click.pass_obj
def restored(context: Context, moment: str) -> None:
    """Record that another program restored the database to MOMENT, as in 2026-01-31T02:00:00Z.

    Every search index is then rebuilt, and the site shows the date of its data. `kb restore` does this by itself.
    """
    try:
        made_at = datetime.fromisoformat(moment)
    except ValueError:
        raise Refused(_NO_MOMENT) from None
    database = context.usable_database()
    click.get_current_context().call_on_close(database.dispose)
    service.note_restored(database, made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC))
    _rebuild_index(context, database)


def _say_verified(verification: service.Verification) -> None:
    if not verification.was_restored:
        click.echo(
            "verified: read to its end, but not restored as a test: the database user may not create databases"
            " (ALTER ROLE … CREATEDB allows it)"
        )
    elif verification.tables:
        click.echo(f"verified: restored as a test, {verification.tables} tables with {verification.rows:,} rows match")
    else:
        click.echo("verified: restored as a test; this backup of an earlier version has no checksums of tables")


@click.command()
@click.argument("file", metavar="FILE.tar", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace all data in a database that is not empty.")
@click.pass_obj
def restore(context: Context, file: Path, replace: bool) -> None:
    """Restore the database from the backup FILE.tar and rebuild the search index. Stop `kb serve` first."""
    site = _site(context)
    database = site.database
    restored = service.restore(site, file, known_migrations(), replace=replace)
    manifest = restored.manifest
    click.echo(f"restored: database of {manifest.created}, version {manifest.revision}")
    if restored.files.added:
        click.echo(f"files: {len(restored.files.added):,} added")
    for path in restored.files.differing:
        click.echo(f"files: {path} differs from the backup; it was not changed")
    state = schema_state(database)
    if not state.can_run:
        words = (
            f"next: run `kb migrate` to update the database to version {state.head}; `kb serve` then builds the index"
        )
        click.echo(words)
        return
    _rebuild_index(context, database)


def _rebuild_index(context: Context, database: Database) -> None:
    try:
        rebuilt = indexing.rebuild(database, context.config.search_index, track)
        click.echo(f"index: {documents(rebuilt.documents)}, up to change {rebuilt.last_change}")
    except IndexLocked:
        click.echo("index: another process is building it")
    except OSError as problem:
        raise Refused(_NO_INDEX, reason=str(problem)) from None


def _site(context: Context) -> service.Site:
    """What is backed up with these settings; its database is closed when the command ends."""
    config = context.config
    database = context.database(must_exist=False)
    click.get_current_context().call_on_close(database.dispose)
    keys = service.read_keys(Path(config.backup_key_file)) if config.backup_key_file else None
    return service.Site(database, config.kept_files, config.instance, keys)
