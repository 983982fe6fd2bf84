"""Starts, checks, runs, resumes, undoes and discards imports, as people ask for it."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.core.column_types import now
from kb.core.db import lock_row
from kb.core.errors import NotAllowed, NotFound, Refused
from kb.core.i18n import Message, gettext_noop
from kb.core.text import clean_line

from .choices import MODES, NO_IMPORT
from .claims import is_stale, release
from .columns import mapping_of, match, refuse_missing
from .headings import plain_name
from .models import Import, ImportEdit, ImportFile, ImportRow
from .queries import PAGE, edits_of
from .readers import Column, Limits, clean_cell, place_of
from .reading import read_file
from .serialization import is_table, message_to_json, table_from
from .vocabulary import LEFT_OUT, Choices, chosen_by, lists_of, speak_of_stages, vocabularies

PERMISSION = {"proposals": "import-proposals", "published": "import-published"}
"""What a person must be allowed to do for each mode."""

_SAMPLES = 3
_SAMPLE_ROWS = 50
_SAMPLE_LETTERS = 120
_NOT_ALLOWED = gettext_noop("Your role does not include this.")
_NOT_NOW = gettext_noop("This is not possible in the current state of the import.")


def upload(
    session: Session,
    actor: User,
    content: bytes,
    file_name: str,
    *,
    mode: str = "proposals",
    collection: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    may_wait: bool = False,
) -> Import:
    """Take a file in: it is read, its columns are matched by name, and nothing else happens yet. Raises Refused, Busy.

    `encoding` is that of a CSV file; where none is given it is detected. Where it cannot be, the file is refused; with
    `may_wait` it is kept for `read_kept_file`, and has no columns until then.
    It is read before the database is touched, so that nobody waits for it.
    """
    if mode not in MODES:
        raise Refused(gettext_noop("There is no import mode called %(mode)s."), mode=mode)
    _require_permission(actor, mode)
    name = clean_line(PurePath(file_name.replace("\\", "/")).name)[:200] or "file"
    problem: Message | None = None
    stored = content
    try:
        stored = read_file(content, name, sheet, encoding)
    except Refused as refused:
        if not may_wait or "readings" not in refused.message.values:
            raise
        problem = refused.message
    import_record = Import(
        collection=(clean_line(collection or "") or PurePath(name).stem)[:300],
        file_name=name,
        mode=mode,
        state="uploaded",
        task="check",
        actor_id=actor.id,
        actor_name=actor.name,
        problem=message_to_json(problem) if problem else None,
    )
    session.add(import_record)
    session.flush()
    session.add(ImportFile(import_id=import_record.id, content=stored))
    if problem is None:
        _match_columns(import_record, stored)
    record_audit_event(
        session, actor, "upload", "import", import_record.id, file=name, sha256=hashlib.sha256(content).hexdigest()
    )
    session.flush()
    return import_record


def needs_encoding(import_record: Import) -> bool:
    """Whether the file waits for somebody to say in which encoding it is."""
    return import_record.state == "uploaded" and not import_record.columns


def read_kept_file(import_record: Import, content: bytes, encoding: str | None) -> bytes:
    """The table of a file that was kept, read in the encoding that somebody chose. Raises Refused, Busy."""
    if not needs_encoding(import_record) or is_table(content):
        raise Refused(_NOT_NOW)
    return read_file(content, import_record.file_name, import_record.sheet, encoding)


def take_kept_file(session: Session, actor: User, import_record: Import, content: bytes, stored_table: bytes) -> None:
    """Match the columns of a file that was read in the encoding that somebody chose. Raises Refused.

    So it does where the file is not the `content` any more that was read: somebody whom it named was erased.
    """
    _take(session, actor, import_record)
    file = session.get(ImportFile, import_record.id)
    if not needs_encoding(import_record) or file is None or file.content != content:
        raise Refused(_NOT_NOW)
    file.content = stored_table
    import_record.problem = None
    _match_columns(import_record, stored_table)
    session.flush()


def _match_columns(import_record: Import, stored_table: bytes) -> None:
    """Note the columns of a file that was read, and match them by name."""
    table = table_from(stored_table, first=_SAMPLE_ROWS)
    stages = {column.place for column in table.columns if speak_of_stages(row.cell(column) for row in table.rows)}
    matched = match(table.columns, stages)
    import_record.sheet, import_record.rows = table.sheet, table.row_count
    import_record.columns = [
        {
            "letter": column.letter,
            "name": column.name,
            "samples": [cell[:_SAMPLE_LETTERS] for row in table.rows if (cell := row.cell(column))][:_SAMPLES],
            "offered": matched.offered.get(column.place),
        }
        for column in table.columns
    ]
    import_record.mapping = {
        column.letter: matched.taken[column.place] for column in table.columns if column.place in matched.taken
    }
    import_record.notes = [message_to_json(message) for message in (*table.notes, *matched.notes)]


def edit_rows(
    session: Session,
    actor: User,
    import_record: Import,
    cells: Mapping[int, Mapping[str, str]],
    wanted: Mapping[int, bool],
) -> None:
    """Change cells of rows, by number and letter, and let the file be checked anew. Raises Refused.

    A cell that says again what the file says is as it was. `wanted` tells of rows that may exist already whether they
    are to be imported anyway. Rows of which nothing is said stay as they are.
    """
    _take(session, actor, import_record)
    if import_record.state != "checked":
        raise Refused(_NOT_NOW)
    numbers = {*cells, *wanted}
    if len(numbers) > PAGE:
        # No page has so many, and no statement takes any number of values.
        raise Refused(
            gettext_noop("There are %(count)s of these; at most %(most)s are allowed."), count=len(numbers), most=PAGE
        )
    if any(len(text) > Limits().cell_letters for texts in cells.values() for text in texts.values()):
        raise Refused(gettext_noop("A cell may have up to %(most)s characters."), most=Limits().cell_letters)
    rows = session.scalars(
        select(ImportRow).where(ImportRow.import_id == import_record.id, ImportRow.number.in_(numbers))
    ).all()
    edits = edits_of(session, import_record, rows)
    for row in rows:
        edit = edits.get(row.number)
        if edit is None:
            edit = ImportEdit(import_id=import_record.id, number=row.number, cells={}, is_wanted=False)
            session.add(edit)
        in_file, sent = row.cells or {}, cells.get(row.number, {})
        cleaned = {letter: clean_cell(text) for letter, text in sent.items() if letter in in_file}
        edit.cells = {
            letter: text for letter, text in {**edit.cells, **cleaned}.items() if text != in_file.get(letter, "")
        }
        edit.is_wanted = wanted.get(row.number, edit.is_wanted)
    _queue(import_record, "check")
    session.flush()


def choose_columns(session: Session, actor: User, import_record: Import, chosen: Mapping[str, str]) -> None:
    """Say which field each column holds, by letter, and let the file be checked. Raises Refused."""
    _take(session, actor, import_record)
    if import_record.state not in {"uploaded", "checked", "interrupted"} or import_record.task not in {"check", None}:
        raise Refused(_NOT_NOW)
    mapped = mapping_of(columns_of(import_record), chosen)
    refuse_missing(mapped)
    import_record.mapping = {letter: code for letter, code in chosen.items() if code}
    _queue(import_record, "check")
    session.flush()


def columns_of(import_record: Import) -> list[Column]:
    """The columns of an import's file, as it was read when it came."""
    return [Column(place_of(column["letter"]), column["letter"], column["name"]) for column in import_record.columns]


