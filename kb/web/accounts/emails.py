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
        "you are invited to CityPeers. There, cities share what they did, what the results were and who to ask.\n\n"
        "Open this link within 14 days to choose a password. It works once:\n\n"
        "%(link)s\n\n"
        "If you did not expect this, you do not have to do anything.\n",
        name=user.name,
        link=link,
    )
    return Email(user.email, gettext("Your invitation to CityPeers"), text)


def reset(user: User) -> Email:
    """The way to a new password, for whoever asked for it and reads this address."""
    link = absolute(url_for("resets.reset", ticket=context.signed_links().write("reset", user)))
    text = gettext(
        "Hello %(name)s,\n\n"
        "someone, probably you, asked for a new password for CityPeers.\n\n"
        "Open this link within an hour to choose one. It works once:\n\n"
        "%(link)s\n\n"
        "If it was not you, you do not have to do anything. Your password stays the same.\n",
        name=user.name,
        link=link,
    )
    return Email(user.email, gettext("A new password for CityPeers"), text)
