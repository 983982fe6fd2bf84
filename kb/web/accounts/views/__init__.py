"""The views, a small file a subject."""

from . import account, audit, elsewhere, invitations, people, resets, signing_in

BLUEPRINTS = [
    signing_in.blueprint,
    elsewhere.blueprint,
    invitations.blueprint,
    resets.blueprint,
    account.blueprint,
    people.blueprint,
    audit.blueprint,
]
