"""Erases a person: the account, addresses, names, and what texts say of them; in one transaction, or not at all.

The audit trail, versions of entries and comments keep a number instead of the name: "former account 17", where 17 is
the number of the event of the audit trail that notes the erasure. What is published about cities, their leaders and
their sessions stays, with its history. Copies outside the database are not reached: backups, and files of the log.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, exists, func, inspect, or_, select, update
from sqlalchemy.orm import Session

from kb.accounts import actions as accounts
from kb.accounts.models import AuditEvent, User
from kb.alerts.actions import end_all
from kb.catalogue.change_log import note_unlogged
from kb.core.db import Model
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.text import fold
from kb.editorial.actions import withdraw_unsent
from kb.editorial.models import FailedSearchCount, Report
from kb.importing.models import Import, ImportEdit, ImportFile, ImportRow
from kb.importing.serialization import is_table
from kb.questions.models import BlockedAsker, CityAnswer, CityQuestion
from kb.questions.retention import erase_address

from . import columns
from .export import has_anything
from .person import Person, account_names, believed_names, is_published, names_of, person_by_address
from .replacing import Replacement, replacement

FORMER_ACCOUNT = "former-account"
"""The kind of thing that the audit trail names for an account that was erased."""

NOTHING_KEPT = gettext_noop("No data is stored about %(address)s.")
_UNLOGGED = {"unlogged": True}


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: its number, whether there was an account, and in how many places of each table."""

    number: int
    had_account: bool
    rows: dict[str, int]
    published_names: tuple[str, ...]
    """Names that stay in texts, since a city leader or a speaker has them."""


def erase_person(
    session: Session,
    address: str,
    actor: User | None = None,
    *,
    by_themselves: bool = False,
    also: Sequence[str] = (),
) -> Erasure:
    """Erase whoever has this address; `actor` is the administrator who does it, None for others and the terminal.

    The session is one that writes alone: else what others have not committed yet would be overlooked.
    In what others wrote, the names of the account are replaced: of people who erase themselves, those that are
    certainly theirs. A name that came with a question is replaced in their own texts alone, unless it is among `also`.
    Raises NotFound where nothing is kept of the address, Refused for the last administrator who can sign in.
    """
    person = person_by_address(session, address)
    if person.account is not None:
        accounts.require_other_administrator(session, person.account)
    elif not has_anything(session, person):
        raise NotFound(NOTHING_KEPT, address=person.address)
    names = [*also, *names_of(session, person)]
    published = tuple(name for name in names if is_published(session, name))
    own = [name for name in names if name not in published]
    theirs = believed_names(session, person) if by_themselves else account_names(session, person)
    believed = [name for name in own if name in theirs or name in also]
    event = accounts.record_audit_event(session, actor, "erase-person", FORMER_ACCOUNT if person.account else None)
    session.flush()
    former = f"former account {event.id}" if person.account else "[name erased]"
    rows: Counter[str] = Counter()
    if len(believed) < len(own):
        _forget_in_own_texts(session, person, replacement(person.address, own, former), rows)
    if person.account is not None:
        event.key = str(event.id)
        _forget_account(session, person.account, event, former, rows)
    _forget_names(session, believed, former, rows)
    _forget_address(session, person, rows)
    _forget_in_texts(session, replacement(person.address, believed, former), rows)
    _forget_searches(session, [person.address, *believed], rows)
    note_unlogged(session)
    session.flush()
    return Erasure(event.id, person.account is not None, dict(+rows), published)


def _forget_in_own_texts(session: Session, person: Person, replaced: Replacement, rows: Counter[str]) -> None:
    """Replace in rows that are the person's by their account or their address, and in answers to their questions."""
    questions = select(CityQuestion.id).where(CityQuestion.email == person.address)
    own: dict[str, ColumnElement[bool]] = {
        "city_questions": CityQuestion.email == person.address,
        "city_answers": CityAnswer.question_id.in_(questions),
        "reports": func.lower(Report.email) == person.address,
    }
    if person.account is not None:
        for table_name, column in columns.each(columns.ACCOUNTS):
            theirs = Model.metadata.tables[table_name].c[column] == person.account.id
            own[table_name] = or_(own[table_name], theirs) if table_name in own else theirs
        imports = select(Import.id).where(Import.actor_id == person.account.id)
        own |= {"import_rows": ImportRow.import_id.in_(imports), "import_edits": ImportEdit.import_id.in_(imports)}
    for table_name, table_columns in _texts().items():
        if table_name in own:
            model = _attribute(table_columns[0])[0]
            for row in session.scalars(select(model).where(own[table_name])):
                rows[table_name] += sum([_replace_in(session, row, column, replaced) for column in table_columns])
    session.flush()


