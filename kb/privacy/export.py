"""What is kept of a person, as rows that a machine or a person can read: by account, and by mail address."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.accounts.models import ApiKey, AuditEvent, AuthenticatorApp, IdempotentRequest, Passkey, User
from kb.alerts.models import Alert
from kb.core.column_types import now
from kb.core.i18n import gettext_noop
from kb.editorial.models import Proposal, Remark, Report, Revision, Withdrawal
from kb.importing.models import Import
from kb.questions.models import BlockedAsker, CityAnswer, CityQuestion, QuestionMail

from .person import Person

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of rows: its name in the file, its title, whose rows they are, and the columns that are given.

    `account` is the column with the id of the account, `address` the one with the mail address.
    """

    code: str
    title: str
    columns: tuple[InstrumentedAttribute[Any], ...]
    account: InstrumentedAttribute[Any] | None = None
    address: InstrumentedAttribute[Any] | None = None

    def query(self, person: Person) -> Select[Any] | None:
        """The rows of a person; None where there can be none."""
        if self.address is not None:
            chosen = func.lower(self.address) == person.address
        elif person.account is not None and self.account is not None:
            chosen = self.account == person.account.id
        else:
            return None
        return select(*self.columns).where(chosen).order_by(*inspect(self.columns[0].class_).primary_key)


SECTIONS = (
    Section(
        "account",
        gettext_noop("Account"),
        (
            User.id,
            User.email,
            User.name,
            User.role,
            User.organisation,
            User.city_id,
            User.created_at,
            User.signed_in_at,
            User.disabled_at,
        ),
        account=User.id,
    ),
    Section(
        "keys",
        gettext_noop("Keys for programs"),
        (
            ApiKey.name,
            ApiKey.prefix,
            ApiKey.scopes,
            ApiKey.created_at,
            ApiKey.expires_at,
            ApiKey.last_used_on,
            ApiKey.revoked_at,
        ),
        account=ApiKey.user_id,
    ),
    Section(
        "authenticator_app",
        gettext_noop("Authenticator app"),
        (AuthenticatorApp.created_at, AuthenticatorApp.last_used_at),
        account=AuthenticatorApp.user_id,
    ),
    Section(
        "passkeys",
        gettext_noop("Passkeys"),
        (Passkey.name, Passkey.created_at, Passkey.last_used_at),
        account=Passkey.user_id,
    ),
    Section(
        "requests_of_programs",
        gettext_noop("Requests from programs in the last day"),
        (IdempotentRequest.at, IdempotentRequest.status, IdempotentRequest.location),
        account=IdempotentRequest.user_id,
    ),
    Section(
        "actions",
        gettext_noop("Audit trail"),
        (AuditEvent.at, AuditEvent.verb, AuditEvent.kind, AuditEvent.key),
        account=AuditEvent.actor_id,
    ),
    Section(
        "proposals",
        gettext_noop("Proposed entries"),
        (
            Proposal.id,
            Proposal.kind,
            Proposal.title,
            Proposal.state,
            Proposal.note,
            Proposal.reason,
            Proposal.created_at,
            Proposal.submitted_at,
            Proposal.decided_at,
            Proposal.data,
        ),
        account=Proposal.author_id,
    ),
    Section(
        "decisions",
        gettext_noop("Decisions on proposals"),
        (Proposal.id, Proposal.kind, Proposal.title, Proposal.state, Proposal.reason, Proposal.decided_at),
        account=Proposal.reviewer_id,
    ),
    Section(
        "comments",
        gettext_noop("Comments on proposals"),
        (Remark.proposal_id, Remark.field, Remark.text, Remark.at, Remark.resolved_at),
        account=Remark.author_id,
    ),
    Section(
        "versions",
        gettext_noop("Published versions of entries"),
        (Revision.kind, Revision.entry_id, Revision.version, Revision.at, Revision.made_from, Revision.why),
        account=Revision.actor_id,
    ),
    Section(
        "withdrawals",
        gettext_noop("Withdrawn entries"),
        (Withdrawal.kind, Withdrawal.slug, Withdrawal.title, Withdrawal.reason, Withdrawal.at),
        account=Withdrawal.actor_id,
    ),
    Section(
        "imports",
        gettext_noop("Imported spreadsheets"),
        (
            Import.id,
            Import.file_name,
            Import.collection,
            Import.mode,
            Import.state,
            Import.created_at,
            Import.finished_at,
            Import.rows,
        ),
        account=Import.actor_id,
    ),
    Section(
        "undone_imports",
        gettext_noop("Undone imports"),
        (Import.id, Import.file_name, Import.finished_at),
        account=Import.undone_by_id,
    ),
    Section(
        "answers",
        gettext_noop("Answers for a city"),
        (
            CityAnswer.question_id,
            CityAnswer.state,
            CityAnswer.text,
            CityAnswer.reason,
            CityAnswer.answered_at,
            CityAnswer.may_publish,
            CityAnswer.shares_email,
        ),
        account=CityAnswer.answered_by_id,
    ),
    Section(
        "questions_for_you",
        gettext_noop("Forwarded questions"),
        (CityAnswer.question_id, CityAnswer.state, CityAnswer.reached_at),
        account=CityAnswer.person_id,
    ),
    Section(
        "mails",
        gettext_noop("Mails that have not been sent yet"),
        (QuestionMail.kind, QuestionMail.question_id, QuestionMail.due_at),
        account=QuestionMail.user_id,
    ),
    Section(
        "alerts",
        gettext_noop("Mails about new entries"),
        (Alert.words, Alert.question, Alert.frequency, Alert.language, Alert.asked_at, Alert.confirmed_at),
        address=Alert.email,
    ),
    Section(
        "questions",
        gettext_noop("Questions to cities"),
        (
            CityQuestion.id,
            CityQuestion.text,
            CityQuestion.asker_name,
            CityQuestion.asker_city,
            CityQuestion.language,
            CityQuestion.asked_at,
            CityQuestion.confirmed_at,
            CityQuestion.closed_at,
            CityQuestion.may_publish,
            CityQuestion.shares_email,
        ),
        address=CityQuestion.email,
    ),
    Section(
        "reports",
        gettext_noop("Reports about entries"),
        (
            Report.kind,
            Report.slug,
            Report.title,
            Report.about,
            Report.message,
            Report.source,
            Report.at,
            Report.closed_at,
        ),
        address=Report.email,
    ),
    Section(
        "blocked",
        gettext_noop("On the block list"),
        (BlockedAsker.at,),
        address=BlockedAsker.pattern,
    ),
)
"""What is given, in this order. Of what others wrote about a person's work, only reasons that were told to them."""


