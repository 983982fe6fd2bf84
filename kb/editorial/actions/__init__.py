"""What is done with proposals and entries; these add, change and flush, and never commit.

Each takes a session that writes, and the actor. Those that decide by what is in the catalogue acquire the write lock
first (`kb.catalogue.change_log.acquire_write_lock`), so that two of them at once run one after the other.
"""

from .decisions import Decision, accept, accept_many, decline, publish, request_changes
from .drafting import rebase, remark, resolve, save_draft, start, submit, take_back, withdraw_unsent
from .images import store_image
from .lifecycle import confirm, merge, reinstate, restore, withdraw
from .lists import save_source, save_term
from .publishing import Publication, Publishing, publish_data, refuse_conflicts
from .reports import close_report, delete_old_reports, report

__all__ = [
    "Decision",
    "Publication",
    "Publishing",
    "accept",
    "accept_many",
    "close_report",
    "confirm",
    "decline",
    "delete_old_reports",
    "merge",
    "publish",
    "publish_data",
    "rebase",
    "refuse_conflicts",
    "reinstate",
    "remark",
    "report",
    "request_changes",
    "resolve",
    "restore",
    "save_draft",
    "save_source",
    "save_term",
    "start",
    "store_image",
    "submit",
    "take_back",
    "withdraw",
    "withdraw_unsent",
]
