"""Reads of imports."""

from sqlalchemy import Select, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may

from .models import Import, ImportRow

PAGE = 50
"""Rows of a page of a report."""

MOST_LISTED = 100


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
