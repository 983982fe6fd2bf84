"""`kb returned-mail`, to which a mail server gives mails that came back."""

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.alerts import actions as alert_actions
from kb.alerts.signed_links import AlertLinks, InvalidAlertLink, tickets_to_end
from kb.core.returned_mail import returned_headers
from kb.questions import actions as question_actions
from kb.questions.signed_links import QUESTION_HEADER, InvalidQuestionLink, QuestionLinks

from .context import Context, ngettext
from .failures import database_failure
from .mail_input import read_mail, try_again_later


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
