"""`kb import`: a file of initiatives is imported from the terminal as from the desk: checked, imported, undone."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.queries import person_by_email
from kb.core.db import Database
from kb.core.errors import Problem, Refused
from kb.core.i18n import Message, gettext_noop
from kb.exporting.cells import csv_bytes
from kb.importing import actions, queries
from kb.importing.choices import MODES, STATES, VERDICTS
from kb.importing.columns import FIELDS, NEEDED, named_column
from kb.importing.headings import plain_name
from kb.importing.models import Import
from kb.importing.queries import import_by_id
from kb.importing.readers import ENCODINGS, Limits, read_table, refuse_large
from kb.importing.runner import Runner
from kb.importing.serialization import message_from_json
from kb.peers.service import PLACES, Peers

from .context import Context, message_text, ngettext

_SHOWN = 20


class _FileOrCommand(click.Group):
    """`kb import FILE` is short for `kb import file FILE`; `undo`, `list` and `fields` are what they are."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take whatever is no command for the name of a file."""
        if args and args[0] not in self.commands:
            args = ["file", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options before the name of the file are the file's, not ours."""
        if args and args[0].startswith("-") and args[0] not in {"-h", "--help"}:
            args = ["file", *args]
        return super().parse_args(ctx, args)


@click.group("import", cls=_FileOrCommand, subcommand_metavar="FILE | undo ID | resume ID | list | fields")
def import_() -> None:
    """Import a file of initiatives (CSV or XLSX): `kb import FILE [OPTIONS]`; its options: `kb import file -h`."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only check each row and print the result; nothing is imported.")
@click.option("--as", "mode", type=click.Choice(list(MODES)), default="proposals", show_default=True)
@click.option("--by", "email", help="Who imports it, by the e-mail address of an account; without it, the terminal.")
@click.option("--collection", help="Name of the data source; without it, the name of the file without its ending.")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column holds, such as 'Town=city'; the column by name or letter, FIELD may be empty.",
)
@click.option(
    "--word",
    "words",
    multiple=True,
    metavar="WORD=TERM",
    help="What an unrecognised term means, by code or label; without TERM it is left out.",
)
@click.option(
    "--words",
    "word_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file with many of them, in columns named word and term.",
)
@click.option(
    "--import-anyway", "wanted", multiple=True, type=int, metavar="ROW", help="Import a row that may exist already."
)
@click.option("--sheet", help="The sheet of a workbook; else the one most like a table.")
@click.option("--encoding", type=click.Choice(list(ENCODINGS)), help="The encoding of a CSV file; else detected.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the result of each row to a CSV file.",
)
@click.pass_obj
def file(
    context: Context,
    file: Path,
    dry_run: bool,
    mode: str,
    email: str | None,
    collection: str | None,
    mapped: Sequence[str],
    words: Sequence[str],
    word_file: Path | None,
    wanted: Sequence[int],
    sheet: str | None,
    encoding: str | None,
    report: Path | None,
) -> None:
    """Check FILE, import it, and print what happened to its rows; non-zero when one was refused."""
    refuse_large(file.stat().st_size, Limits())
    database = context.database()
    with database.writing() as session:
        actor = _actor(session, email)
        import_record = actions.upload(
            session,
            actor,
            file.read_bytes(),
            file.name,
            mode=mode,
            collection=collection,
            sheet=sheet,
            encoding=encoding,
        )
        _choose_columns(session, actor, import_record, mapped)
        if pairs := [*_pairs(words), *(_pairs_in(word_file) if word_file else [])]:
            actions.choose_words_by_pairs(session, actor, import_record, pairs)
        import_id = import_record.id
    _tell_columns(import_record)
    runner = _runner(context)
    try:
        _check(database, runner, import_id, actor, wanted)
    except BaseException:
        # What went wrong is told, not that another process works on it, or has taken it away.
        with suppress(Problem):
            _discard(context, import_id, actor)
        raise
    if not dry_run:
        with database.writing() as session:
            actions.start_run(session, actor, import_by_id(session, import_id))
        _work(runner, import_id, "Importing", actor)
    refused = _tell(context, import_id, report, dry_run=dry_run)
    if dry_run:
        _discard(context, import_id, actor)
    if refused:
        if dry_run:
            result = ngettext("%(num)s row would be refused", "%(num)s rows would be refused", refused)
        else:
            result = ngettext("%(num)s row was refused", "%(num)s rows were refused", refused)
        click.echo(f"kb: {result}", err=True)
        sys.exit(1)


@import_.command()
@click.argument("import_id", type=int)
@click.option("--by", "email", help="E-mail of the person who undoes it.")
@click.pass_obj
def undo(context: Context, import_id: int, email: str | None) -> None:
    """Undo the import with this number. Entries that someone has changed since are listed and not touched."""
    database = context.database()
    with database.writing() as session:
        actor = _actor(session, email)
        actions.start_undo(session, actor, import_by_id(session, import_id))
    _work(_runner(context), import_id, "Undoing", actor)
    with database.reading() as session:
        import_record = import_by_id(session, import_id)
        rows = session.scalars(queries.taken_back(import_record)).all()
    left = [row for row in rows if row.left]
    click.echo(f"undone: {len(rows) - len(left)}")
    click.echo(f"not undone: {len(left)}")
    for row in left:
        click.echo(f"row {row.number}\t{row.title}\t{message_text(message_from_json(row.left or {}))}")


@import_.command()
@click.argument("import_id", type=int)
@click.option("--by", "email", help="E-mail of the person who continues it.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the result of each row to a CSV file.",
)
@click.pass_obj
def resume(context: Context, import_id: int, email: str | None, report: Path | None) -> None:
    """Continue an interrupted import where it stopped."""
    database = context.database()
    with database.writing() as session:
        actor = _actor(session, email)
        actions.resume(session, actor, import_by_id(session, import_id))
    _work(_runner(context), import_id, "Continuing", actor)
    if _tell(context, import_id, report, dry_run=False):
        sys.exit(1)


@import_.command("list")
@click.pass_obj
def list_imports(context: Context) -> None:
    """List all imports, newest first: number, date, kind, state, counts, data source, file, person."""
    with context.database().reading() as session:
        for import_record in session.scalars(select(Import).order_by(Import.id.desc())):
            counts = ", ".join(f"{getattr(import_record, verdict)} {verdict}" for verdict in VERDICTS)
            click.echo(
                f"{import_record.id}\t{import_record.created_at:%Y-%m-%d}\t{import_record.mode}\t{STATES[import_record.state]}\t{counts}\t{import_record.collection}"
                f"\t{import_record.file_name}\t{import_record.actor_name}"
            )


@import_.command()
def fields() -> None:
    """List the fields that a column can be used for."""
    for field in FIELDS.values():
        click.echo(f"{field.code}\t{field.label}")


def _choose_columns(session: Session, actor: User, import_record: Import, mapped: Sequence[str]) -> None:
    """Map columns to fields as guessed and as `--map` says; Refused where none holds the title or the city."""
    columns = actions.columns_of(import_record)
    mapping = dict(import_record.mapping)
    for option in mapped:
        name, _, code = option.rpartition("=")
        letter = named_column(columns, name).letter
        mapping = {
            at: mapped_code for at, mapped_code in mapping.items() if mapped_code != code or FIELDS[code].several
        }
        mapping[letter] = plain_name(code).replace(" ", "_")
    _refuse_missing_columns(import_record, mapping)
    actions.choose_columns(session, actor, import_record, mapping)


def _check(database: Database, runner: Runner, import_id: int, actor: User, wanted: Sequence[int]) -> None:
    """Check every row; then again with the rows, by number, that are to be imported although they may exist."""
    _work(runner, import_id, "Checking", actor)
    if wanted:
        with database.writing() as session:
            import_record = import_by_id(session, import_id)
            actions.edit_rows(session, actor, import_record, {}, dict.fromkeys(wanted, True))
        _work(runner, import_id, "Checking", actor)


def _pairs(words: Iterable[str]) -> list[tuple[str, str]]:
    """Words with their terms, as in "Beacons=sensors-iot"; Refused where the sign between them is missing."""
    for pair in words:
        if "=" not in pair:
            raise Refused(gettext_noop("--word needs the form WORD=TERM, not %(given)s."), given=pair)
    return [(pair.rpartition("=")[0].strip(), pair.rpartition("=")[2].strip()) for pair in words]


def _pairs_in(file: Path) -> list[tuple[str, str]]:
    """Words with their terms, from a CSV file with columns for both; Refused where one is missing."""
    with file.open("rb") as opened:
        table = read_table(opened, file.name)
    by_name = {plain_name(column.name): column for column in table.columns}
    if not {"word", "term"} <= by_name.keys():
        raise Refused(gettext_noop("%(file)s has no columns named word and term."), file=file.name)
    return [(row.cell(by_name["word"]), row.cell(by_name["term"])) for row in table.rows if row.cell(by_name["word"])]


def _tell_words(unknown: Sequence[Mapping[str, Any]], words: Mapping[str, Mapping[str, str]]) -> None:
    """Each word that no list knows, once: in how many rows, what is near, and what was said it means."""
    for word in unknown:
        rows = ngettext("%(num)s row", "%(num)s rows", word["rows"])
        term = words.get(word["list"], {}).get(word["plain"])
        if term is None:
            meaning = f"similar: {', '.join(word['near'])}" if word["near"] else "nothing similar"
        else:
            meaning = f"used as {term}" if term else "ignored"
        click.echo(f"unrecognised term\t{word['list']}\t{word['word']}\t{rows}\t{meaning}")
    if any(word["plain"] not in words.get(word["list"], {}) for word in unknown):
        click.echo("to use a term, add --word WORD=TERM; to ignore the word, add --word WORD=")


def _actor(session: Session, email: str | None) -> User:
    """The person with that address; without one the terminal, which whoever may use it may do anything by anyway."""
    return person_by_email(session, email) if email else User(email="", name="kb import", role="administrator")


def _runner(context: Context) -> Runner:
    database = context.database()
    peers = Peers(database, context.config.instance / PLACES)
    return Runner(database, lambda: peers.gazetteer)


def _work(runner: Runner, import_id: int, label: str, actor: User) -> None:
    with click.progressbar(length=1, label=f"{label:<12}", show_eta=True, show_pos=True) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        runner.work_on(import_id, progress, actor)


def _refuse_missing_columns(import_record: Import, mapping: Mapping[str, str]) -> None:
    """Where no column holds the title or the city, list the columns of the file, and say how to choose."""
    missing = [code for code in NEEDED if code not in mapping.values()]
    if missing:
        for column in import_record.columns:
            click.echo(f"column {column['letter']} ({column['name']}): {' · '.join(column['samples'])}")
        options = " ".join(f"--map COLUMN={code}" for code in missing)
        raise Refused(
            gettext_noop("No column holds: %(fields)s. Choose from the columns above: %(options)s"),
            fields=tuple(Message(FIELDS[code].label) for code in missing),
            options=options,
        )


def _tell_columns(import_record: Import) -> None:
    for note in import_record.notes:
        click.echo(message_text(message_from_json(note)))
    for column in import_record.columns:
        code = import_record.mapping.get(column["letter"])
        if code is None and column["name"]:
            offered = f"; similar field: {column['offered']}" if column["offered"] else ""
            click.echo(f"column {column['letter']} ({column['name']}) is not used{offered}")


def _tell(context: Context, import_id: int, report: Path | None, *, dry_run: bool) -> int:
    """Print the counts and the first messages, write the report, and give how many rows were refused."""
    with context.database().reading() as session:
        import_record = import_by_id(session, import_id)
        lines = list(queries.report_lines(session, import_record, message_text))
        refused = import_record.refused
        click.echo(f"{'dry run' if dry_run else 'import'}: {'nothing was saved' if dry_run else import_record.id}")
        click.echo(f"rows: {import_record.rows}")
        for verdict in VERDICTS:
            click.echo(f"{verdict}: {getattr(import_record, verdict)}")
        _tell_words(import_record.unknown or [], import_record.words or {})
    lines_with_messages = [line for line in lines if line[5]]
    for line in lines_with_messages[:_SHOWN]:
        click.echo(f"row {line[0]}\t{line[4]}\t{line[3]}\t{line[5]}")
    if len(lines_with_messages) > _SHOWN:
        click.echo(f"and {len(lines_with_messages) - _SHOWN} more; --report FILE.csv lists all")
    if report:
        report.write_bytes(csv_bytes(queries.REPORT_HEADER, lines))
    return refused


def _discard(context: Context, import_id: int, actor: User) -> None:
    with context.database().writing() as session:
        actions.discard(session, actor, import_by_id(session, import_id))
