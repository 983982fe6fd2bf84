"""Validates forms about accounts; messages are marked, and interfaces translate them."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load
from marshmallow.validate import Email, OneOf

from kb.core.errors import too_long
from kb.core.i18n import gettext_noop
from kb.core.text import clean_line, clean_text

from .choices import KEY_DAYS, ROLES
from .permissions import SCOPES
from .queries import plain_email

REQUIRED = gettext_noop("Please fill this in.")
_NO_ADDRESS = gettext_noop("This is not an e-mail address, such as name@city.example.")
_NO_ROLE = gettext_noop("Please choose one of the roles.")
_NO_DAYS = gettext_noop("Please choose how long the key works.")
_NO_SCOPE = gettext_noop("Please choose at least one thing that the program may do.")


def at_most(longest: int) -> Callable[[str], None]:
    """A validator of texts: of a longer one it says how many characters it has, and how many it may have."""

    def validate(text: str) -> None:
        if len(text) > longest:
            raise ValidationError([too_long(text, longest)])

    return validate


class Line(fields.String):
    """One line of text: no control characters, white space joined; an empty one counts as missing."""

    def __init__(self, longest: int = 300, **settings: Any) -> None:
        super().__init__(validate=at_most(longest), **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> str:
        return clean_line(super()._deserialize(value, attr, data, **settings) or "")


class Lines(fields.String):
    """Text of several lines, without what cannot be seen."""

    def __init__(self, longest: int, **settings: Any) -> None:
        super().__init__(validate=at_most(longest), **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> str:
        return clean_text(super()._deserialize(value, attr, data, **settings) or "")


class Address(Line):
    """An e-mail address, in small letters."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(254, **settings)
        self.validators.append(Email(error=_NO_ADDRESS))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> str:
        return plain_email(super()._deserialize(value, attr, data, **settings))


class FormSchema(Schema):
    """A schema of a form: fields that nobody knows are left out, and so are empty ones, which count as missing."""

    class Meta:
        """Forms carry a token, and what they are sent with."""

        unknown = EXCLUDE

    @pre_load
    def _without_empty(self, form: Mapping[str, str], **_settings: Any) -> dict[str, str]:
        return {name: form[name] for name in form if clean_text(form[name])}


def required(kind: type[Line]) -> Line:
    """A field of that kind that must be filled in."""
    return kind(required=True, error_messages={"required": REQUIRED})


class SignInSchema(FormSchema):
    """`email` and `password`; whether they are right, only the database knows."""

    email = Line(254, required=True, error_messages={"required": REQUIRED})
    password = fields.String(required=True, error_messages={"required": REQUIRED})


class AddressSchema(FormSchema):
    """`email`: where a link is to be sent."""

    email = required(Address)


class InvitedSchema(FormSchema):
    """Somebody to be invited: `email`, `name`, `role`, and perhaps `organisation` and the slug of a `city`."""

    email = required(Address)
    name = required(Line)
    role = fields.String(required=True, validate=OneOf(ROLES, error=_NO_ROLE), error_messages={"required": REQUIRED})
    organisation = Line(load_default=None)
    city = Line(load_default=None)


class InvitationSchema(FormSchema):
    """What an invited person chooses: `name` and `password`; how strong that is, `passwords.weakness` says."""

    name = required(Line)
    password = fields.String(required=True, error_messages={"required": REQUIRED})


class NewPasswordSchema(FormSchema):
    """`password`: a new one."""

    password = fields.String(required=True, error_messages={"required": REQUIRED})


class ChangePasswordSchema(NewPasswordSchema):
    """`password`, and `old_password`, which shows that it is the person who asks."""

    old_password = fields.String(required=True, error_messages={"required": REQUIRED})


class EraseOwnSchema(FormSchema):
    """Who erases the own account: `old_password`, or `email` where there is no password; the view compares them."""

    old_password = fields.String()
    email = Line(254)


class NameSchema(FormSchema):
    """`name`: how a person is called here."""

    name = required(Line)


class KeySchema(FormSchema):
    """A key for a program: `name`, for how many `days`, and a tick `scope_NAME` for each thing that it may do."""

    name = required(Line)
    days = fields.Integer(
        required=True,
        validate=OneOf(KEY_DAYS, error=_NO_DAYS),
        error_messages={"required": _NO_DAYS, "invalid": _NO_DAYS},
    )
    scope_read = fields.Boolean(load_default=False)
    scope_draft = fields.Boolean(load_default=False)
    scope_submit = fields.Boolean(load_default=False)

    @post_load
    def _gather_scopes(self, loaded: dict[str, Any], **_settings: Any) -> dict[str, Any]:
        scopes = [scope for scope in SCOPES if loaded.pop(f"scope_{scope}")]
        if not scopes:
            raise ValidationError(_NO_SCOPE, f"scope_{next(iter(SCOPES))}")
        return {**loaded, "scopes": scopes}


class PasskeySchema(FormSchema):
    """A new passkey: its `name`, and what the browser fills in, the `credential` of the device and the `challenge`."""

    name = required(Line)
    credential = fields.String(load_default="")
    challenge = fields.String(load_default="")


class CitySchema(FormSchema):
    """`city` that a person stands for: its name or the end of its address; nothing for none."""

    city = Line(load_default=None)


class RoleSchema(FormSchema):
    """`role`: what a person may do from now on."""

    role = fields.String(required=True, validate=OneOf(ROLES, error=_NO_ROLE), error_messages={"required": REQUIRED})
