"""What is written to people: invitations and links for a new password. Sent after the commit, never within it."""

from flask import url_for
from flask_babel import gettext

from kb.accounts.models import User
from kb.core.mail import Email

from ..core import context
from ..core.links import absolute


def invitation_link(user: User) -> str:
    """The whole address that opens a person's account within 14 days."""
    return absolute(url_for("invitations.invitation", ticket=context.signed_links().write("invitation", user)))


def invitation(user: User, link: str) -> Email:
    """The invitation, with its link."""
    text = gettext(
        "Hello %(name)s,\n\n"
        "you have been invited to CityPeers, where cities keep what they tried, what came of it and whom to ask.\n\n"
        "Open this address within 14 days to choose a password; it works once:\n\n%(link)s\n\n"
        "If you did not expect this, you need not do anything.\n",
        name=user.name,
        link=link,
    )
    return Email(user.email, gettext("Your invitation to CityPeers"), text)


def reset(user: User) -> Email:
    """The way to a new password, for whoever asked for it and reads this address."""
    link = absolute(url_for("resets.reset", ticket=context.signed_links().write("reset", user)))
    text = gettext(
        "Hello %(name)s,\n\n"
        "somebody, probably you, asked for a new password at CityPeers.\n\n"
        "Open this address within an hour to choose one; it works once:\n\n%(link)s\n\n"
        "If it was not you, you need not do anything: your password stays as it is.\n",
        name=user.name,
        link=link,
    )
    return Email(user.email, gettext("A new password for CityPeers"), text)
