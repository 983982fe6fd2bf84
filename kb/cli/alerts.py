"""`kb alerts send`, which sends what is due, as `kb serve` does each minute, and `kb alerts end`.

`kb alerts receive` is the name that `kb returned-mail` had when it knew alerts alone: mail servers may still call it.
"""

import click
from flask import Flask

from kb.alerts import actions
from kb.alerts.sending import Sender, forget_late
from kb.web.alerts import emails

from .application import application, require_mail
from .context import Context, ngettext
from .returned_mail import returned_mail


def sender_of(app: Flask) -> Sender:
    """What sends the mails of an application's alerts."""
    return Sender(
        app.extensions["kb_database"],
        app.extensions["kb_search"],
        app.extensions["kb_mail"],
        emails.question_of,
        lambda alert, told: emails.written_outside_requests(app, alert, told),
    )


@click.group()
def alerts() -> None:
    """Mails about new entries for a search."""


@alerts.command()
@click.pass_obj
def send(context: Context) -> None:
    """Send the mails that are due, and delete alerts that were not confirmed in time. `kb serve` does this too."""
    app = application(context.config)
    forgotten = forget_late(app.extensions["kb_database"])
    require_mail(app)
    sent = sender_of(app).send_due()
    click.echo(
        ", ".join(
            (
                ngettext("%(num)s mail sent", "%(num)s mails sent", sent.accepted),
                ngettext("%(num)s alert without news", "%(num)s alerts without news", sent.nothing_new),
                ngettext("%(num)s mail not sent", "%(num)s mails not sent", sent.failed),
                ngettext("%(num)s unconfirmed address deleted", "%(num)s unconfirmed addresses deleted", forgotten),
            )
        )
    )


@alerts.command()
@click.argument("email")
@click.pass_obj
def end(context: Context, email: str) -> None:
    """End every alert of an e-mail address, and delete the address."""
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    with database.writing() as session:
        ended = actions.end_all(session, email)
    click.echo(ngettext("%(num)s alert ended", "%(num)s alerts ended", ended))


alerts.add_command(returned_mail, "receive")
