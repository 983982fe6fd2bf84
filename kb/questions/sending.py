"""Sends the mails about questions, gives late questions to the editors, and erases addresses in time.

Each mail is sent by one process and never handed over twice (`kb.core.mail_queue`). Of one that was being sent when a
process was killed nobody knows; what it said is on the asker's page and in the list at the desk all the same.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from kb.core import mail_queue
from kb.core.column_types import now
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.core.mail import Delivery, Email, Mail
from kb.core.mail_queue import ClaimLost
from kb.core.retrying import Outage, retried

from .actions import pass_on_late
from .models import QuestionMail
from .queries import has_late
from .retention import forget_addresses, forget_unconfirmed, has_old

log = structlog.get_logger(__name__)

BATCH = 20
"""Mails that are claimed at once."""

LOOK_SECONDS = 30.0
"""How often the running server looks for what is due; a mail that follows from a form is sent at once."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round did: mails that were accepted, and those that were not."""

    accepted: int = 0
    failed: int = 0


class Sender:
    """Sends what is due over one database; `write` writes a mail, None where nobody is to be told any more."""

    def __init__(
        self,
        database: Database,
        mail: Mail,
        write: Callable[[QuestionMail], Email | None],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._mail = mail
        self._write = write
        self._clock = clock
        self.is_stopped: Callable[[], bool] = lambda: False
        """Asked before each mail: whether no other may be begun, since the process ends."""

    def send_due(self) -> Sent:
        """Send every mail that is due; where no server can be reached, the rest waits for the next time."""
        accepted = failed = 0
        if not self._mail.can_send:
            return Sent()
        self._drop_interrupted()
        is_cut_off = False
        while not is_cut_off and (claimed := self._claim()):
            for number, row in enumerate(claimed):
                if is_cut_off or self.is_stopped():
                    is_cut_off = True
                    mail_queue.release(self._database, claimed[number:], self._clock())
                    break
                try:
                    delivery = self._send(row)
                except ClaimLost:
                    log.info("another process has a mail about a question", mail=row.id)
                    continue
                accepted += delivery is Delivery.ACCEPTED
                failed += delivery not in (Delivery.ACCEPTED, None)
                is_cut_off = delivery is Delivery.UNREACHABLE
        return Sent(accepted, failed)

    def _claim(self) -> Sequence[QuestionMail]:
        return mail_queue.claim_due(self._database, QuestionMail, self._clock(), BATCH)

    def _drop_interrupted(self) -> None:
        moment = self._clock()
        if not mail_queue.has_interrupted(self._database, QuestionMail, moment):
            return
        with self._database.writing() as session:
            for row in mail_queue.interrupted(session, QuestionMail, moment):
                log.warning("nobody knows whether a mail arrived", message_id=row.message_id)
                session.delete(row)

    def _send(self, mail: QuestionMail) -> Delivery | None:
        """Send one mail and note what became of it; None where there was nobody to send it to. Raises ClaimLost."""
        with mail_queue.owned(self._database, mail, "claimed") as (session, row):
            message = self._write(row)
            if message is None:
                session.delete(row)
                return None
            row.message_id = row.message_id or self._mail.new_message_id()
            message = replace(message, message_id=row.message_id)
        delivery = self._mail.deliver(message, before_content=lambda: self._begin(mail))
        # What is certain now would not be if it could not be noted.
        what = "what became of a mail could not be noted"
        retried(partial(self._note, mail, delivery), what, mail_queue.NOTE_TRIES)
        return delivery

    def _begin(self, mail: QuestionMail) -> None:
        mail_queue.begin_sending(self._database, mail, self._clock())

    def _note(self, mail: QuestionMail, delivery: Delivery) -> None:
        with self._database.writing() as session:
            row = mail_queue.owned_row(session, mail, "claimed", "sending")
            if row is None:
                return
            match delivery:
                case Delivery.ACCEPTED | Delivery.UNCLEAR:
                    session.delete(row)
                case Delivery.REFUSED:
                    row.refusals += 1
                    if row.refusals >= mail_queue.MOST_REFUSALS:
                        log.warning("a mail about a question was given up", question=row.question_id, kind=row.kind)
                        session.delete(row)
                    else:
                        mail_queue.wait(row, self._clock() + mail_queue.REFUSED_RETRY)
                case Delivery.POSTPONED | Delivery.UNREACHABLE:
                    mail_queue.wait_after_failure(row, self._clock())


def do_due(database: Database, days: int, moment: datetime | None = None) -> tuple[int, int]:
    """Give late questions to the editors and erase what was promised; return how many of each.

    Nothing is written where nothing is due.
    """
    moment = moment or now()
    passed_on = erased = 0
    with database.reading() as session:
        is_late, is_old = has_late(session, moment), has_old(session, moment, days)
    if is_late:
        with database.writing() as session:
            passed_on = pass_on_late(session, moment)
    if is_old:
        with database.writing() as session:
            erased = forget_unconfirmed(session, moment) + forget_addresses(session, moment, days)
    return passed_on, erased


def send_regularly(
    sender: Sender, database: Database, days: int, stop: threading.Event, seconds: float = LOOK_SECONDS
) -> None:
    """Do what is due and send what follows, now and every half minute, until told to stop."""
    outage = Outage("mails about questions could not be sent")
    sender.is_stopped = stop.is_set
    while True:
        pause = seconds
        try:
            do_due(database, days)
            sender.send_due()
            outage.is_over()
        except (*TEMPORARY, OSError) as problem:
            pause = min(seconds, outage.failed(problem))
        except Exception:
            log.exception("mails about questions could not be sent")
        if stop.wait(pause):
            return
