"""The closed lists of accounts: roles, and labels of the actions in the audit trail."""

from kb.core.i18n import gettext_noop

ROLES = {
    "contributor": gettext_noop("Contributor"),
    "editor": gettext_noop("Editor"),
    "administrator": gettext_noop("Administrator"),
}

ROLE_DESCRIPTIONS = {
    "contributor": gettext_noop("Proposes entries for their own city or organisation."),
    "editor": gettext_noop("Reviews and publishes proposals, and leads forum sessions."),
    "administrator": gettext_noop("Does all of this, and manages people and roles."),
}
"""What each role is for, in a sentence."""


KEY_SCOPES = {
    "read": gettext_noop("Read my proposals"),
    "draft": gettext_noop("Save drafts of proposals, and change or delete them"),
    "submit": gettext_noop("Send proposals for review"),
}
"""What a key for a program may do."""

KEY_DAYS = {
    30: gettext_noop("30 days"),
    90: gettext_noop("90 days"),
    365: gettext_noop("A year"),
}
"""How long a key for a program may last."""

KEY_STATES = {
    "valid": gettext_noop("Works"),
    "expired": gettext_noop("Expired"),
    "revoked": gettext_noop("Revoked"),
}

AUDIT_LABELS = {
    "invite": gettext_noop("invited"),
    "invite-again": gettext_noop("invited again"),
    "accept-invitation": gettext_noop("accepted the invitation"),
    "sign-in": gettext_noop("signed in"),
    "fail-to-sign-in": gettext_noop("failed to sign in"),
    "sign-out-everywhere": gettext_noop("signed out everywhere"),
    "ask-reset": gettext_noop("asked for a new password"),
    "reset-password": gettext_noop("set a new password by e-mail"),
    "change-password": gettext_noop("changed the password"),
    "rename": gettext_noop("changed the name"),
    "change-role": gettext_noop("changed the role"),
    "change-city": gettext_noop("changed the city"),
    "disable": gettext_noop("closed the account"),
    "enable": gettext_noop("reopened the account"),
    "export-person": gettext_noop("downloaded the data of a person"),
    "erase-person": gettext_noop("erased the data of a person"),
    "make-key": gettext_noop("made a key for a program"),
    "revoke-key": gettext_noop("revoked a key for a program"),
    "add-authenticator-app": gettext_noop("set up an authenticator app"),
    "remove-authenticator-app": gettext_noop("removed the authenticator app"),
    "add-passkey": gettext_noop("added a passkey"),
    "remove-passkey": gettext_noop("removed a passkey"),
    "make-recovery-codes": gettext_noop("made new recovery codes"),
    "use-recovery-code": gettext_noop("used a recovery code"),
    "fail-second-step": gettext_noop("failed at the second step of sign-in"),
    "reset-second-step": gettext_noop("reset the second step of sign-in"),
}
