"""What became of an import, row by row, as a table for people and for spreadsheets."""

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.i18n import Message, gettext_noop

from .choices import VERDICTS
from .models import Import, ImportRow
from .plan import LABELS
from .stored_messages import message_from_json, row_message_from_json

HEADER = ("row", "key", "title", "outcome", "column", "what", "changes", "undone")
_UNDONE = gettext_noop("yes")


def report_lines(session: Session, import_record: Import, say: Callable[[Message], str]) -> Iterator[tuple[str, ...]]:
    """One line for each trouble of each row, and one for each row without, in the order of the file, as `say` says."""
    names = {column["letter"]: column["name"] for column in import_record.columns}
    query = select(ImportRow).where(ImportRow.import_id == import_record.id).order_by(ImportRow.number)
    for row in session.scalars(query.execution_options(yield_per=500)):
        start = (str(row.number), row.key, row.title, say(Message(VERDICTS[row.verdict])))
        changes = "; ".join(say(Message(LABELS.get(name, name))) for name in row.changes if row.verdict == "changed")
        undone = say(Message(_UNDONE)) if row.undone else say(message_from_json(row.left)) if row.left else ""
        row_messages = [row_message_from_json(one) for one in (*row.problems, *row.warnings)]
        for row_message in row_messages:
            column = f"{row_message.column} {names.get(row_message.column, '')}".strip() if row_message.column else ""
            yield (*start, column, say(row_message.message), changes, undone)
        if not row_messages:
            yield (*start, "", "", changes, undone)


def safe(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would take it for a formula (OWASP)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
