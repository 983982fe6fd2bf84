"""What organisers do with sessions; these add, change and flush, and never commit.

Each takes the version from which its form was written, and raises Conflict when somebody was faster; each is noted in
the audit trail. Nothing is flushed before a row is filled, for a half-filled one must not be written.
"""

from .programme import move, save_slot, save_speaker, save_statement, take_out, take_out_speaker
from .sessions import FASTER, change_session, lay_out, move_on, prepare_session, take_out_session, write_brief

__all__ = [
    "FASTER",
    "change_session",
    "lay_out",
    "move",
    "move_on",
    "prepare_session",
    "save_slot",
    "save_speaker",
    "save_statement",
    "take_out",
    "take_out_session",
    "take_out_speaker",
    "write_brief",
]
