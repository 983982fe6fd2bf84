"""`kb questions send`, which does what `kb serve` does each half minute; `kb questions erase`."""

import click

from kb.app import create_app
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.questions.retention import erase_address
from kb.questions.sending import do_due
from kb.web.questions.sender import sender_of

from .context import Context, ngettext

_NO_MAIL = gettext_noop("No mail can be sent: set KB_SMTP_URL and KB_MAIL_FROM.")


@click.group()
def questions() -> None:
    """Questions of readers to cities."""


@questions.command()
@click.pass_obj
def send(context: Context) -> None:
    """Send due mails, give late questions to the editors, erase old addresses. `kb serve` does this too."""
    app = create_app(context.config)
    database = app.extensions["kb_database"]
    click.get_current_context().call_on_close(app.extensions["kb_search"].close)
    click.get_current_context().call_on_close(database.dispose)
    passed_on, erased = do_due(database, context.config.question_days)
    if not app.extensions["kb_mail"].can_send:
        raise Refused(_NO_MAIL)
    sent = sender_of(app).send_due()
    click.echo(
        ", ".join(
            (
                ngettext("%(num)s mail sent", "%(num)s mails sent", sent.accepted),
                ngettext("%(num)s mail not sent", "%(num)s mails not sent", sent.failed),
                ngettext("%(num)s question given to the editors", "%(num)s questions given to the editors", passed_on),
                ngettext("%(num)s address erased", "%(num)s addresses erased", erased),
            )
        )
    )


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
