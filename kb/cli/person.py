"""`kb person`: what is kept of a person, given and erased by mail address, with an account or without."""

import click

from kb.accounts.actions import record_audit_event
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop
from kb.privacy.erasure import NOTHING_KEPT, erase_person
from kb.privacy.export import as_json, has_anything
from kb.privacy.person import person_by_address

from .context import Context, message_text, ngettext

_SURE = gettext_noop("Erase all data about %(address)s? This cannot be undone.")
_PUBLISHED = gettext_noop(
    "%(name)s is the name of a published city leader or speaker, so it stays in entries, sessions and their history."
)


@click.group()
def person() -> None:
    """A person's data, by e-mail address: with an account or without."""


@person.command()
@click.argument("address")
@click.pass_obj
def export(context: Context, address: str) -> None:
    """Print the data stored about an e-mail address, as JSON."""
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    with database.writing() as session:
        subject = person_by_address(session, address)
        if not has_anything(session, subject):
            raise NotFound(NOTHING_KEPT, address=subject.address)
        account = subject.account
        record_audit_event(session, None, "export-person", "user" if account else None, account.id if account else None)
    with database.reading() as session:
        for piece in as_json(session, person_by_address(session, address)):
            click.echo(piece, nl=False)


@person.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@click.option("--name", "names", multiple=True, help="Another name of the person, to remove from all texts too.")
@click.pass_obj
def erase(context: Context, address: str, yes: bool, names: tuple[str, ...]) -> None:
    """Erase the account, the address and the names of a person. What is published about cities stays."""
    if not yes:
        click.confirm(message_text(Message(_SURE, {"address": address})), abort=True)
    database = context.database()
    click.get_current_context().call_on_close(database.dispose)
    with database.writing(alone=True) as session:
        erased = erase_person(session, address, also=names)
    rows = sum(erased.rows.values())
    click.echo(ngettext("erased in %(num)s place", "erased in %(num)s places", rows), nl=False)
    click.echo(f" (audit trail: {erased.number})")
    for name in erased.published_names:
        click.echo(message_text(Message(_PUBLISHED, {"name": name})))
