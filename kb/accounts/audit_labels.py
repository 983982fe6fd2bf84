"""What the verbs of this package are called in the audit trail; those of packages above stand among their terms."""

from kb.core.i18n import gettext_noop

AUDIT_LABELS = {
    "invite": gettext_noop("invited"),
    "invite-again": gettext_noop("invited once more"),
    "accept-invitation": gettext_noop("accepted the invitation"),
    "sign-in": gettext_noop("signed in"),
    "fail-to-sign-in": gettext_noop("failed to sign in"),
    "sign-out-everywhere": gettext_noop("signed out everywhere"),
    "ask-reset": gettext_noop("asked for a new password"),
    "reset-password": gettext_noop("set a new password by e-mail"),
    "change-password": gettext_noop("changed the password"),
    "rename": gettext_noop("changed the name"),
    "change-role": gettext_noop("changed the role"),
    "disable": gettext_noop("closed the account"),
    "enable": gettext_noop("opened the account again"),
}
