"""What people can be here."""

from kb.words import marked

ROLES = {
    "contributor": marked("Contributor"),
    "editor": marked("Editor"),
    "administrator": marked("Administrator"),
}

MEANINGS = {
    "contributor": marked("Proposes entries, for the own city or organisation."),
    "editor": marked("Checks and publishes what others propose, and leads sessions of the forum."),
    "administrator": marked("Does all of that, and looks after people."),
}
"""What each role is for, in a sentence."""