COLUMN_LABELS = {
    "id": gettext_noop("Number"),
    "about": gettext_noop("What it is about"),
    "asked_at": gettext_noop("Asked"),
    "asker_city": gettext_noop("City"),
    "asker_name": gettext_noop("Name"),
    "at": gettext_noop("When"),
    "answered_at": gettext_noop("Answered"),
    "city_id": gettext_noop("City (number)"),
    "closed_at": gettext_noop("Closed"),
    "collection": gettext_noop("Name of the data source"),
    "confirmed_at": gettext_noop("Confirmed"),
    "created_at": gettext_noop("Created"),
    "data": gettext_noop("Content"),
    "decided_at": gettext_noop("Decided"),
    "disabled_at": gettext_noop("Closed"),
    "due_at": gettext_noop("Due"),
    "email": gettext_noop("E-mail"),
    "entry_id": gettext_noop("Entry (number)"),
    "expires_at": gettext_noop("Expires"),
    "field": gettext_noop("Field"),
    "file_name": gettext_noop("File"),
    "finished_at": gettext_noop("Finished"),
    "frequency": gettext_noop("How often"),
    "key": gettext_noop("Which one"),
    "kind": gettext_noop("Kind"),
    "language": gettext_noop("Language"),
    "last_used_at": gettext_noop("Last used"),
    "last_used_on": gettext_noop("Last used"),
    "location": gettext_noop("Address of the result"),
    "made_from": gettext_noop("How it came about"),
    "may_publish": gettext_noop("May be published"),
    "message": gettext_noop("Message"),
    "mode": gettext_noop("How it was imported"),
    "name": gettext_noop("Name"),
    "note": gettext_noop("Note"),
    "organisation": gettext_noop("Organisation"),
    "prefix": gettext_noop("First characters of the key"),
    "proposal_id": gettext_noop("Proposal (number)"),
    "question": gettext_noop("Search"),
    "question_id": gettext_noop("Question (number)"),
    "reached_at": gettext_noop("Received"),
    "reason": gettext_noop("Reason"),
    "resolved_at": gettext_noop("Resolved"),
    "revoked_at": gettext_noop("Revoked"),
    "role": gettext_noop("Role"),
    "rows": gettext_noop("Rows"),
    "scopes": gettext_noop("What it may do"),
    "shares_email": gettext_noop("E-mail address may be shared"),
    "signed_in_at": gettext_noop("Last signed in"),
    "slug": gettext_noop("Last part of the page's address"),
    "source": gettext_noop("Source"),
    "state": gettext_noop("State"),
    "status": gettext_noop("Status"),
    "submitted_at": gettext_noop("Submitted"),
    "text": gettext_noop("Text"),
    "title": gettext_noop("Title"),
    "verb": gettext_noop("What was done"),
    "version": gettext_noop("Version"),
    "why": gettext_noop("Why"),
    "words": gettext_noop("Search in words"),
}
"""What the columns are called for people; files have the names of the columns."""


def sections_of(session: Session, person: Person, most: int | None = None) -> Iterator[tuple[Section, Iterator[Row]]]:
    """Each section that has rows of a person, with its rows, by column: all of them, or the first `most`."""
    for section in SECTIONS:
        query = section.query(person)
        if query is None:
            continue
        rows = session.execute(query.limit(most).execution_options(yield_per=500))
        first = next(rows, None)
        if first is not None:
            yield section, _by_column(section, first, rows)


def has_anything(session: Session, person: Person) -> bool:
    """Whether anything is kept under the address of a person."""
    queries = (query for section in SECTIONS if (query := section.query(person)) is not None)
    return any(session.execute(query.limit(1)).first() is not None for query in queries)


def as_json(session: Session, person: Person) -> Iterator[str]:
    """All of it as the text of one JSON object, piece by piece: a list of rows for each section that has any."""
    yield f'{{"address": {json.dumps(person.address)}, "exported_at": {json.dumps(now().isoformat())}'
    for section, rows in sections_of(session, person):
        yield f",\n{json.dumps(section.code)}: ["
        for number, row in enumerate(rows):
            plain = {name: _as_json(value) for name, value in row.items()}
            yield f"{',' if number else ''}\n{json.dumps(plain, ensure_ascii=False)}"
        yield "\n]"
    yield "\n}\n"


def _by_column(section: Section, first: Any, rows: Any) -> Iterator[Row]:
    for values in (first, *rows):
        yield {column.key: value for column, value in zip(section.columns, values, strict=True)}


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
