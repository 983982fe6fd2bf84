"""The closed lists of imports: how they may be taken in, where they stand, and what becomes of a row."""

from kb.core.i18n import gettext_noop

MODES = {"proposals": gettext_noop("As proposals for review"), "published": gettext_noop("Publish immediately")}
"""Proposals wait for an editor's review; published entries stand in the catalogue at once."""

STATES = {
    "uploaded": gettext_noop("Columns to check"),
    "waiting": gettext_noop("Waiting"),
    "working": gettext_noop("In progress"),
    "interrupted": gettext_noop("Interrupted"),
    "checked": gettext_noop("Checked, not imported yet"),
    "done": gettext_noop("Imported"),
    "undone": gettext_noop("Undone"),
}

SHOWN_STATES = {**STATES, "encoding": gettext_noop("Encoding to choose")}
"""The states as readers are told of them."""

TASKS = {"check": gettext_noop("Checking"), "run": gettext_noop("Importing"), "undo": gettext_noop("Undoing")}

VERDICTS = {
    "made": gettext_noop("Added"),
    "changed": gettext_noop("Updated"),
    "unchanged": gettext_noop("Unchanged"),
    "refused": gettext_noop("Refused"),
}
"""What becomes of a row; in the dry run, what would."""

NO_IMPORT = gettext_noop("There is no import %(number)s.")

AFTER = {"check": "checked", "run": "done", "undo": "undone"}
"""The state after each task."""

AUDIT_LABELS = {
    "upload": gettext_noop("uploaded a file"),
    "import": gettext_noop("imported a file"),
    "undo-import": gettext_noop("undid an import"),
    "discard": gettext_noop("deleted a file"),
}
"""What the actions of imports are called in the audit trail."""
