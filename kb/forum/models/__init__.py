"""The tables of the forum, by subject."""

from .brief import BriefEdit
from .event import Forum, ForumSession, forum_session_sources, forum_sources
from .programme import Slot, SlotInitiative, Speaker
from .record import Statement

__all__ = [
    "BriefEdit",
    "Forum",
    "ForumSession",
    "Slot",
    "SlotInitiative",
    "Speaker",
    "Statement",
    "forum_session_sources",
    "forum_sources",
]
