"""The closed lists of the editorial room: states of a proposal, and what a revision was made from."""

from kb.words import marked

STATES = {
    "draft": marked("Draft"),
    "submitted": marked("Waiting for review"),
    "changes-requested": marked("Changes requested"),
    "accepted": marked("Accepted"),
    "declined": marked("Declined"),
    "withdrawn": marked("Taken back by its author"),
}

OPEN_STATES = ("draft", "submitted", "changes-requested")
"""States in which a proposal may still come to be published."""

EDITABLE_STATES = ("draft", "changes-requested")
"""States in which its author may change it; an editor may also touch up what was submitted."""

ORIGINS = {"form": marked("Written here"), "import": marked("From an import")}

MADE_FROM = {
    "seed": marked("As it was before the first edit here"),
    "proposal": marked("From a proposal that an editor accepted"),
    "publish": marked("Published by its editor without another's review"),
    "restore": marked("An earlier version, brought back"),
    "merge": marked("Merged with another entry"),
    "import": marked("Published by an import"),
    "withdrawal": marked("Before it was withdrawn, or because what it pointed to was"),
    "return": marked("Brought back after it was withdrawn"),
    "companion": marked("Made along with an entry that needed it"),
}
"""How a revision came about."""

VERBS = {
    "submit": marked("handed a proposal in"),
    "touch-up": marked("touched a proposal up"),
    "take-back": marked("took a proposal back"),
    "accept": marked("accepted a proposal"),
    "decline": marked("declined a proposal"),
    "request-changes": marked("asked for changes"),
    "publish": marked("published"),
    "restore": marked("restored an earlier version"),
    "merge": marked("merged"),
    "withdraw": marked("withdrew"),
    "bring-back": marked("brought back"),
    "confirm": marked("said that it is still true"),
    "edit-terms": marked("changed a list of terms"),
    "edit-source": marked("changed a source"),
}
"""What the verbs of this room are called in the audit trail."""
