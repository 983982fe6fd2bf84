"""What people can be here."""

from kb.words import marked

ROLES = {
    "contributor": marked("Contributor"),
    "editor": marked("Editor"),
    "administrator": marked("Administrator"),
}
