"""Requests of programs that are done once, however often they are sent: each is claimed where its work is done.

The claim, the work and the answer are one transaction. Who sends the same at the same moment waits for the first, and
gets its answer; where the first failed, the second does the work.
"""

import math
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.db import insert_if_absent
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .models import IdempotentRequest, User

KEPT = timedelta(days=1)
"""So long the same request gets the same answer."""

MOST = 1_000
"""Requests that the programs of one person may have done within KEPT."""

_ANOTHER = gettext_noop("This Idempotency-Key was used for another request. Send a new one with each new request.")
_TOO_MANY = gettext_noop("Your programs have sent %(number)s proposals within a day. Please try again later.")


class AnotherRequest(Refused):
    """An idempotency key was used before, for a request that said something else."""


class TooManyRequests(Refused):
    """A person's programs have done all that they may within KEPT; `retry_seconds` is when one more may."""

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(_TOO_MANY, number=MOST)
        self.retry_seconds = retry_seconds


def claim(session: Session, user: User, request_id: str, request_hash: str) -> IdempotentRequest | None:
    """Claim a request; where it was done before, return it with its answer.

    Raises AnotherRequest where its key was used for something else, TooManyRequests beyond MOST.
    """
    moment = now()
    session.execute(delete(IdempotentRequest).where(IdempotentRequest.at < moment - KEPT))
    values = {"id": request_id, "user_id": user.id, "at": moment, "request_hash": request_hash}
    if insert_if_absent(session, IdempotentRequest, **values):
        of_user = IdempotentRequest.user_id == user.id
        done, oldest = session.execute(select(func.count(), func.min(IdempotentRequest.at)).where(of_user)).one()
        if done > MOST:
            raise TooManyRequests(max(1, math.ceil((oldest + KEPT - moment).total_seconds())))
        return None
    done_before = session.get_one(IdempotentRequest, request_id, populate_existing=True)
    if done_before.request_hash != request_hash:
        raise AnotherRequest(_ANOTHER)
    return done_before


def record_answer(
    session: Session, request_id: str, *, status: int, location: str | None, body: dict[str, Any] | None
) -> None:
    """Store what was answered, for when the same is sent again."""
    answer = {"status": status, "location": location, "body": body}
    session.execute(update(IdempotentRequest).where(IdempotentRequest.id == request_id).values(**answer))
