"""`kb user`: invite people, list them, and change what they may do. The first administrator is made here."""

import click
from sqlalchemy.orm import Session

from kb.accounts import actions, queries, second_factors
from kb.accounts.choices import ROLES
from kb.accounts.models import User
from kb.accounts.schemas import InvitedSchema
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.models import City
from kb.catalogue.queries import city_by_slug
from kb.core.errors import Misconfigured, NotFound, Refused
from kb.core.i18n import Label, Message, gettext_noop

from .context import Context


@click.group()
def user() -> None:
    """People with an account."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="Name of the person. It can be changed later.")
@click.option("--role", type=click.Choice(list(ROLES)), default="contributor", show_default=True)
@click.option("--organisation", help="Organisation that the person works for.")
@click.option("--city", "slug", help="City that a contributor writes for, as in the address of its page.")
@click.pass_obj
def invite(context: Context, email: str, name: str, role: str, organisation: str | None, slug: str | None) -> None:
    """Create an account and print the invitation link, which works for 14 days."""
    if context.config.site_url and (problem := context.config.problem()):
        # Another secret than the site's would write a link that opens nothing.
        raise Misconfigured(problem)
    sent = {"email": email, "name": name, "role": role, "organisation": organisation or ""}
    wrong = InvitedSchema().validate(sent)
    for field, messages in wrong.items():
        raise Refused(Message("%(field)s: %(problem)s", {"field": field, "problem": Label(str(messages[0]))}))
    with context.database().writing() as session:
        city = _city(session, slug) if slug else None
        invited = actions.invite(
            session, None, **InvitedSchema(exclude=("city",)).load(sent), city_id=city.id if city else None
        )
    click.echo(context.invitation_to(invited))


@user.command("list")
@click.pass_obj
def list_people(context: Context) -> None:
    """List all accounts: e-mail, name, role and state."""
    with context.database().reading() as session:
        for person in session.scalars(queries.people()):
            click.echo(f"{person.email}\t{person.name}\t{person.role}\t{_state(person)}")


@user.command()
@click.argument("email")
@click.pass_obj
def disable(context: Context, email: str) -> None:
    """Close an account and sign the person out. Their work stays."""
    with context.database().writing() as session:
        actions.disable(session, None, queries.person_by_email(session, email))


@user.command()
@click.argument("email")
@click.pass_obj
def enable(context: Context, email: str) -> None:
    """Reopen a closed account."""
    with context.database().writing() as session:
        actions.enable(session, None, queries.person_by_email(session, email))


@user.command()
@click.argument("email")
@click.argument("name", metavar="ROLE", type=click.Choice(list(ROLES)))
@click.pass_obj
def role(context: Context, email: str, name: str) -> None:
    """Change the role of a person."""
    with context.database().writing() as session:
        actions.change_role(session, None, queries.person_by_email(session, email), name)


@user.command("reset-factors")
@click.argument("email")
@click.pass_obj
def reset_factors(context: Context, email: str) -> None:
    """Remove the authenticator app, passkeys and recovery codes of a person who lost them, and sign them out."""
    with context.database().writing() as session:
        second_factors.reset(session, None, queries.person_by_email(session, email))


@user.command()
@click.argument("email")
@click.argument("slug", required=False)
@click.pass_obj
def city(context: Context, email: str, slug: str | None) -> None:
    """Let a person stand for a city, as in the address of its page; without one, for none."""
    with context.database().writing() as session:
        found = _city(session, slug) if slug else None
        actions.change_city(session, None, queries.person_by_email(session, email), found.id if found else None)


def _city(session: Session, slug: str) -> City:
    """The city at this address, which is not withdrawn until the transaction ends. Raises Refused."""
    acquire_write_lock(session)
    try:
        return city_by_slug(session, slug)
    except NotFound:
        raise Refused(gettext_noop("There is no city at /cities/%(slug)s."), slug=slug) from None


def _state(person: User) -> str:
    if person.disabled_at:
        return "closed"
    return "open" if queries.has_signed_in(person) else "invited"
