"""The application, for commands that write mails as `kb serve` does."""

import click
from flask import Flask

from config import Config
from kb.app import create_app
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

_NO_MAIL = gettext_noop("No mail can be sent: set KB_SMTP_URL and KB_MAIL_FROM.")


def application(config: Config) -> Flask:
    """The application; its search and its database are closed when the command ends."""
    app = create_app(config)
    click.get_current_context().call_on_close(app.extensions["kb_search"].close)
    click.get_current_context().call_on_close(app.extensions["kb_database"].dispose)
    return app


def require_mail(app: Flask) -> None:
    """Raise Refused where an application cannot send mail."""
    if not app.extensions["kb_mail"].can_send:
        raise Refused(_NO_MAIL)