def choose_words_by_pairs(
    session: Session, actor: User, import_record: Import, pairs: Iterable[tuple[str, str]]
) -> None:
    """Say what words mean, as `choose_words` does, by pairs of word and term, for whatever list has a column here."""
    lists = vocabularies(session)
    choose_words(
        session, actor, import_record, chosen_by(pairs, lists, lists_of(import_record.mapping.values(), lists))
    )


def choose_words(session: Session, actor: User, import_record: Import, choices: Choices) -> None:
    """Say what words mean that no list knows, by list and word, and let the file be checked anew. Raises Refused."""
    _take(session, actor, import_record)
    if import_record.state not in {"uploaded", "checked", "waiting"} or import_record.task not in {"check", None}:
        raise Refused(_NOT_NOW)
    lists = vocabularies(session)
    for name, codes in choices.items():
        for code in codes.values():
            if name not in lists or (code != LEFT_OUT and code not in lists[name].labels):
                raise Refused(gettext_noop("There is no choice called %(name)s."), name=code)
    import_record.words = {
        name: {plain_name(word)[:400]: code for word, code in codes.items()} for name, codes in choices.items() if codes
    }
    _queue(import_record, "check")
    session.flush()


def start_run(session: Session, actor: User, import_record: Import) -> None:
    """Bring in what was checked."""
    _take(session, actor, import_record)
    if import_record.state != "checked":
        raise Refused(_NOT_NOW)
    _queue(import_record, "run")
    record_audit_event(
        session,
        actor,
        "import",
        "import",
        import_record.id,
        mode=import_record.mode,
        collection=import_record.collection,
        rows=import_record.rows,
    )
    session.flush()


