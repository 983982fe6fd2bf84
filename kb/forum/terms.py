"""The closed lists of the forum: code to label; codes never change, labels are translated where they are shown."""

from kb.words import marked

KINDS = {
    "session": marked("Forum session"),
    "talk": marked("Talk"),
    "answer": marked("Answer"),
}
KINDS_TOGETHER = {
    "session": marked("Sessions"),
    "talk": marked("Talks"),
    "answer": marked("Answers"),
}
"""The kinds of entry that the search finds in the forum."""

SESSION_STATES = {
    "draft": marked("Draft"),
    "announced": marked("Announced"),
    "live": marked("Live"),
    "ended": marked("Ended"),
    "cancelled": marked("Cancelled"),
}
PUBLIC_STATES = frozenset({"announced", "live", "ended", "cancelled"})
"""The states in which everybody may see a session; a draft is seen at the desk alone."""

FOUND_STATES = frozenset({"announced", "live", "ended"})
"""The states in which the search finds a session; one that was cancelled keeps its page and nothing else."""

SPEAKER_ROLES = {
    "chair": marked("Chair"),
    "moderator": marked("Moderator"),
    "speaker": marked("Speaker"),
    "panelist": marked("Panelist"),
}
LEADING_ROLES = frozenset({"chair", "moderator"})

SPEAKER_STATUSES = {
    "announced": marked("Announced"),
    "confirmed": marked("Confirmed"),
    "spoke": marked("Spoke"),
    "did-not-come": marked("Did not come"),
}
ATTENDANCES = {
    "in-person": marked("In person"),
    "remote": marked("Online"),
    "video": marked("By recorded video"),
}

SLOT_KINDS = {
    "opening": marked("Opening"),
    "thematic-presentation": marked("Thematic presentation"),
    "flow": marked("How the session will go"),
    "introduction": marked("Introduction"),
    "talk": marked("Talk"),
    "remark": marked("Chair's remark"),
    "panel": marked("Panel discussion"),
    "questions": marked("Questions"),
    "closing": marked("Closing statements"),
}
CHAIR_SPEAKS_OF = frozenset({"introduction", "remark"})
"""Slots in which whoever chairs speaks of the slot's speaker, who has the floor in all others."""

SPEAKERS_OWN = CHAIR_SPEAKS_OF | {"talk"}
"""Slots that are there for one speaker, and go with them."""

STATEMENT_KINDS = {
    "point": marked("Reported point"),
    "remark": marked("Remark"),
    "note": marked("Note"),
    "closing": marked("Closing statement"),
}
"""What is kept of a session in words: points as sources report them, remarks, notes made public, closing statements."""

QUESTION_STATES = {
    "waiting": marked("Waiting"),
    "approved": marked("Approved"),
    "answered": marked("Answered"),
    "declined": marked("Declined"),
    "merged": marked("Merged"),
}
"""A question waits, seen by moderators alone, until one of them approves it."""

VERBS = {
    "prepare-session": marked("prepared a session"),
    "change-session": marked("changed a session"),
    "move-session": marked("changed the state of a session"),
    "take-out-session": marked("took a session out"),
    "lay-out-session": marked("laid out the run of show"),
    "save-speaker": marked("wrote down a speaker"),
    "save-slot": marked("wrote down a slot"),
    "save-statement": marked("wrote down what was said"),
    "move-speakers": marked("moved a speaker"),
    "move-slots": marked("moved a slot"),
    "move-statements": marked("moved what was said"),
    "take-out-speakers": marked("took a speaker out"),
    "take-out-slots": marked("took a slot out"),
    "take-out-statements": marked("took out what was said"),
    "write-brief": marked("wrote in the chair's brief"),
    "answer-question": marked("answered a question"),
    "approve-question": marked("approved a question"),
    "decline-question": marked("declined a question"),
    "join-question": marked("joined a question with another"),
    "pin-question": marked("put a question on the screen"),
    "unpin-question": marked("took a question off the screen"),
    "undo-question": marked("took back what was done with a question"),
    "take-name-off": marked("took the name off a question"),
    "block-asker": marked("blocked who had asked a question"),
    "unblock-asker": marked("let somebody ask again who was blocked"),
    "remove-questions": marked("removed many questions at once"),
    "restore-questions": marked("brought questions back that had been removed at once"),
    "open-questions": marked("opened the questions"),
    "close-questions": marked("closed the questions"),
    "make-chair-link": marked("made a link to the console"),
    "revoke-chair-link": marked("took a link to the console back"),
}
"""What the verbs of this room are called in the audit trail."""
