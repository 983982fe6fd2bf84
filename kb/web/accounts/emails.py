"""What is written to people: invitations and links for a new password. Sent after the commit, never within it."""

from flask import url_for
from flask_babel import gettext

from kb.accounts.models import User
from kb.core.mail import Email

from ..core import context
from ..core.links import absolute
from ..core.mails import send_mail


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


def tell_of_app(user: User, *, is_added: bool) -> None:
    """Tell the owner of an account that an authenticator app was set up for it, or removed."""
    if is_added:
        text = gettext("An authenticator app was added to your account at CityPeers.")
    else:
        text = gettext("The authenticator app was removed from your account at CityPeers.")
    _tell_of_change(user, text)


def tell_of_passkey(user: User, name: str, *, is_added: bool) -> None:
    """Tell the owner of an account that a passkey was added to it, or removed."""
    if is_added:
        text = gettext("The passkey “%(name)s” was added to your account at CityPeers.", name=name)
    else:
        text = gettext("The passkey “%(name)s” was removed from your account at CityPeers.", name=name)
    _tell_of_change(user, text)


def tell_of_recovery_codes(user: User) -> None:
    """Tell the owner of an account that recovery codes were made, so that earlier ones work no more."""
    _tell_of_change(user, gettext("New recovery codes were made for your account at CityPeers."))


def tell_of_recovery_code(user: User) -> None:
    """Tell the owner of an account that somebody showed a recovery code, at sign-in or to change the second step."""
    _tell_of_change(user, gettext("Someone used one of your recovery codes at CityPeers."))


def tell_of_failed_steps(user: User) -> None:
    """Tell the owner of an account that somebody took the first step of sign-in, and then tried many wrong codes."""
    text = gettext(
        "Someone passed the first step of sign-in to your account at CityPeers, for example with your password, and "
        "then entered many wrong codes. That person was not signed in."
    )
    _tell_of_change(user, text)


def tell_of_reset(user: User) -> None:
    """Tell the owner of an account that an administrator removed its second factors."""
    text = gettext(
        "An administrator reset the second step of sign-in of your account at CityPeers. "
        "You were signed out everywhere."
    )
    _tell_of_change(user, text)


def _tell_of_change(user: User, text: str) -> None:
    address = absolute(url_for("second_factors.overview"))
    text += "\n\n" + gettext(
        "If it was not you, change your password and check your account:\n%(address)s\n", address=address
    )
    send_mail([user], gettext("Your second step of sign-in"), text)
