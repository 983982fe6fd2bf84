"""What organisers do with sessions; these add, change and flush, and never commit.

Each takes the version from which its form was written, and raises Conflict when somebody saved since; each is noted in
the audit trail. Nothing is flushed before a row is filled, for a half-filled one must not be written.
"""

from .programme import delete_part, move, remove_speaker, save_minutes, save_slot, save_speaker, save_statement
from .sessions import (
    ROW_CONFLICT,
    change_state,
    create_run_of_show,
    create_session,
    delete_session,
    update_session,
    write_brief,
)

__all__ = [
    "ROW_CONFLICT",
    "change_state",
    "create_run_of_show",
    "create_session",
    "delete_part",
    "delete_session",
    "move",
    "remove_speaker",
    "save_minutes",
    "save_slot",
    "save_speaker",
    "save_statement",
    "update_session",
    "write_brief",
]
