"""The closed lists of imports: how they may be taken in, where they stand, and what becomes of a row."""

from kb.core.i18n import gettext_noop

MODES = {"proposals": gettext_noop("As proposals"), "published": gettext_noop("Published at once")}
"""Proposals wait for an editor's review; published entries stand in the catalogue at once."""

STATES = {
    "uploaded": gettext_noop("Columns to be looked at"),
    "waiting": gettext_noop("Waiting for its turn"),
    "working": gettext_noop("At work"),
    "interrupted": gettext_noop("Interrupted"),
    "checked": gettext_noop("Checked, nothing brought in yet"),
    "done": gettext_noop("Brought in"),
    "undone": gettext_noop("Undone"),
}

SHOWN_STATES = {**STATES, "encoding": gettext_noop("Encoding to be chosen")}
"""The states as readers are told of them."""

TASKS = {"check": gettext_noop("Checking"), "run": gettext_noop("Bringing in"), "undo": gettext_noop("Undoing")}

VERDICTS = {
    "made": gettext_noop("Made"),
    "changed": gettext_noop("Changed"),
    "unchanged": gettext_noop("Left as it is"),
    "refused": gettext_noop("Refused"),
}
"""What becomes of a row; in the dry run, what would."""

NO_IMPORT = gettext_noop("There is no import %(number)s.")

AFTER = {"check": "checked", "run": "done", "undo": "undone"}
"""The state after each task."""

AUDIT_LABELS = {
    "upload": gettext_noop("uploaded a file"),
    "import": gettext_noop("brought a file in"),
    "undo-import": gettext_noop("undid an import"),
    "discard": gettext_noop("discarded a file"),
}
"""What the actions of imports are called in the audit trail."""
