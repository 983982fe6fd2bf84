"""The closed lists of imports: how they may be taken in, where they stand, and what becomes of a row."""

from kb.words import marked

MODES = {"proposals": marked("As proposals"), "published": marked("Published at once")}
"""Proposals wait for an editor's review; published entries stand in the catalogue at once."""

STATES = {
    "uploaded": marked("Columns to be looked at"),
    "waiting": marked("Waiting for its turn"),
    "working": marked("At work"),
    "interrupted": marked("Interrupted"),
    "checked": marked("Checked, nothing brought in yet"),
    "done": marked("Brought in"),
    "undone": marked("Undone"),
}

TASKS = {"check": marked("Checking"), "run": marked("Bringing in"), "undo": marked("Undoing")}

VERDICTS = {
    "made": marked("Made"),
    "changed": marked("Changed"),
    "unchanged": marked("Left as it is"),
    "refused": marked("Refused"),
}
"""What becomes of a row; in the dry run, what would."""

NO_IMPORT = marked("There is no import %(number)s.")

AFTER = {"check": "checked", "run": "done", "undo": "undone"}
"""The state after each task."""

VERBS = {
    "upload": marked("uploaded a file"),
    "import": marked("brought a file in"),
    "undo-import": marked("undid an import"),
    "discard": marked("discarded a file"),
}
"""What the verbs of imports are called in the audit trail."""
