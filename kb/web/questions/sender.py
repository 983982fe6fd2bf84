"""What sends the mails about questions of an application; forms let it work at once, from a thread."""

from contextlib import suppress
from functools import partial

from flask import Flask, current_app

from kb.core.database_errors import TEMPORARY
from kb.questions.sending import Sender

from ..core import context
from . import emails


def sender_of(app: Flask) -> Sender:
    """What sends the mails about questions of an application."""
    return Sender(
        app.extensions["kb_database"],
        app.extensions["kb_mail"],
        partial(emails.written_outside_requests, app),
    )


def send_soon() -> None:
    """Send what the form of this request led to, once it has been answered; what is left, the server sends later."""
    sender: Sender = current_app.extensions["kb_question_sender"]()

    def send() -> None:
        with suppress(*TEMPORARY, OSError):
            sender.send_due()

    context.mail().call_later(send)


def register(app: Flask) -> None:
    """Let the forms of an application have its sender."""
    app.extensions["kb_question_sender"] = partial(sender_of, app)
