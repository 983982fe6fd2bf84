"""The closed lists of the forum: code to label; codes never change, labels are translated where they are shown."""

from collections.abc import Mapping

from kb.core.i18n import gettext_noop

SESSION_STATES = {
    "draft": gettext_noop("Draft"),
    "announced": gettext_noop("Announced"),
    "live": gettext_noop("Live"),
    "ended": gettext_noop("Ended"),
    "cancelled": gettext_noop("Cancelled"),
}
PUBLIC_STATES = frozenset({"announced", "live", "ended", "cancelled"})
"""The states in which everybody may see a session; a draft is seen at the desk alone."""

FOUND_STATES = frozenset({"announced", "live", "ended"})
"""The states in which the search finds a session; one that was cancelled keeps its page and nothing else."""

SPEAKER_ROLES = {
    "chair": gettext_noop("Chair"),
    "moderator": gettext_noop("Moderator"),
    "speaker": gettext_noop("Speaker"),
    "panelist": gettext_noop("Panelist"),
}
LEADING_ROLES = frozenset({"chair", "moderator"})

SPEAKER_STATUSES = {
    "announced": gettext_noop("Announced"),
    "confirmed": gettext_noop("Confirmed"),
    "spoke": gettext_noop("Spoke"),
    "did-not-come": gettext_noop("Did not come"),
}
ATTENDANCES = {
    "in-person": gettext_noop("In person"),
    "remote": gettext_noop("Online"),
    "video": gettext_noop("By recorded video"),
}

SLOT_KINDS = {
    "opening": gettext_noop("Opening"),
    "thematic-presentation": gettext_noop("Thematic presentation"),
    "flow": gettext_noop("How the session will go"),
    "introduction": gettext_noop("Introduction"),
    "talk": gettext_noop("Talk"),
    "remark": gettext_noop("Chair's remark"),
    "panel": gettext_noop("Panel discussion"),
    "questions": gettext_noop("Questions"),
    "closing": gettext_noop("Closing statements"),
}
TALK_KINDS = ("talk", "thematic-presentation")
"""Slots in which a speaker says what others may look up later: those that the search finds as talks."""

SLOT_STATES = {
    "to-come": gettext_noop("Not yet"),
    "held": gettext_noop("Took place"),
    "not-held": gettext_noop("Planned, did not take place"),
    "unknown": gettext_noop("Planned; not known whether it took place"),
}
"""What is known of whether a slot took place (see `rules.slot_state`)."""

OUTCOMES: Mapping[str, bool | None] = {"held": True, "not-held": False, "unknown": None}
"""What an organiser may say of a slot of a session that is over, by the states of slots."""

CHAIR_SPEAKS_OF = frozenset({"introduction", "remark"})
"""Slots in which whoever chairs speaks of the slot's speaker, who has the floor in all others."""

SPEAKERS_OWN = CHAIR_SPEAKS_OF | {"talk"}
"""Slots that are there for one speaker, and go with them."""

STATEMENT_KINDS = {
    "point": gettext_noop("Reported point"),
    "remark": gettext_noop("Remark"),
    "note": gettext_noop("Note"),
    "closing": gettext_noop("Closing statement"),
}
"""What is kept of a session in words: points as sources report them, remarks, notes made public, closing statements."""

QUESTION_STATES = {
    "waiting": gettext_noop("Waiting"),
    "approved": gettext_noop("Approved"),
    "answered": gettext_noop("Answered"),
    "declined": gettext_noop("Declined"),
    "merged": gettext_noop("Merged"),
}
"""A question waits, seen by moderators alone, until one of them approves it."""

AUDIT_LABELS = {
    "prepare-session": gettext_noop("prepared a session"),
    "change-session": gettext_noop("changed a session"),
    "move-session": gettext_noop("changed the state of a session"),
    "take-out-session": gettext_noop("deleted a session"),
    "lay-out-session": gettext_noop("added the usual programme"),
    "save-speaker": gettext_noop("saved a speaker"),
    "save-slot": gettext_noop("saved a programme item"),
    "save-statement": gettext_noop("saved a statement"),
    "move-speakers": gettext_noop("moved a speaker"),
    "move-slots": gettext_noop("moved a programme item"),
    "move-statements": gettext_noop("moved a statement"),
    "take-out-speakers": gettext_noop("removed a speaker"),
    "take-out-slots": gettext_noop("removed a programme item"),
    "take-out-statements": gettext_noop("removed a statement"),
    "write-brief": gettext_noop("edited the chair's brief"),
    "answer-question": gettext_noop("answered a question"),
    "approve-question": gettext_noop("approved a question"),
    "decline-question": gettext_noop("declined a question"),
    "join-question": gettext_noop("merged a question with another"),
    "pin-question": gettext_noop("showed a question on the screen"),
    "unpin-question": gettext_noop("removed a question from the screen"),
    "undo-question": gettext_noop("undid an action on a question"),
    "take-name-off": gettext_noop("removed the name from a question"),
    "block-asker": gettext_noop("blocked a person"),
    "unblock-asker": gettext_noop("unblocked a person"),
    "remove-questions": gettext_noop("removed many questions"),
    "restore-questions": gettext_noop("restored removed questions"),
    "open-questions": gettext_noop("opened the questions"),
    "close-questions": gettext_noop("closed the questions"),
    "make-chair-link": gettext_noop("made a link to the console"),
    "revoke-chair-link": gettext_noop("cancelled a link to the console"),
}
"""What the actions of this package are called in the audit trail."""
