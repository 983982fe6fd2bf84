"""The table of alerts."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import Code, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model
from kb.core.mail_queue import QueuedMail

from .choices import FREQUENCIES, STATES


class Alert(QueuedMail, Model):
    """Who is told what is new for a question: the search page's own parameters, and the words it is called by.

    `stamp` is random: links hold it, so that the id of a deleted alert, which a later one may get, opens nothing.
    New entries up to change `told_until` of the change log have been told. A mail that is on its way holds what is new
    up to `telling_until`, which stays for every try. `unclear_until` is where a mail ended that may have arrived or
    not. Failures are counted since a mail was accepted.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        one_of("frequency", FREQUENCIES, "frequency_known"),
        one_of("state", STATES, "state_known"),
        Index("ix_alerts_state_due_at", "state", "due_at"),
    )

    email: Mapped[Name] = mapped_column(index=True)
    question: Mapped[Prose]
    words: Mapped[Prose]
    language: Mapped[str] = mapped_column(String(20))
    frequency: Mapped[Code]
    stamp: Mapped[Code]
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[Code] = mapped_column(default="unconfirmed")
    told_until: Mapped[int] = mapped_column(default=0)
    telling_until: Mapped[int | None]
    unclear_until: Mapped[int | None]
