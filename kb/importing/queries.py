"""Reads of imports, and the report of what became of their rows."""

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Select, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.models import Initiative
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop

from .choices import NO_IMPORT, VERDICTS
from .models import Import, ImportEdit, ImportRow
from .plan import LABELS
from .serialization import message_from_json, row_message_from_json

PAGE = 25
"""Rows of a page of a report."""

MOST_LISTED = 100


def import_by_id(session: Session, import_id: int) -> Import:
    """The import of that number. NotFound where there is none."""
    import_record = session.get(Import, import_id)
    if import_record is None:
        raise NotFound(NO_IMPORT, number=str(import_id))
    return import_record


def count_by_state(session: Session) -> dict[str, int]:
    """How many imports there are in each state that any is in."""
    query = select(Import.state, func.count()).group_by(Import.state)
    return {row[0]: row[1] for row in session.execute(query)}


def imports_for(actor: User) -> Select[Import]:
    """The imports that a person may see, the latest first: an editor all, others their own."""
    query = select(Import).order_by(Import.id.desc()).limit(MOST_LISTED)
    return query if may(actor, "import-published") else query.where(Import.actor_id == actor.id)


def rows_of(import_record: Import, verdict: str | None, page: int) -> Select[ImportRow]:
    """A page of its rows: those of a verdict, or those of which something is told."""
    query = _chosen(import_record, verdict).order_by(ImportRow.number)
    return query.limit(PAGE).offset((page - 1) * PAGE)


def count_rows(session: Session, import_record: Import, verdict: str | None) -> int:
    """How many rows there are of a verdict, or of which something is told."""
    return session.scalar(select(func.count()).select_from(_chosen(import_record, verdict).subquery())) or 0


def edits_of(session: Session, import_record: Import, rows: Iterable[ImportRow]) -> dict[int, ImportEdit]:
    """What was changed of these rows, by their numbers."""
    query = select(ImportEdit).where(
        ImportEdit.import_id == import_record.id, ImportEdit.number.in_([row.number for row in rows])
    )
    return {edit.number: edit for edit in session.scalars(query)}


def slugs_of_similar(session: Session, rows: Iterable[ImportRow]) -> dict[int, str]:
    """The slugs of the entries that these rows may double, by the ids of the entries."""
    ids = [row.similar["id"] for row in rows if row.similar and row.similar["kind"] == "entry"]
    query = select(Initiative.id, Initiative.slug).where(Initiative.id.in_(ids))
    return {key: slug for key, slug in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def taken_back(import_record: Import) -> Select[ImportRow]:
    """The rows that an undo took back or left, in the order of the file."""
    query = select(ImportRow).where(ImportRow.import_id == import_record.id)
    return query.where(or_(ImportRow.undone, ImportRow.left.is_not(None))).order_by(ImportRow.number)


def _chosen(import_record: Import, verdict: str | None) -> Select[ImportRow]:
    query = select(ImportRow).where(ImportRow.import_id == import_record.id)
    if verdict is not None:
        return query.where(ImportRow.verdict == verdict)
    return query.where(
        or_(ImportRow.verdict == "refused", cast(ImportRow.warnings, Text) != "[]", ImportRow.left.is_not(None))
    )


REPORT_HEADER = ("row", "key", "title", "outcome", "column", "what", "changes", "undone")
_UNDONE = gettext_noop("yes")


def report_lines(session: Session, import_record: Import, say: Callable[[Message], str]) -> Iterator[tuple[str, ...]]:
    """One line for each message of each row, and one for each row without, in the order of the file, as `say` says."""
    names = {column["letter"]: column["name"] for column in import_record.columns}
    query = select(ImportRow).where(ImportRow.import_id == import_record.id).order_by(ImportRow.number)
    for row in session.scalars(query.execution_options(yield_per=500)):
        start = (str(row.number), row.key, row.title, say(Message(VERDICTS[row.verdict])))
        changes = "; ".join(say(Message(LABELS.get(name, name))) for name in row.changes if row.verdict == "changed")
        undone = say(Message(_UNDONE)) if row.undone else say(message_from_json(row.left)) if row.left else ""
        row_messages = [row_message_from_json(stored) for stored in (*row.problems, *row.warnings)]
        for row_message in row_messages:
            column = f"{row_message.column} {names.get(row_message.column, '')}".strip() if row_message.column else ""
            yield (*start, column, say(row_message.message), changes, undone)
        if not row_messages:
            yield (*start, "", "", changes, undone)
