"""`kb alerts send`, which sends what is due, as `kb serve` does each minute; `kb alerts end` and `receive`."""

import sys
from contextlib import suppress

import click
from flask import Flask

from kb.alerts import actions
from kb.alerts.returned import tickets_of_returned
from kb.alerts.sending import Sender, forget_late
from kb.alerts.signed_links import AlertLinks, InvalidAlertLink
from kb.core.database_errors import TEMPORARY
from kb.web.alerts import emails, questions

from .application import application, require_mail
from .context import Context, message_text, ngettext
from .failures import database_failure

LARGEST_MAIL = 1_000_000
"""Bytes of a returned mail that are read."""

_TRY_AGAIN = 75
"""The exit code by which a mail server tries again later (sysexits.h: EX_TEMPFAIL)."""


def sender_of(app: Flask) -> Sender:
    """What sends the mails of an application's alerts."""
    return Sender(
        app.extensions["kb_database"],
        app.extensions["kb_search"],
        app.extensions["kb_mail"],
        questions.read,
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


@alerts.command()
@click.pass_obj
def receive(context: Context) -> None:
    """End an alert whose mail came back because its address does not exist (docs/operating.md).

    It reads the returned mail from standard input. Exit code 75 tells the mail server to try again later.
    """
    tickets = tickets_of_returned(sys.stdin.buffer.read(LARGEST_MAIL))
    links, ended = AlertLinks(context.config.secret_key), 0
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    try:
        with database.writing() as session:
            for ticket in tickets:
                with suppress(InvalidAlertLink):
                    if (alert := links.read_to_end(session, ticket)) is not None:
                        actions.end(session, alert)
                        ended += 1
    except TEMPORARY as problem:
        click.echo(f"kb: {message_text(database_failure(problem, context.config.database_url))}", err=True)
        sys.exit(_TRY_AGAIN)
    click.echo(ngettext("%(num)s alert ended", "%(num)s alerts ended", ended))
