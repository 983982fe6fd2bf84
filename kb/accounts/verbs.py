"""What the verbs of this room are called in the audit trail; those of rooms above stand among their terms."""

from kb.words import marked

VERBS = {
    "invite": marked("invited"),
    "invite-again": marked("invited once more"),
    "accept-invitation": marked("accepted the invitation"),
    "sign-in": marked("signed in"),
    "fail-to-sign-in": marked("failed to sign in"),
    "sign-out-everywhere": marked("signed out everywhere"),
    "ask-reset": marked("asked for a new password"),
    "reset-password": marked("set a new password by e-mail"),
    "change-password": marked("changed the password"),
    "rename": marked("changed the name"),
    "change-role": marked("changed the role"),
    "disable": marked("closed the account"),
    "enable": marked("opened the account again"),
}
