"""A person's data: of one's own account, and for administrators of anybody by mail address; given and erased."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import TooManyRequests

from kb.accounts import passwords
from kb.accounts.actions import record_audit_event
from kb.accounts.queries import find_person_by_email, plain_email
from kb.accounts.schemas import AddressSchema, EraseOwnSchema
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop
from kb.privacy.erasure import NOTHING_KEPT, erase_person
from kb.privacy.export import has_anything
from kb.privacy.person import Person, person_by_address

from ...core import context, forms, limits, login_session
from ...core.access import actor, actor_in, requires
from ...core.formatting import message_text
from ...core.forms import Form
from ...core.headers import of_one_person
from ...privacy.answers import data_file
from ...privacy.pages import DataOfAddressPage, EraseOwnPage, OwnDataPage, shown_sections
from .account import RATE

own_blueprint = Blueprint("own_data", __name__, url_prefix="/account")
own_blueprint.after_request(of_one_person)

_NOT_YOUR_ADDRESS = gettext_noop("This is not the e-mail address of your account.")
_OTHER_ADDRESS = gettext_noop("This is not the e-mail address above.")


@own_blueprint.get("/data")
@requires("have-account")
def own_data() -> ResponseReturnValue:
    """What is kept of whoever is signed in, to be read."""
    person = actor()
    return OwnDataPage(sections=shown_sections(context.session(), Person(person.email, person))).render()


@own_blueprint.get("/data.json")
@requires("have-account")
def own_file() -> ResponseReturnValue:
    """All of it as a file."""
    return data_file(actor().email)


@own_blueprint.get("/erase")
@requires("have-account")
def erase() -> ResponseReturnValue:
    """What erasing one's account means, and the form that does it."""
    return _erasing(Form())


@own_blueprint.post("/erase")
@requires("have-account")
def erase_submit() -> ResponseReturnValue:
    """Erase whoever is signed in, who confirms it by the password; where there is none, by having just signed in."""
    person = actor()
    _, form = forms.read(EraseOwnSchema(), request.form)
    limits.spend(RATE, "old password", str(person.id))
    if person.password_hash is None:
        if plain_email(request.form.get("email", "")) != person.email:
            return _erasing(form.with_errors(email=_NOT_YOUR_ADDRESS), 422)
        if not login_session.is_confirmed():
            # Else a browser that was left open would be enough.
            return _erasing(
                form.with_problem(gettext("Please sign out and in again, then erase within 10 minutes.")), 409
            )
    elif not passwords.verify_password(request.form.get("old_password", ""), person.password_hash):
        return _erasing(form.with_errors(old_password=passwords.NOT_THIS), 422)
    try:
        with context.database().writing(alone=True) as session:
            erase_person(session, person.email, by_themselves=True)
    except Refused as problem:
        return _erasing(form.with_problem(message_text(problem.message)), 409)
    login_session.sign_out()
    flash(gettext("Your account was erased."))
    return redirect(url_for("privacy.privacy"), 303)


@own_blueprint.errorhandler(TooManyRequests)
def too_often(problem: TooManyRequests) -> ResponseReturnValue:
    """Say how long to wait."""
    text, seconds = limits.seconds_to_wait(problem)
    page, code = _erasing(Form(problem=text), 429)
    return page, code, {"Retry-After": str(seconds)}


def _erasing(form: Form, code: int = 200) -> tuple[str, int]:
    return EraseOwnPage(person=actor(), form=form).render(), code


anybody_blueprint = Blueprint("data_of_address", __name__, url_prefix="/desk/personal-data")
anybody_blueprint.after_request(of_one_person)


@anybody_blueprint.get("")
@requires("manage-people")
def ask() -> ResponseReturnValue:
    """Where an administrator types the address of somebody who asks for their data."""
    return DataOfAddressPage(form=Form()).render()


@anybody_blueprint.post("")
@requires("manage-people")
def show() -> ResponseReturnValue:
    """What is kept under an address; asked by a form, so that no address stands in a log."""
    data, form = forms.read(AddressSchema(), request.form)
    if data is None:
        return DataOfAddressPage(form=form).render(), 422
    return _shown(data["email"], form)


@anybody_blueprint.post("/file")
@requires("manage-people")
def file() -> ResponseReturnValue:
    """All of it as a file, which the audit trail notes."""
    data, form = forms.read(AddressSchema(), request.form)
    if data is None:
        return DataOfAddressPage(form=form).render(), 422
    account = find_person_by_email(context.session(), data["email"])
    with context.database().writing() as session:
        key = account.id if account else None
        record_audit_event(session, actor(), "export-person", "user" if account else None, key)
    return data_file(data["email"])


@anybody_blueprint.post("/erase")
@requires("manage-people")
def erase_anybody_submit() -> ResponseReturnValue:
    """Erase whoever has an address, which the administrator types once more."""
    data, form = forms.read(AddressSchema(), request.form)
    if data is None:
        return DataOfAddressPage(form=form).render(), 422
    address = data["email"]
    if plain_email(request.form.get("again", "")) != address:
        return _shown(address, form.with_errors(again=_OTHER_ADDRESS), 422)
    is_own = address == actor().email
    try:
        with context.database().writing(alone=True) as session:
            erased = erase_person(session, address, actor_in(session), by_themselves=is_own)
    except (Refused, NotFound) as problem:
        return _shown(address, form.with_problem(message_text(problem.message)), 409)
    if is_own:
        login_session.sign_out()
        return redirect(url_for("privacy.privacy"), 303)
    flash(gettext("The person was erased. Entry in the audit trail: number %(number)s.", number=str(erased.number)))
    for name in erased.published_names:
        flash(gettext("%(name)s is the name of a published city leader or speaker, so it stays in texts.", name=name))
    return redirect(url_for("data_of_address.ask"), 303)


def _shown(address: str, form: Form, code: int = 200) -> tuple[str, int]:
    person = person_by_address(context.session(), address)
    if not has_anything(context.session(), person):
        nothing = message_text(Refused(NOTHING_KEPT, address=person.address).message)
        return DataOfAddressPage(form=form.with_problem(nothing)).render(), 404
    sections = shown_sections(context.session(), person)
    return DataOfAddressPage(form=form, address=person.address, sections=sections).render(), code
