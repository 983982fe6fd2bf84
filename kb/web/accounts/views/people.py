"""People, for administrators: the list, invitations, roles, closed accounts, and the audit trail."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import fields, post_load
from marshmallow.validate import OneOf, Range

from kb.accounts import actions, queries, second_factors
from kb.accounts.choices import ROLE_DESCRIPTIONS, ROLES
from kb.accounts.models import User
from kb.accounts.schemas import CitySchema, InvitedSchema, RoleSchema
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City
from kb.catalogue.queries import city_by_slug, city_names
from kb.core.column_types import LARGEST_ID
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop
from kb.core.text import clean_line

from ...core import context, forms, submissions
from ...core.access import actor, requires
from ...core.context import session
from ...core.formatting import message_text
from ...core.forms import Form
from ...core.headers import of_one_person
from ...core.language import translated
from ...core.links import link_to_entry
from ...core.query_schemas import PageNumber, QuerySchema, Text
from ...peers.compare_page import cities_called, city_meant
from ...search.results import named
from .. import emails, pages


class PeopleSchema(QuerySchema):
    """`q`: words of a name or an address; `role`; and `page`."""

    q = Text(load_default="")
    role = fields.String(load_default=None, validate=OneOf(ROLES))
    page = PageNumber()


class AuditSchema(QuerySchema):
    """`actor` and `before`, which are ids, `verb`, `kind` and `key`, as an AuditFilter."""

    actor = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    verb = Text(load_default=None)
    kind = Text(load_default=None)
    key = Text(longest=200, load_default=None)
    before = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> queries.AuditFilter:
        return queries.AuditFilter(**loaded)


people_blueprint = Blueprint("people", __name__, url_prefix="/desk/people")
people_blueprint.after_request(of_one_person)

_OWN_SECOND_STEP = gettext_noop("Change your own second step in your account.")
_NO_CITY = gettext_noop("There is no city with this name. Choose one from the list.")


@people_blueprint.get("")
@requires("manage-people")
def people() -> ResponseReturnValue:
    """Everybody with an account, to be searched, and the way to each."""
    query, refused = PeopleSchema().read(request.args)
    page = pages.page_of_people(context.session(), query["q"], query["role"], query["page"], named(refused))
    return page.render()


@people_blueprint.get("/invite")
@requires("manage-people")
def invite() -> ResponseReturnValue:
    """Where somebody new is invited."""
    return _inviting(Form({"role": "contributor"}))


@people_blueprint.get("/cities.json")
@requires("manage-people")
def cities() -> ResponseReturnValue:
    """Up to eight cities with a page that begin like what was typed, by what their addresses end in."""
    called = cities_called(context.session(), clean_line(request.args.get("q", "")))
    return jsonify(
        suggestions=[
            {
                "label": slug,
                "kind_label": f"{place.name}, {translated(place.country)}",
                "url": link_to_entry(EntryKind.CITY, slug),
            }
            for slug, place in called
        ]
    )


@people_blueprint.post("/invite")
@requires("manage-people")
def invite_submit() -> ResponseReturnValue:
    """Make the account, and send the link."""
    invited, form = forms.read(InvitedSchema(), request.form)
    if invited is None:
        return _inviting(form, 422)
    try:
        city = _city(invited.pop("city"))
        with submissions.writing() as session:
            acquire_write_lock(session)
            person = actions.invite(session, actor(), **invited, city_id=city.id if city else None)
    except NotFound:
        return _inviting(form.with_errors(city=_NO_CITY), 422)
    except Refused as problem:
        return _inviting(form.with_errors(email=message_text(problem.message)), 422)
    return _sent_to(person)


@people_blueprint.get("/<int:key>")
@requires("manage-people")
def person(key: int) -> ResponseReturnValue:
    """One person: role, whether the account is open, and what was done to it."""
    return _page(queries.person_by_id(context.session(), key))


@people_blueprint.post("/<int:key>/role")
@requires("manage-people")
def role_submit(key: int) -> ResponseReturnValue:
    """Let a person do other things from now on."""
    data, form = forms.read(RoleSchema(), request.form)
    if data is None:
        return _page(queries.person_by_id(context.session(), key), form, 422)
    try:
        with context.database().writing() as session:
            actions.change_role(session, actor(), queries.person_by_id(session, key), data["role"])
    except Refused as problem:
        return _page(
            queries.person_by_id(context.session(), key), form.with_errors(role=message_text(problem.message)), 422
        )
    return _done(key, gettext("The role is changed."))


@people_blueprint.post("/<int:key>/city")
@requires("manage-people")
def city_submit(key: int) -> ResponseReturnValue:
    """Let a person stand for another city, or for none."""
    data, form = forms.read(CitySchema(), request.form)
    try:
        city = _city(data["city"]) if data else None
    except NotFound:
        form = form.with_errors(city=_NO_CITY)
    if form.is_wrong:
        return _page(queries.person_by_id(context.session(), key), form, 422)
    with context.database().writing() as session:
        # Whoever withdraws a city looks first whether somebody stands for it.
        acquire_write_lock(session)
        actions.change_city(session, actor(), queries.person_by_id(session, key), city.id if city else None)
    return _done(key, gettext("The city was changed."))


@people_blueprint.post("/<int:key>/invite-again")
@requires("manage-people")
def invite_again(key: int) -> ResponseReturnValue:
    """Send another link; earlier ones open nothing from now on."""
    with submissions.writing() as session:
        invited = queries.person_by_id(session, key)
        actions.invite_again(session, actor(), invited)
    return _sent_to(invited)


@people_blueprint.post("/<int:key>/disable")
@requires("manage-people")
def disable(key: int) -> ResponseReturnValue:
    """Close an account; the person is signed out at once."""
    try:
        with context.database().writing() as session:
            actions.disable(session, actor(), queries.person_by_id(session, key))
    except Refused as problem:
        form = Form(problem=message_text(problem.message))
        return _page(queries.person_by_id(context.session(), key), form, 422)
    return _done(key, gettext("The account is closed. What this person wrote stays."))


@people_blueprint.post("/<int:key>/enable")
@requires("manage-people")
def enable(key: int) -> ResponseReturnValue:
    """Open a closed account again."""
    with context.database().writing() as session:
        actions.enable(session, actor(), queries.person_by_id(session, key))
    return _done(key, gettext("The account is open again."))


@people_blueprint.post("/<int:key>/reset-second-step")
@requires("manage-people")
def reset_second_step(key: int) -> ResponseReturnValue:
    """Remove the second factors of somebody who lost them; one's own are changed in one's own account."""
    try:
        with context.database().writing() as session:
            user = queries.person_by_id(session, key)
            if user.id == actor().id:
                raise Refused(_OWN_SECOND_STEP)
            second_factors.reset(session, actor(), user)
    except Refused as problem:
        form = Form(problem=message_text(problem.message))
        return _page(queries.person_by_id(context.session(), key), form, 422)
    emails.tell_of_reset(user)
    return _done(key, gettext("The second step was reset. This person was signed out everywhere."))


def _city(typed: str | None) -> City | None:
    """The city that was typed, as the end of its address or by name; None for nothing. Raises NotFound."""
    if not typed:
        return None
    try:
        return city_by_slug(context.session(), typed)
    except NotFound:
        return city_by_slug(context.session(), city_meant(context.session(), typed) or "")


def _inviting(form: Form, code: int = 200) -> tuple[str, int]:
    page = pages.InvitePage(form=form, roles=ROLES, role_descriptions=ROLE_DESCRIPTIONS)
    return page.render(), code


def _page(user: User, form: Form | None = None, code: int = 200) -> tuple[str, int]:
    session, state = context.session(), pages.state_of(user)
    city = city_names(session, {user.city_id}).get(user.city_id or 0)
    values = {"role": user.role, "city": city[0] if city else ""}
    page = pages.PersonPage(
        person=user,
        form=replace(form, values=values | dict(form.values)) if form else Form(values),
        state=state,
        city=city,
        factors=second_factors.factors_of(session, user.id),
        is_self=user.id == actor().id,
        roles=ROLES,
        role_descriptions=ROLE_DESCRIPTIONS,
        link=emails.invitation_link(user) if state == "invited" else None,
        events=pages.events_about(session, user),
    )
    return page.render(), code


def _sent_to(invited: User) -> ResponseReturnValue:
    """Send the invitation, and say on the person's page whether it went out; its link stands there too."""
    was_sent = context.mail().send(emails.invitation(invited, emails.invitation_link(invited)))
    is_real = context.mail().is_set_up
    if not is_real:
        message = gettext("The account was created. This site cannot send e-mail: please give them the link below.")
    elif not was_sent:
        message = gettext(
            "The account was created, but the e-mail could not be sent. Give them the link below, or try again."
        )
    else:
        message = gettext("The invitation was sent.")
    return _done(invited.id, message)


def _done(key: int, message: str) -> ResponseReturnValue:
    flash(message)
    return redirect(url_for("people.person", key=key), code=303)


audit_blueprint = Blueprint("audit", __name__)
audit_blueprint.after_request(of_one_person)


@audit_blueprint.get("/desk/audit")
@requires("read-audit")
def audit() -> ResponseReturnValue:
    """Events by person, verb and kind of thing, a page at a time from the newest."""
    query, refused = AuditSchema().read(request.args)
    return pages.page_of_audit(session(), query, named(refused)).render()