def _forget_account(session: Session, account: User, event: AuditEvent, former: str, rows: Counter[str]) -> None:
    """Replace the name wherever its account stands beside it; then delete the account, with its keys and mails."""
    rows["proposals"] += withdraw_unsent(session, account)
    for table_name, pairs in columns.NAMES_OF_ACCOUNTS.items():
        table = Model.metadata.tables[table_name]
        for name, account_id in pairs.items():
            done = session.execute(
                update(table)
                .where(table.c[account_id] == account.id, table.c[name].is_not(None))
                .values({name: former}),
                execution_options=_UNLOGGED,
            )
            rows[table_name] += done.rowcount  # type: ignore[attr-defined] # of an update
    about = select(AuditEvent).where(AuditEvent.kind == "user", AuditEvent.key == str(account.id))
    for row in session.scalars(about):
        row.kind, row.key = FORMER_ACCOUNT, str(event.id)
        row.details = {key: former if key in {"name", "before", "after"} and _is_name(row, key) else value
                       for key, value in row.details.items()}  # fmt: skip
    session.flush()
    accounts.delete_account(session, account)
    rows["users"] += 1


def _is_name(event: AuditEvent, key: str) -> bool:
    return key == "name" or event.verb == "rename"


def _forget_names(session: Session, names: list[str], former: str, rows: Counter[str]) -> None:
    """Replace the names where they stand alone in a column, whoever of several people with such a name is meant."""
    for table_name, column in columns.each(columns.NAMES):
        for row, attribute in _rows_with(session, table_name, column, names):
            is_optional = column == "asker_name"
            setattr(row, attribute, None if is_optional else former)
            rows[table_name] += 1


def _rows_with(session: Session, table_name: str, column: str, values: list[str]) -> Iterator[tuple[Any, str]]:
    """Rows whose column is one of the values, and the attribute of their class that holds it."""
    model, attribute = _attribute(Model.metadata.tables[table_name].c[column])
    for row in session.scalars(select(model).where(getattr(model, attribute).in_(values))):
        yield row, attribute


def _forget_address(session: Session, person: Person, rows: Counter[str]) -> None:
    rows["alerts"] += end_all(session, person.address)
    rows["city_questions"] += erase_address(session, person.address)
    for report in session.scalars(select(Report).where(func.lower(Report.email) == person.address)):
        report.email = None
        rows["reports"] += 1
    blocked = delete(BlockedAsker).where(BlockedAsker.pattern == person.address).returning(BlockedAsker.id)
    rows["blocked_askers"] += len(session.scalars(blocked).all())


def _texts() -> dict[str, list[Column[Any]]]:
    by_table: dict[str, list[Column[Any]]] = {}
    for table_name, column in columns.each(columns.TEXTS):
        by_table.setdefault(table_name, []).append(Model.metadata.tables[table_name].c[column])
    return by_table


def _forget_in_texts(session: Session, replaced: Replacement, rows: Counter[str]) -> None:
    for table_name, table_columns in _texts().items():
        model = _attribute(table_columns[0])[0]
        # Of each table one query: it is read as a whole.
        for row in session.scalars(select(model).where(or_(*map(replaced.is_in, table_columns)))):
            rows[table_name] += sum([_replace_in(session, row, column, replaced) for column in table_columns])
        session.flush()
    for file in session.scalars(select(ImportFile).execution_options(yield_per=1)):
        if (content := replaced.file(file.content, is_table(file.content))) is not None:
            file.content = content
            rows["import_files"] += 1
    session.flush()


def _replace_in(session: Session, row: Any, column: Column[Any], replaced: Replacement) -> bool:
    """Replace in one column of a row; whether anything was."""
    attribute = _attribute(column)[1]
    before = getattr(row, attribute)
    after = _fitting(replaced.value(before), column)
    if after == before:
        return False
    if isinstance(row, FailedSearchCount):
        # Without the name it says nothing, and may be the same as another one's.
        session.delete(row)
    else:
        setattr(row, attribute, _free_key(session, row, column, after) if column.primary_key else after)
    return True


def _free_key(session: Session, row: Any, column: Column[Any], wanted: str) -> str:
    """A value of a key that no other row has by now: two that named the person differently may become the same."""
    keys: Sequence[Column[Any]] = inspect(type(row)).primary_key
    others = [key == getattr(row, _attribute(key)[1]) for key in keys if key is not column]
    value, number = wanted, 1
    while session.scalar(select(exists().where(*others, column == value))):
        number += 1
        value = _fitting(wanted, column, left=10) + f" ({number})"
    return value


def _fitting(value: Any, column: Column[Any], left: int = 0) -> Any:
    """What of a text a column has room for, with so many letters left."""
    length = getattr(column.type, "length", None)
    return value[: length - left] if isinstance(value, str) and length else value


def _forget_searches(session: Session, words: list[str], rows: Counter[str]) -> None:
    """Delete counts of searches for nothing but these words, which are kept in folded letters."""
    query = FailedSearchCount.query.in_([fold(text) for text in words])
    done = delete(FailedSearchCount).where(query).returning(FailedSearchCount.id)
    rows["search_demand"] += len(session.scalars(done).all())


def _attribute(column: Column[Any]) -> tuple[Any, str]:
    """The class of a column's table, and the name of its attribute."""
    mapper = next(mapper for mapper in Model.registry.mappers if mapper.local_table is column.table)
    return mapper.class_, inspect(mapper.class_).get_property_by_column(column).key
