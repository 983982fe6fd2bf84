"""What the brief says, as sentences with the entries they rest on: marked for translation, and never invented."""

from .bridges import bridge, questions
from .introductions import LONGEST, introduction
from .lines import Line
from .overview import evidence, goals_covered, goals_missing, lone_challenges, shared_challenges, stopped, whence

__all__ = [
    "LONGEST",
    "Line",
    "bridge",
    "evidence",
    "goals_covered",
    "goals_missing",
    "introduction",
    "lone_challenges",
    "questions",
    "shared_challenges",
    "stopped",
    "whence",
]
