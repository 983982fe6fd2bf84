"""The tables of the forum, by subject."""

from .brief import BriefEdit
from .event import Forum, ForumSession, forum_session_sources, forum_sources
from .live import Block, ChairLink, ClockStep, LiveStatus, Question, Vote
from .programme import Slot, SlotInitiative, Speaker
from .record import Statement

__all__ = [
    "Block",
    "BriefEdit",
    "ChairLink",
    "ClockStep",
    "Forum",
    "ForumSession",
    "LiveStatus",
    "Question",
    "Slot",
    "SlotInitiative",
    "Speaker",
    "Statement",
    "Vote",
    "forum_session_sources",
    "forum_sources",
]
