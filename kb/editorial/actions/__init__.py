"""What is done with proposals and entries; these add, change and flush, and never commit.

Each takes a session that writes, and the actor. Those that decide by what is in the catalogue wait for their turn
first (`kb.catalogue.change_log.take_turn`), so two of them at once come one after the other on both databases.
"""

from .decisions import Decided, accept, accept_many, decline, publish, request_changes
from .demand import note_demand
from .drafting import rebase, remark, resolve, save_draft, start, submit, take_back
from .lists import save_source, save_term
from .publishing import publish_entry
from .standing import bring_back, confirm, merge, restore, withdraw

__all__ = [
    "Decided",
    "accept",
    "accept_many",
    "bring_back",
    "confirm",
    "decline",
    "merge",
    "note_demand",
    "publish",
    "publish_entry",
    "rebase",
    "remark",
    "request_changes",
    "resolve",
    "restore",
    "save_draft",
    "save_source",
    "save_term",
    "start",
    "submit",
    "take_back",
    "withdraw",
]
