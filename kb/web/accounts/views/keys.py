"""Keys for programs: each person makes, sees and revokes their own. A key is shown once, on the page after its form."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.accounts import api_keys
from kb.accounts.choices import KEY_DAYS, KEY_SCOPES
from kb.accounts.schemas import KeySchema
from kb.core.column_types import now
from kb.core.errors import Refused

from ...core import context, form_resubmission, forms, submissions
from ...core.access import actor, actor_in, requires
from ...core.formatting import message_text
from ...core.forms import Form
from ...core.headers import of_one_person
from ...core.links import absolute
from ...core.mails import send_mail
from ..pages import KeysPage

blueprint = Blueprint("keys", __name__)
blueprint.after_request(of_one_person)

MOST_SHOWN = 100


@blueprint.get("/account/keys")
@requires("make-keys")
def keys() -> ResponseReturnValue:
    """The keys of whoever is signed in, and a form for another."""
    return _page(), 200


@blueprint.post("/account/keys")
@requires("make-keys")
def make() -> ResponseReturnValue:
    """Make a key, and show it this once; nothing but its hash is kept."""
    data, form = forms.read(KeySchema(), request.form)
    if data is None:
        return _page(form), form.status
    key = _new_key(data)
    try:
        with submissions.writing() as session:
            context.api_keys().make(session, actor_in(session), key, **data)
    except Refused as refused:
        return _page(form.with_problem(message_text(refused.message))), 409
    _tell_by_mail(data["name"])
    submissions.set_location(url_for("keys.keys"))
    return _page(made=key), 201


@blueprint.post("/account/keys/<int:key>/revoke")
@requires("make-keys")
def revoke(key: int) -> ResponseReturnValue:
    """End a key at once and for good."""
    with context.database().writing() as session:
        revoked = api_keys.revoke(session, actor_in(session), key)
    flash(gettext("The key “%(name)s” is revoked.", name=revoked.name))
    return redirect(url_for("keys.keys"), code=303)


@blueprint.errorhandler(submissions.Repeated)
def sent_twice(repeated: submissions.Repeated) -> ResponseReturnValue:
    """Show the key to whoever clicked twice, whose browser has dropped the first answer; later, never again."""
    person, (data, _form) = context.user(), forms.read(KeySchema(), request.form)
    if person is not None and data is not None:
        key = _new_key(data)
        if context.api_keys().just_made(context.refresh_session(), person, key) is not None:
            return _page(made=key), 201
    return submissions.repeated(repeated)


def _tell_by_mail(name: str) -> None:
    """Tell the owner of a key, who would otherwise not hear of one that somebody else made on their computer."""
    text = gettext(
        "The key “%(name)s” was made for your account. With it, a program can send proposals in your name.\n\n"
        "If it was not you, revoke it and change your password:\n%(address)s\n",
        name=name,
        address=absolute(url_for("keys.keys")),
    )
    send_mail([actor()], gettext("A key for a program was made"), text)


def _new_key(data: dict[str, object]) -> str:
    return context.api_keys().new_key(actor(), request.form.get(form_resubmission.KEY, ""), data)


def _page(form: Form | None = None, made: str | None = None) -> str:
    session, moment = context.refresh_session(), now()
    rows = session.scalars(api_keys.keys_of(actor()).limit(MOST_SHOWN)).all()
    return KeysPage(
        keys=[(row, api_keys.state_of(row, moment)) for row in rows],
        form=form or Form({"days": "90", "scope_read": "1", "scope_draft": "1"}),
        scopes=KEY_SCOPES,
        days=KEY_DAYS,
        made=made,
    ).render()
