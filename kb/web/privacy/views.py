"""The privacy notice; and the data of readers without an account, by a link in a mail."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import TooManyRequests

from kb.accounts.queries import find_person_by_email
from kb.accounts.schemas import AddressSchema
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop
from kb.core.mail import Email
from kb.privacy.erasure import erase_person
from kb.privacy.person import Person
from kb.privacy.records import STORED_IN_BROWSERS, Retention, records
from kb.privacy.signed_links import address_in, ticket_for

from ..core import context, forms, limits
from ..core.formatting import message_text
from ..core.forms import Form
from ..core.headers import of_one_person
from ..core.links import absolute
from .answers import data_file
from .pages import AskForDataPage, MailedDataPage, PrivacyPage, shown_sections

blueprint = Blueprint("privacy", __name__)

ASKED_BY_ADDRESS = "20 per hour"
"""How many links one network address may ask for."""

MAILS_TO_RECIPIENT = "5 per day"
"""How many links one e-mail address gets, whoever asks; beyond that nothing is sent nor said."""

_HAS_ACCOUNT = gettext_noop("There is an account with this e-mail address. Sign in and erase it under “Your account”.")


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What personal data are kept, for how long by the settings, and what a person may ask for."""
    config = context.config()
    retention = Retention(config.rest_minutes, config.forum_name_days, config.question_days)
    page = PrivacyPage(
        operator=config,
        address=config.operator_address_lines,
        records=records(retention),
        stored_in_browsers=STORED_IN_BROWSERS,
        backup_days=config.backup_keep_days if config.backups else None,
    )
    return page.render()


personal_data_blueprint = Blueprint("personal_data", __name__, url_prefix="/privacy/data")
personal_data_blueprint.after_request(of_one_person)


@personal_data_blueprint.get("")
def ask() -> ResponseReturnValue:
    """Where a reader without an account asks for a link to what is kept under an address."""
    return _asking(Form())


@personal_data_blueprint.post("")
def ask_submit() -> ResponseReturnValue:
    """Send the link; the answer is the same, whether anything is kept or not."""
    data, form = forms.read(AddressSchema(), request.form)
    if not context.mail().can_send:
        return _asking(form, 409)
    if data is None:
        return _asking(form, 422)
    try:
        limits.spend(ASKED_BY_ADDRESS, "personal data", limits.client_address())
    except TooManyRequests as problem:
        text, seconds = limits.seconds_to_wait(problem)
        page, code = _asking(form.with_problem(text), 429)
        return page, code, {"Retry-After": str(seconds)}
    if limits.is_within(MAILS_TO_RECIPIENT, "mails about personal data", data["email"]):
        context.mail().send_later(_mail(data["email"]))
    flash(gettext("We have sent a link to this e-mail address. It works for one day."))
    return redirect(url_for("personal_data.ask"), 303)


@personal_data_blueprint.get("/<ticket>")
def data(ticket: str) -> ResponseReturnValue:
    """What is kept under the address of whoever has the link, but for an account."""
    return _kept(ticket)


@personal_data_blueprint.get("/<ticket>/file")
def file(ticket: str) -> ResponseReturnValue:
    """What is kept under the address of whoever has the link, but for an account, as a file of JSON."""
    return data_file(_address(ticket), with_account=False)


@personal_data_blueprint.post("/<ticket>/erase")
def erase_submit(ticket: str) -> ResponseReturnValue:
    """Erase the address and its names; an account is erased by whoever is signed in to it."""
    address = _address(ticket)
    try:
        with context.database().writing(alone=True) as session:
            if find_person_by_email(session, address) is not None:
                raise Refused(_HAS_ACCOUNT)
            erase_person(session, address, by_themselves=True)
    except Refused as problem:
        return _kept(ticket, message_text(problem.message)), 409
    except NotFound as problem:
        flash(message_text(problem.message))
    else:
        flash(gettext("Your e-mail address and your name were erased."))
    return redirect(url_for("privacy.privacy"), 303)


def _kept(ticket: str, problem: str | None = None) -> str:
    address = _address(ticket)
    page = MailedDataPage(
        address=address,
        ticket=ticket,
        sections=shown_sections(context.session(), Person(address, None)),
        has_account=find_person_by_email(context.session(), address) is not None,
        problem=problem,
    )
    return page.render()


def _asking(form: Form, code: int = 200) -> tuple[str, int]:
    page = AskForDataPage(form=form, can_send=context.mail().can_send, contact=context.config().operator_email)
    return page.render(), code


def _address(ticket: str) -> str:
    return address_in(context.config().secret_key, ticket)


def _mail(address: str) -> Email:
    link = absolute(url_for("personal_data.data", ticket=ticket_for(context.config().secret_key, address)))
    text = gettext(
        "Hello,\n\nsomeone, probably you, asked which data CityPeers stores about this e-mail address.\n\n"
        "Open this link within one day to see, download or erase the data:\n\n%(link)s\n\n"
        "If it was not you, you do not have to do anything.\n",
        link=link,
    )
    return Email(address, gettext("Your data at CityPeers"), text)


BLUEPRINTS = [blueprint, personal_data_blueprint]
