"""The closed lists of the editorial package: states of a proposal, and what a revision was made from."""

from kb.core.i18n import gettext_noop

STATES = {
    "draft": gettext_noop("Draft"),
    "submitted": gettext_noop("Waiting for review"),
    "changes-requested": gettext_noop("Changes requested"),
    "accepted": gettext_noop("Accepted"),
    "declined": gettext_noop("Declined"),
    "withdrawn": gettext_noop("Taken back by its author"),
}

OPEN_STATES = ("draft", "submitted", "changes-requested")
"""States in which a proposal may still come to be published."""

EDITABLE_STATES = ("draft", "changes-requested")
"""States in which its author may change it; an editor may also touch up what was submitted."""

ORIGINS = {"form": gettext_noop("Written here"), "import": gettext_noop("From an import")}

MADE_FROM = {
    "seed": gettext_noop("As it was before the first edit here"),
    "proposal": gettext_noop("From a proposal that an editor accepted"),
    "publish": gettext_noop("Published by its editor without another's review"),
    "restore": gettext_noop("An earlier version, brought back"),
    "merge": gettext_noop("Merged with another entry"),
    "import": gettext_noop("Published by an import"),
    "withdrawal": gettext_noop("Before it was withdrawn, or because what it pointed to was"),
    "return": gettext_noop("Brought back after it was withdrawn"),
    "companion": gettext_noop("Made along with an entry that needed it"),
}
"""How a revision came about."""

AUDIT_LABELS = {
    "submit": gettext_noop("handed a proposal in"),
    "touch-up": gettext_noop("touched a proposal up"),
    "take-back": gettext_noop("took a proposal back"),
    "accept": gettext_noop("accepted a proposal"),
    "decline": gettext_noop("declined a proposal"),
    "request-changes": gettext_noop("asked for changes"),
    "publish": gettext_noop("published"),
    "restore": gettext_noop("restored an earlier version"),
    "merge": gettext_noop("merged"),
    "withdraw": gettext_noop("withdrew"),
    "bring-back": gettext_noop("brought back"),
    "confirm": gettext_noop("said that it is still true"),
    "edit-terms": gettext_noop("changed a list of terms"),
    "edit-source": gettext_noop("changed a source"),
    "close-report": gettext_noop("closed a report of a reader"),
}
"""What the verbs of this package are called in the audit trail."""
