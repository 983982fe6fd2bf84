"""What people can be here."""

from kb.core.i18n import gettext_noop

ROLES = {
    "contributor": gettext_noop("Contributor"),
    "editor": gettext_noop("Editor"),
    "administrator": gettext_noop("Administrator"),
}

ROLE_DESCRIPTIONS = {
    "contributor": gettext_noop("Proposes entries, for the own city or organisation."),
    "editor": gettext_noop("Checks and publishes what others propose, and leads sessions of the forum."),
    "administrator": gettext_noop("Does all of that, and looks after people."),
}
"""What each role is for, in a sentence."""
