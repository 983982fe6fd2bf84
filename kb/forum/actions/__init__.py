"""What organisers do with sessions; these add, change and flush, and never commit.

Each takes the version from which its form was written, and raises Conflict when somebody was faster; each is noted in
the audit trail. Nothing is flushed before a row is filled, for a half-filled one must not be written.
"""

from .briefs import write_brief
from .programme_parts import move, save_slot, save_speaker, save_statement, take_out
from .remove_speaker import take_out_speaker
from .row_tools import FASTER
from .sessions import change_session, lay_out, move_on, prepare_session, take_out_session

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
