"""Sends e-mails to people with an account, after the commit; and what the mails of every package share."""

from collections.abc import Iterable

from flask import Flask, Response, after_this_request, url_for
from flask.ctx import RequestContext
from flask_babel import gettext

from config import Config
from kb.accounts.models import User
from kb.accounts.queries import people_who_may
from kb.core.mail import Email
from kb.editorial.models import Proposal

from . import context
from .links import absolute

LONGEST_SUBJECT = 150
"""Signs of a subject; mail programs show fewer."""


def mail_context(app: Flask, language: str) -> RequestContext:
    """What lets a mail be written in a language, with the site's addresses, where there is no request."""
    config: Config = app.config["KB"]
    base_url = config.site_url or f"http://{config.host}:{config.port}"
    return app.test_request_context(base_url=base_url, headers={"Accept-Language": language})


def send_mail(people: Iterable[User], subject: str, text: str) -> None:
    """Send the same to each of them, later and one by one."""
    subject = " ".join(subject.split())
    for person in people:
        context.mail().send_later(Email(person.email, subject, text))


def send_when_answered(message: Email) -> None:
    """Send a mail once the answer to this request was given out, so that its time does not tell whether one is sent."""
    mail = context.mail()

    @after_this_request
    def send_on_close(response: Response) -> Response:
        response.call_on_close(lambda: mail.send_later(message))
        return response


def notify_editors(key: int) -> None:
    """Tell everybody who may review that a proposal waits, but for its author."""
    with context.database().reading() as session:
        proposal = session.get_one(Proposal, key)
        readers = session.scalars(people_who_may("review").where(User.id.is_distinct_from(proposal.author_id))).all()
    text = gettext(
        "%(author)s proposes: %(title)s\n\nPlease read it and decide:\n%(address)s\n",
        author=proposal.author_name,
        title=proposal.title,
        address=absolute(url_for("desk.proposal", key=key)),
    )
    send_mail(readers, gettext("Waiting for review: %(title)s", title=proposal.title), text)
