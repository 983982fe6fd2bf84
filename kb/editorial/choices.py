"""The closed lists of the editorial package: states of a proposal, and what a revision was made from."""

from kb.core.i18n import gettext_noop

STATES = {
    "draft": gettext_noop("Draft"),
    "submitted": gettext_noop("Waiting for review"),
    "changes-requested": gettext_noop("Changes requested"),
    "accepted": gettext_noop("Accepted"),
    "declined": gettext_noop("Declined"),
    "withdrawn": gettext_noop("Withdrawn by its author"),
}

REPORTS = {
    "changed": gettext_noop("This has changed"),
    "wrong": gettext_noop("This is wrong"),
    "missing": gettext_noop("Something is missing"),
}
"""What a reader says of an entry."""

REPORT_DAYS = 365
"""Days after which a report that an editor closed is deleted."""

OPEN_STATES = ("draft", "submitted", "changes-requested")
"""States in which a proposal may still come to be published."""

EDITABLE_STATES = ("draft", "changes-requested")
"""States in which its author may change it; an editor may also touch up what was submitted."""

ORIGINS = {
    "form": gettext_noop("Created here"),
    "import": gettext_noop("From an import"),
    "api": gettext_noop("From a program"),
}

MADE_FROM = {
    "seed": gettext_noop("The version before the first edit here"),
    "proposal": gettext_noop("From a proposal that an editor accepted"),
    "publish": gettext_noop("Published by its editor without review"),
    "restore": gettext_noop("An earlier version, restored"),
    "merge": gettext_noop("Merged with another entry"),
    "import": gettext_noop("Published by an import"),
    "withdrawal": gettext_noop("The version before it, or an entry that it links to, was withdrawn"),
    "return": gettext_noop("Published again after it was withdrawn"),
    "companion": gettext_noop("Added with an entry that needed it"),
    "update": gettext_noop("Updated with a newer edition of the seed data"),
}
"""How a revision came about."""

AUDIT_LABELS = {
    "submit": gettext_noop("sent a proposal for review"),
    "touch-up": gettext_noop("edited a proposal"),
    "take-back": gettext_noop("withdrew a proposal"),
    "accept": gettext_noop("accepted a proposal"),
    "decline": gettext_noop("declined a proposal"),
    "request-changes": gettext_noop("asked for changes"),
    "publish": gettext_noop("published"),
    "restore": gettext_noop("restored an earlier version"),
    "merge": gettext_noop("merged"),
    "withdraw": gettext_noop("withdrew"),
    "bring-back": gettext_noop("published again"),
    "confirm": gettext_noop("confirmed"),
    "edit-terms": gettext_noop("changed a list of terms"),
    "edit-source": gettext_noop("changed a source"),
    "close-report": gettext_noop("closed a report from a reader"),
}
"""What the verbs of this package are called in the audit trail."""
