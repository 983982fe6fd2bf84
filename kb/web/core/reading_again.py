"""Answers a page once more whose connection to the database broke, or whose standby does not have what was asked for.

Only requests that read, on PostgreSQL. An answer that has begun to be sent cannot be made again: the client sees
that it ended too early.
"""

import time

from flask import g, request
from werkzeug.exceptions import HTTPException

from kb.accounts.signed_links import InvalidLink
from kb.alerts.signed_links import InvalidAlertLink
from kb.core.commits import has_committed
from kb.core.database_errors import DatabaseUnavailable
from kb.core.errors import NotFound
from kb.forum.live.chairs import LinkEnded
from kb.questions.signed_links import InvalidQuestionLink

from . import context

SECONDS = 2.0
"""For so long other servers are tried."""

_FIRST_PAUSE_SECONDS = 0.05
_MISSING = (NotFound, InvalidLink, InvalidAlertLink, InvalidQuestionLink, LinkEnded)


def begin(problem: Exception) -> bool:
    """Whether this request is to be answered again after a problem; then what it has read is forgotten."""
    if request.method not in {"GET", "HEAD"} or context.database().is_sqlite or has_committed.get():
        return False
    if not (_may_another_answer() if isinstance(problem, DatabaseUnavailable) else _may_primary_have_it(problem)):
        return False
    context.forget_try()
    return True


def _may_another_answer() -> bool:
    """Whether to try again: once, on a new connection, and for some time where there are other servers."""
    now = time.monotonic()
    if context.database().is_gone:
        return False
    tries = context.all_tries()
    if tries.first_failure is None:
        tries.first_failure, tries.next_pause = now, _FIRST_PAUSE_SECONDS
        return True
    if not context.database().has_standbys or now - tries.first_failure + tries.next_pause > SECONDS:
        return False
    time.sleep(tries.next_pause)
    tries.next_pause *= 2
    return True


def _may_primary_have_it(problem: Exception) -> bool:
    """Whether a page is missing that may be too new for the standby, as when somebody else gave its address."""
    is_missing = isinstance(problem, _MISSING) or (isinstance(problem, HTTPException) and problem.code in {404, 410})
    if not is_missing or "session" not in g or context.all_tries().must_be_newest:
        return False
    context.all_tries().must_be_newest = True
    return context.database().is_of_standby(g.session)
