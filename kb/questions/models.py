"""The tables of questions to cities, of what becomes of each at a city, of mails to be sent, and of the block list."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.accounts.models import User
from kb.catalogue.models import NEVER_REUSE_IDS, City, Initiative, Versioned
from kb.core.column_types import Code, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model
from kb.core.mail_queue import QueuedMail

from .choices import ANSWER_STATES, MAIL_KINDS


class CityQuestion(Model):
    """What somebody asks one city or several, about an initiative where one is named.

    `asker_city` is as it was typed, `own_city` the city of that name here, if there is one.
    `stamp` is random: links hold what follows from it. `email` and `asker_name` are None once they were erased.
    `may_publish` and `shares_email` are the asker's own choices. It is closed once no city may still answer. A mail to
    the asker came back at `returned_at`, since there is no such address; no other is sent.
    """

    __tablename__ = "city_questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[Prose]
    asker_name: Mapped[Name | None]
    asker_city: Mapped[Name | None]
    own_city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id", ondelete="SET NULL"), index=True)
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(20))
    stamp: Mapped[Code]
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiatives.id", ondelete="SET NULL"), index=True)
    may_publish: Mapped[bool] = mapped_column(default=False)
    shares_email: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    returned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    initiative: Mapped[Initiative | None] = relationship()
    own_city: Mapped[City | None] = relationship()
    answers: Mapped[list["CityAnswer"]] = relationship(
        back_populates="question", cascade="all, delete-orphan", order_by="CityAnswer.id", passive_deletes=True
    )

    @property
    def reachable_email(self) -> str | None:
        """The asker's address; None once it was erased or a mail to it came back."""
        return self.email if self.returned_at is None else None


class CityAnswer(Versioned, Model):
    """What becomes of a question at one city; without a city, at the editors.

    `reached_at` is when it came to this city, `due_at` when it goes to the editors unless it is answered. It may have
    been handed to one person. `stamp` is random and renewed whenever its mailed links have been used. `is_by_city`
    tells answers of the city's own people from those of editors. A mail to somebody who has it now came back at
    `returned_at`.
    """

    __tablename__ = "city_answers"
    __table_args__ = (
        one_of("state", ANSWER_STATES, "state_known"),
        Index(None, "state", "due_at"),
        Index(None, "city_id", "state", "answered_at"),
        Index(None, "answered_at", "id"),
        Index(None, "state", "reached_at", "id"),
        NEVER_REUSE_IDS,
    )

    question_id: Mapped[int] = mapped_column(ForeignKey("city_questions.id", ondelete="CASCADE"), index=True)
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id", ondelete="SET NULL"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    state: Mapped[Code] = mapped_column(default="unconfirmed")
    stamp: Mapped[Code]
    reached_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    text: Mapped[Prose | None]
    reason: Mapped[Prose | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    answered_by_name: Mapped[Name | None]
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_by_city: Mapped[bool] = mapped_column(default=False)
    may_publish: Mapped[bool] = mapped_column(default=False)
    shares_email: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    introduction_note: Mapped[Prose | None]
    introduction_offered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    introduced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    question: Mapped[CityQuestion] = relationship(back_populates="answers")
    city: Mapped[City | None] = relationship()
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])


class QuestionMail(QueuedMail, Model):
    """A mail that is to be sent, to a person with an account or, without one, to whoever asked; deleted once it was."""

    __tablename__ = "question_mails"
    __table_args__ = (one_of("kind", MAIL_KINDS, "kind_known"), Index(None, "state", "due_at"))

    kind: Mapped[Code]
    question_id: Mapped[int] = mapped_column(ForeignKey("city_questions.id", ondelete="CASCADE"), index=True)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("city_answers.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)

    question: Mapped[CityQuestion] = relationship()
    answer: Mapped[CityAnswer | None] = relationship()
    user: Mapped[User | None] = relationship()


class BlockedAsker(Model):
    """An address, or a domain as in `@spam.example`, from which no question is taken."""

    __tablename__ = "blocked_askers"

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern: Mapped[str] = mapped_column(String(254), unique=True)
    by: Mapped[Name]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