def resume(session: Session, actor: User, import_record: Import) -> None:
    """Go on with a task where it was interrupted."""
    _take(session, actor, import_record)
    if import_record.state != "interrupted" and not is_stale(import_record):
        raise Refused(_NOT_NOW)
    _let_wait(import_record)
    session.flush()


def start_undo(session: Session, actor: User, import_record: Import) -> None:
    """Take the whole import back."""
    _take(session, actor, import_record)
    is_interrupted = import_record.state == "interrupted" and import_record.task in {"run", "undo"}
    if import_record.state != "done" and not is_interrupted:
        raise Refused(_NOT_NOW)
    _queue(import_record, "undo")
    import_record.undone_by_id = actor.id
    record_audit_event(session, actor, "undo-import", "import", import_record.id, collection=import_record.collection)
    session.flush()


def discard(session: Session, actor: User, import_record: Import) -> None:
    """Take away a file that was not brought in, with all that was written down of it."""
    _take(session, actor, import_record)
    if import_record.state not in {"uploaded", "checked"} and not (
        import_record.state == "interrupted" and import_record.task == "check"
    ):
        raise Refused(_NOT_NOW)
    record_audit_event(session, actor, "discard", "import", import_record.id, file=import_record.file_name)
    session.delete(import_record)
    session.flush()


def may_see(actor: User | None, import_record: Import) -> bool:
    """The own imports, and an editor all."""
    return may(actor, "import-published") or (actor is not None and import_record.actor_id == actor.id)


def _take(session: Session, actor: User, import_record: Import) -> None:
    """Hold an import until the transaction ends, as it stands now, for whoever may; of two at once, one waits.

    Raises NotFound where it was discarded meanwhile.
    """
    if not lock_row(session, import_record):
        raise NotFound(NO_IMPORT, number=str(import_record.id))
    if not may_see(actor, import_record):
        raise NotAllowed(_NOT_ALLOWED)
    _require_permission(actor, import_record.mode)


def _require_permission(actor: User, mode: str) -> None:
    if not may(actor, PERMISSION[mode]):
        raise NotAllowed(_NOT_ALLOWED)


def _queue(import_record: Import, task: str) -> None:
    import_record.task, import_record.progress, import_record.problem = task, 0, None
    _let_wait(import_record)


def _let_wait(import_record: Import) -> None:
    release(import_record, "waiting")
    import_record.restarts, import_record.beat_at = 0, now()
