"""Sends the mails of alerts that are due, each by one process, also where several processes and machines send.

A process claims alerts in the database (`kb.core.mail_queue`), asks which of the new entries each question finds, and
writes a mail where there are any. What a mail held of which nobody knows whether it arrived is named once more in the
next mail, a period later, which says so.

A mail that the server refuses for good is tried again the next day; after MOST_REFUSALS the alert ends.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from kb.core import mail_queue
from kb.core.column_types import now
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.core.mail import Delivery, Email, Mail
from kb.core.mail_queue import ClaimLost
from kb.core.retrying import Outage, retried
from kb.search.kinds import Entry, Key, entries_by_key
from kb.search.results import SearchQuery
from kb.search.service import Search

from .actions import forget_unconfirmed
from .choices import PERIODS
from .models import Alert
from .queries import new_entries

log = structlog.get_logger(__name__)

MOST_NAMED = 50
"""Entries that a mail names; of more it says how many."""

BATCH = 50
"""Alerts that are claimed at once, so that what several of them ask for is looked for once."""

LOOK_SECONDS = 60.0
"""How often the running server looks for alerts that are due."""


@dataclass(frozen=True, slots=True)
class News:
    """What a mail tells: the newest entries, how many more there are, and whether another mail may have named them."""

    entries: Sequence[tuple[Key, Entry]]
    more: int
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round did: mails accepted, alerts for which there was nothing new, and mails that were not accepted."""

    accepted: int = 0
    nothing_new: int = 0
    failed: int = 0
    is_cut_off: bool = False
    """Whether what is left waits, since no server could be reached, or the process ends."""

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.accepted + other.accepted,
            self.nothing_new + other.nothing_new,
            self.failed + other.failed,
            self.is_cut_off or other.is_cut_off,
        )


