"""The views of people's own accounts, and of administrators."""

from . import account, keys, mailed_links, people, personal_data, second_factors, second_step, sign_in

BLUEPRINTS = [
    sign_in.sign_in_blueprint,
    sign_in.provider_blueprint,
    second_step.blueprint,
    mailed_links.invitations_blueprint,
    mailed_links.resets_blueprint,
    account.blueprint,
    second_factors.blueprint,
    keys.blueprint,
    personal_data.own_blueprint,
    personal_data.anybody_blueprint,
    people.people_blueprint,
    people.audit_blueprint,
]
