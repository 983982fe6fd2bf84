"""The kinds of entry that the search finds in the forum, each with its model and labels: the one list of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.core.i18n import gettext_noop

from .models import ForumSession, Question, Slot


class ForumKind(StrEnum):
    """A kind of entry of the forum. A talk is a slot; an answer is a question that was answered."""

    SESSION = "session"
    TALK = "talk"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForumDefinition:
    """A kind of entry of the forum: its model, what one is called, and what several are."""

    model: type[ForumSession | Slot | Question]
    label: str
    plural: str


FORUM_ENTRIES: Mapping[ForumKind, ForumDefinition] = {
    ForumKind.SESSION: ForumDefinition(
        model=ForumSession, label=gettext_noop("Forum session"), plural=gettext_noop("Sessions")
    ),
    ForumKind.TALK: ForumDefinition(model=Slot, label=gettext_noop("Talk"), plural=gettext_noop("Talks")),
    ForumKind.ANSWER: ForumDefinition(model=Question, label=gettext_noop("Answer"), plural=gettext_noop("Answers")),
}

FORUM_KIND_LABELS = {str(kind): definition.label for kind, definition in FORUM_ENTRIES.items()}
FORUM_KIND_PLURALS = {str(kind): definition.plural for kind, definition in FORUM_ENTRIES.items()}
