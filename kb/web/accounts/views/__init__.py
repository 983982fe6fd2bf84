"""The views, a small file a subject."""

from . import account, audit, invitations, password_resets, people, provider_sign_in, sign_in

BLUEPRINTS = [
    sign_in.blueprint,
    provider_sign_in.blueprint,
    invitations.blueprint,
    password_resets.blueprint,
    account.blueprint,
    people.blueprint,
    audit.blueprint,
]