class Sender:
    """Sends what is due over one database. `read` reads an alert's question, `write` writes its mail."""

    def __init__(
        self,
        database: Database,
        search: Search,
        mail: Mail,
        read: Callable[[str], SearchQuery],
        write: Callable[[Alert, News], Email],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._search = search
        self._mail = mail
        self._read = read
        self._write = write
        self._clock = clock
        self.is_stopped: Callable[[], bool] = lambda: False
        """Asked before each mail: whether no other may be begun, since the process ends."""

    def send_due(self) -> Sent:
        """Send every mail that is due; where no server can be reached, the rest waits for the next time."""
        sent = Sent()
        if not self._mail.can_send:
            return sent
        self._note_interrupted()
        while not self.is_stopped() and (claimed := self._claim()):
            results = self._send_claimed(claimed)
            sent += results
            if results.is_cut_off:
                break
        return sent

    def _note_interrupted(self) -> None:
        """Let alerts wait for their next mail whose last one was being sent by a process that came to an end."""
        moment = self._clock()
        if not mail_queue.has_interrupted(self._database, Alert, moment):
            return
        with self._database.writing() as session:
            for alert in mail_queue.interrupted(session, Alert, moment):
                log.warning("nobody knows whether a mail arrived", message_id=alert.message_id)
                _note(session, alert, Delivery.UNCLEAR, moment)

    def _claim(self) -> Sequence[Alert]:
        """Alerts that are due, claimed by this process; none where nothing is due."""
        return mail_queue.claim_due(self._database, Alert, self._clock(), BATCH)

    def _send_claimed(self, claimed: Sequence[Alert]) -> Sent:
        until, found = self._new_entries(claimed)
        quiet = [alert for alert in claimed if not found[alert.id]]
        self._note_nothing_new(quiet, until)
        results: list[Delivery] = []
        left: list[Alert] = []
        for alert in claimed:
            if not found[alert.id]:
                continue
            if Delivery.UNREACHABLE in results or self.is_stopped():
                left.append(alert)
                continue
            try:
                results.append(self._send(alert, found[alert.id], until))
            except ClaimLost:
                log.info("an alert was ended, or another process has it", alert=alert.id)
        mail_queue.release(self._database, left, self._clock())
        accepted = results.count(Delivery.ACCEPTED)
        is_cut_off = bool(left) or Delivery.UNREACHABLE in results
        return Sent(accepted, len(quiet), len(results) - accepted, is_cut_off)

    def _new_entries(self, claimed: Sequence[Alert]) -> tuple[int, Mapping[int, Sequence[Key]]]:
        """Up to which change it was looked, and the new entries that each alert tells, the newest first.

        Each question is asked once, and only about entries that are new to one of the alerts.
        """
        with self._database.reading() as session:
            until = self._search.last_change(session)
            published = new_entries(session, min(alert.told_until for alert in claimed), until)
            keys = [key for _number, key in published]
            matching = {
                question: self._matching(session, self._read(question), keys)
                for question in {alert.question for alert in claimed}
            }
        return until, {
            alert.id: [
                key
                for number, key in reversed(published)
                if alert.told_until < number <= (alert.telling_until or until) and key in matching[alert.question]
            ]
            for alert in claimed
        }

    def _matching(self, session: Session, question: SearchQuery, keys: Sequence[Key]) -> frozenset[Key]:
        """The entries, of these, that a question finds; none once a filter of it is gone, as with a withdrawn city."""
        if not keys:
            return frozenset()
        found = self._search.matching(session, question, keys)
        return frozenset(() if question.loses_a_filter(found.unknown) else found.keys)

    def _send(self, alert: Alert, keys: Sequence[Key], until: int) -> Delivery:
        """Send one mail, and note what became of it. Raises ClaimLost."""
        with mail_queue.owned(self._database, alert, "claimed") as (session, row):
            row.message_id = row.message_id or self._mail.new_message_id()
            row.telling_until = row.telling_until or until
            entries = entries_by_key(session, keys[:MOST_NAMED])
        named = [(key, entries[key]) for key in keys[:MOST_NAMED] if key in entries]
        news = News(named, len(keys) - len(named), row.unclear_until is not None)
        message = replace(self._write(row, news), message_id=row.message_id)
        delivery = self._mail.deliver(message, before_content=lambda: self._begin(alert))
        # What is certain now would not be if it could not be noted.
        retried(
            partial(self._note_delivery, alert, delivery),
            "what became of a mail could not be noted",
            mail_queue.NOTE_TRIES,
        )
        return delivery

    def _begin(self, alert: Alert) -> None:
        mail_queue.begin_sending(self._database, alert, self._clock())

    def _note_delivery(self, alert: Alert, delivery: Delivery) -> None:
        with suppress(ClaimLost), mail_queue.owned(self._database, alert, "claimed", "sending") as (session, row):
            _note(session, row, delivery, self._clock())

    def _note_nothing_new(self, alerts: Sequence[Alert], until: int) -> None:
        if not alerts:
            return
        moment = self._clock()
        with self._database.writing() as session:
            for alert in sorted(alerts, key=lambda alert: alert.id):
                row = mail_queue.owned_row(session, alert, "claimed")
                if row is not None:
                    # The index of another machine may have been further than this one's.
                    row.told_until = max(row.told_until, row.telling_until or until)
                    _wait_for_next(row, moment)


def _note(session: Session, alert: Alert, delivery: Delivery, moment: datetime) -> None:
    """Note what became of the mail of an alert, and when it is looked at again."""
    match delivery:
        case Delivery.ACCEPTED:
            alert.told_until = alert.telling_until or alert.told_until
            alert.unclear_until, alert.attempts, alert.refusals = None, 0, 0
            _wait_for_next(alert, moment)
        case Delivery.UNCLEAR:
            # Named in two mails of which nobody knows, an entry is named no more.
            alert.told_until = max(alert.told_until, alert.unclear_until or 0)
            alert.unclear_until = alert.telling_until
            _wait_for_next(alert, moment)
        case Delivery.REFUSED:
            alert.refusals += 1
            if alert.refusals >= mail_queue.MOST_REFUSALS:
                log.info("an alert has ended, since its mail was refused", alert=alert.id)
                session.delete(alert)
                return
            mail_queue.wait(alert, moment + mail_queue.REFUSED_RETRY)
        case Delivery.POSTPONED | Delivery.UNREACHABLE:
            mail_queue.wait_after_failure(alert, moment)


def _wait_for_next(alert: Alert, moment: datetime) -> None:
    """Let an alert wait for the next mail, at the hour of the day at which it was confirmed."""
    alert.message_id = alert.telling_until = None
    period = PERIODS[alert.frequency]
    begun = alert.confirmed_at or moment
    mail_queue.wait(alert, begun + period * ((moment - begun) // period + 1))


def send_regularly(sender: Sender, database: Database, stop: threading.Event, seconds: float = LOOK_SECONDS) -> None:
    """Send what is due, and delete what nobody confirmed, now and every minute, until told to stop."""
    outage = Outage("mails of alerts could not be sent")
    sender.is_stopped = stop.is_set
    while True:
        pause = seconds
        try:
            sender.send_due()
            forget_late(database)
            outage.is_over()
        except (*TEMPORARY, OSError) as problem:
            pause = min(seconds, outage.failed(problem))
        except Exception:
            log.exception("mails of alerts could not be sent")
        if stop.wait(pause):
            return


def forget_late(database: Database) -> int:
    """Delete alerts that were not confirmed in time; return how many."""
    with database.writing() as session:
        return forget_unconfirmed(session, now())
