"""`kb questions send`, which does what `kb serve` does each half minute; `kb questions receive` and `erase`."""

import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from kb.core.errors import Refused
from kb.questions.replies import read_reply, take_reply
from kb.questions.retention import erase_address
from kb.questions.sending import do_due
from kb.questions.signed_links import InvalidQuestionLink, QuestionLinks
from kb.web.questions.sender import sender_of

from .application import application, require_mail
from .context import Context, message_text, ngettext
from .failures import database_failure
from .returned_mail import read_mail, try_again_later

_RETURN = 65
"""The exit code by which a mail server returns a mail (sysexits.h: EX_DATAERR)."""


@click.group()
def questions() -> None:
    """Questions from readers to cities."""


@questions.command()
@click.pass_obj
def send(context: Context) -> None:
    """Send due mails, send late questions to the editors, erase old addresses. `kb serve` does this too."""
    app = application(context.config)
    passed_on, erased = do_due(app.extensions["kb_database"], context.config.question_days)
    require_mail(app)
    sent = sender_of(app).send_due()
    click.echo(
        ", ".join(
            (
                ngettext("%(num)s mail sent", "%(num)s mails sent", sent.accepted),
                ngettext("%(num)s mail not sent", "%(num)s mails not sent", sent.failed),
                ngettext("%(num)s question sent to the editors", "%(num)s questions sent to the editors", passed_on),
                ngettext("%(num)s address erased", "%(num)s addresses erased", erased),
            )
        )
    )


@questions.command()
@click.argument("recipient", nargs=-1)
@click.pass_obj
def receive(context: Context, recipient: tuple[str, ...]) -> None:
    """Take the answer of a city from a mail on standard input, as a mail server pipes it (docs/questions.md).

    Exit code 65 tells the mail server to return the mail with the reason, 75 to try again later.
    """
    reply = read_reply(read_mail(), recipient)
    if reply.is_automatic:
        click.echo("an automatic reply: ignored")
        return
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    try:
        with database.writing() as session:
            take_reply(session, QuestionLinks(context.config.secret_key), reply)
    except SQLAlchemyError as problem:
        # Also where `kb migrate` has not run yet: the mail is not lost.
        try_again_later(database_failure(problem, context.config.database_url))
    except (Refused, InvalidQuestionLink) as problem:
        click.echo(f"kb: {message_text(problem.message)}", err=True)
        sys.exit(_RETURN)
    click.echo("answered")


@questions.command()
@click.argument("email")
@click.pass_obj
def erase(context: Context, email: str) -> None:
    """Erase an e-mail address and its names from all questions."""
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    with database.writing() as session:
        erased = erase_address(session, email)
    click.echo(ngettext("%(num)s question without an address now", "%(num)s questions without an address now", erased))
