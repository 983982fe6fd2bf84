"""The tables of the forum, by subject."""

from .live import Block, ChairLink, ClockStep, LiveStatus, Question, Vote
from .sessions import (
    BriefEdit,
    Forum,
    ForumSession,
    Slot,
    SlotInitiative,
    Speaker,
    Statement,
    forum_session_sources,
    forum_sources,
)

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
