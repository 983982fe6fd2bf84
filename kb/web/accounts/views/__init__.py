"""The views of people's own accounts, and of administrators."""

from . import account, keys, mailed_links, people, second_factors, second_step, sign_in

BLUEPRINTS = [
    sign_in.sign_in_blueprint,
    sign_in.provider_blueprint,
    second_step.blueprint,
    mailed_links.invitations_blueprint,
    mailed_links.resets_blueprint,
    account.blueprint,
    second_factors.blueprint,
    keys.blueprint,
    people.people_blueprint,
    people.audit_blueprint,
]
