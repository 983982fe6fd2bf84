"""Mails about questions by a real mail server: each once, whoever is killed and whoever refuses."""

import os
import signal
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from kb.core import mail_queue
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail import Email, Mail
from kb.questions import actions
from kb.questions.models import CityAnswer, QuestionMail
from kb.questions.queries import count_questions
from kb.questions.sending import Sender, Sent, do_due
from tests.factories import ask_city, make_city, make_user
from tests.smtp_server import Mailbox, mailbox

SENDER = "CityPeers <desk@peers.example>"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.moment = now() + timedelta(seconds=1)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def arrived() -> Iterator[Mailbox]:
    with mailbox() as (_url, box):
        yield box


def write(mail: QuestionMail) -> Email | None:
    to = mail.user.email if mail.user else mail.question.email
    return Email(to, mail.kind, "Made-up words.\n") if to else None


@pytest.fixture
def asked(database: Database) -> int:
    """A question to a city with one clerk; the id of what happens to it there."""
    with database.writing() as session:
        city = make_city(session)
        make_user(session, email="clerk@port.example", city_id=city.id)
        make_user(session, "editor", email="editor@site.example")
        return ask_city(session, city).answers[0].id


def confirm(database: Database, key: int) -> None:
    with database.writing() as session:
        actions.confirm(session, session.get_one(CityAnswer, key).question)


def sender_over(database: Database, arrived: Mailbox, clock: Clock) -> Sender:
    return Sender(database, Mail(arrived.url, SENDER), write, clock)


def told(arrived: Mailbox) -> list[tuple[str, str]]:
    return sorted((letter["To"], letter["Subject"]) for letter in arrived.messages)


def test_several_processes_send_each_mail_once(database: Database, asked: int, arrived: Mailbox, clock: Clock) -> None:
    confirm(database, asked)
    first, second = (sender_over(database, arrived, clock) for _ in range(2))
    claimed = first._claim()
    assert second.send_due() == Sent(), "they are claimed"
    assert [first._send(mail) is not None for mail in claimed] == [True] * 3
    assert first.send_due() == second.send_due() == Sent()
    assert told(arrived) == [
        ("adviser@bay.example", "confirm"),
        ("adviser@bay.example", "received"),
        ("clerk@port.example", "to-city"),
    ]
    with database.reading() as session:
        assert session.scalars(select(QuestionMail)).all() == []


def test_a_late_question_goes_to_the_editors_once_whoever_looks(
    database: Database, asked: int, arrived: Mailbox, clock: Clock
) -> None:
    confirm(database, asked)
    sender = sender_over(database, arrived, clock)
    sender.send_due()
    clock.moment += timedelta(days=14)
    assert [do_due(database, 90, clock.moment)[0] for _process in range(2)] == [1, 0]
    assert sender.send_due() == Sent(accepted=2)
    assert told(arrived)[1:2] + told(arrived)[-1:] == [
        ("adviser@bay.example", "passed-on"),
        ("editor@site.example", "to-editors"),
    ]


def test_a_refused_mail_is_tried_again_and_given_up(
    database: Database, asked: int, arrived: Mailbox, clock: Clock
) -> None:
    arrived.answer = "451 Later"
    sender = sender_over(database, arrived, clock)
    assert sender.send_due() == Sent(failed=1)
    assert sender.send_due() == Sent(), "not at once"
    clock.moment += mail_queue.FIRST_RETRY
    arrived.answer = "554 Never"
    for _day in range(mail_queue.MOST_REFUSALS):
        assert sender.send_due() == Sent(failed=1)
        clock.moment += mail_queue.REFUSED_RETRY
    assert sender.send_due() == Sent()
    with database.reading() as session:
        assert session.get_one(CityAnswer, asked).state == "unconfirmed"


@pytest.mark.one_database
def test_the_doctor_counts_mails_that_wait_for_too_long(database: Database, asked: int) -> None:
    confirm(database, asked)
    with database.reading() as session:
        assert count_questions(session, now() - timedelta(hours=12)) == (1, 0)
        assert count_questions(session, now() + timedelta(minutes=1)) == (1, 3)


@pytest.mark.one_database
def test_whoever_is_killed_while_sending_sends_nothing_twice(
    database: Database, asked: int, arrived: Mailbox, clock: Clock
) -> None:
    begin = Sender._begin

    def begin_and_die(sender: Sender, mail: QuestionMail) -> None:
        begin(sender, mail)
        os.kill(os.getpid(), signal.SIGKILL)

    database.dispose()
    with warnings.catch_warnings():
        # The mail server has a thread; the child never returns to anything that it holds.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        Sender._begin = begin_and_die  # type: ignore[method-assign] # in the child alone
        sender_over(database, arrived, clock).send_due()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    sender = sender_over(database, arrived, clock)
    assert sender.send_due() == Sent(), "it is the other's still"
    clock.moment += mail_queue.CLAIM + timedelta(seconds=1)
    assert sender.send_due() == Sent()
    assert arrived.messages == [], "nobody knows whether it arrived, so it is not handed over again"
