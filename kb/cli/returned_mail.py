"""`kb returned-mail`, to which a mail server gives mails that came back; how commands read a mail."""

import re
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message as MailMessage
from email.parser import BytesHeaderParser
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.alerts import actions as alert_actions
from kb.alerts.signed_links import AlertLinks, InvalidAlertLink, tickets_to_end
from kb.core.i18n import Message, gettext_noop
from kb.questions import actions as question_actions
from kb.questions.signed_links import QUESTION_HEADER, InvalidQuestionLink, QuestionLinks

from .context import Context, message_text, ngettext
from .failures import database_failure, file_failure

LARGEST_MAIL = 200_000
"""Bytes of a mail that are read: a report, or an answer of 10,000 characters with the beginning of what is attached.
A hostile mail of so many takes Python's parser a second or two, and with every further byte longer."""

_TRY_AGAIN = 75
"""The exit code by which a mail server keeps its mail and tries again later (sysexits.h: EX_TEMPFAIL)."""

_NO_MAIL = gettext_noop("There is no mail on standard input.")


def read_mail() -> bytes:
    """The beginning of the mail on standard input; where there is none, the mail server tries again."""
    try:
        mail = sys.stdin.buffer.read(LARGEST_MAIL)
        # A server may take it for a failure if nobody reads the rest.
        while sys.stdin.buffer.read(LARGEST_MAIL):
            pass
    except OSError as problem:
        try_again_later(file_failure(problem))
    if not mail:
        try_again_later(Message(_NO_MAIL))
    return mail


def try_again_later(message: Message) -> NoReturn:
    """Say what is wrong, and let the mail server try again."""
    click.echo(f"kb: {message_text(message)}", err=True)
    sys.exit(_TRY_AGAIN)


_GONE = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1)\b")
"""Status codes (RFC 3463, RFC 7505): there is no such mailbox or host, it moved, or takes no mail. Others, as a full
mailbox, may pass, or are about the sender."""

_MOST_VALUES = 10
"""Values of a header that are read: what was sent has one, and anybody can write a report with thousands."""


@click.command("returned-mail")
@click.pass_obj
def returned_mail(context: Context) -> None:
    """Note that a mail came back because its address does not exist (docs/operating.md).

    An alert ends; a question that nobody of its city got goes to the editors. It reads the returned mail from standard
    input. Exit code 75 tells the mail server to try again later.
    """
    message, secret = read_mail(), context.config.secret_key
    headers, tickets = returned_headers(message, "List-Unsubscribe", QUESTION_HEADER)
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    try:
        with database.writing() as session:
            ended = sum(_end(session, AlertLinks(secret), header) for header in headers)
            noted = sum(_note(session, QuestionLinks(secret), ticket) for ticket in tickets)
    except SQLAlchemyError as problem:
        # Also where `kb migrate` has not run yet: the mail is not lost.
        try_again_later(database_failure(problem, context.config.database_url))
    click.echo(
        ", ".join(
            (
                ngettext("%(num)s alert ended", "%(num)s alerts ended", ended),
                ngettext("%(num)s question with a returned mail", "%(num)s questions with a returned mail", noted),
            )
        )
    )


def _end(session: Session, links: AlertLinks, header: str) -> int:
    """End the alerts of links; how many there were."""
    ended = 0
    for ticket in tickets_to_end(header):
        try:
            alert = links.read_to_end(session, ticket, is_locked=True)
        except InvalidAlertLink:
            continue
        if alert is not None:
            alert_actions.end(session, alert)
            ended += 1
    return ended


def _note(session: Session, links: QuestionLinks, ticket: str) -> bool:
    """Note that a mail about a question came back; whether it is of one, and of those who have that now."""
    try:
        returned = links.read_returned(session, ticket)
    except InvalidQuestionLink:
        return False
    return question_actions.note_returned_mail(session, *returned)


def returned_headers(message: bytes, *names: str) -> list[list[str]]:
    """The values of each header of a mail that was returned (RFC 3464), without white space; a list for each name.

    The lists are empty unless it can never be delivered. Anybody can write such a mail, so what counts is what only
    the recipient got, and servers that return it: a secret in one of its headers.
    """
    none: list[list[str]] = [[] for _ in names]
    try:
        parsed = message_from_bytes(message, policy=policy.compat32)
        parts = list(parsed.walk())
    except Exception:  # noqa: BLE001 - for parts hundreds deep or an odd boundary the library raises errors of any kind
        return none
    if parsed.get_content_type() != "multipart/report":
        return none
    if not any(_is_gone(part) for part in parts if part.get_content_type() == "message/delivery-status"):
        return none
    found = (dict.fromkeys(value for part in parts for value in _values(part, name)) for name in names)
    return [list(values)[:_MOST_VALUES] for values in found]


def _is_gone(report: MailMessage) -> bool:
    """Whether one of the recipients that a report names can never be reached."""
    groups = report.get_payload()
    return isinstance(groups, list) and any(
        str(group.get("Action", "")).strip().lower() == "failed" and _GONE.match(str(group.get("Status", "")).strip())
        for group in groups
        if isinstance(group, MailMessage)
    )


def _values(part: MailMessage, name: str) -> Iterator[str]:
    """What the returned message has as a header, as a whole message or as its headers alone."""
    if part.get_content_type() == "text/rfc822-headers":
        content = part.get_payload(decode=True)
        part = BytesHeaderParser(policy=policy.compat32).parsebytes(content if isinstance(content, bytes) else b"")
    for value in part.get_all(name, []):
        yield "".join(str(value).split())
