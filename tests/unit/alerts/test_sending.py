"""Mails of alerts by a real mail server: what is new, once each, whatever is killed and whoever refuses."""

import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.alerts import actions, sending
from kb.alerts.models import Alert
from kb.alerts.queries import new_entries
from kb.alerts.sending import News, Sender, Sent
from kb.alerts.signed_links import AlertLinks, InvalidAlertLink
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Initiative
from kb.core import mail_queue
from kb.core.column_types import now
from kb.core.db import Database, locked
from kb.core.mail import Email, Mail
from kb.editorial.actions import reinstate, withdraw
from kb.search import indexing
from kb.search.kinds import KINDS
from kb.search.service import Search
from kb.web.alerts.emails import question_of
from tests.at_once import meet
from tests.factories import make_city, make_initiative, make_source, make_user
from tests.smtp_server import Mailbox, mailbox

SENDER = "CityPeers <desk@peers.example>"
FLOODS = "challenge=flooding"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.moment = now()

    def __call__(self) -> datetime:
        return self.moment

    def days(self, number: float) -> None:
        self.moment += timedelta(days=number)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def arrived() -> Iterator[Mailbox]:
    with mailbox() as (_url, box):
        yield box


def write(alert: Alert, news: News) -> Email:
    """A mail that a test can read: titles, then how many more."""
    lines = [KINDS[key[0]].title(entry) for key, entry in news.entries]
    lines += [f"and {news.more} more"] if news.more else []
    lines += ["named before"] if news.is_repeated else []
    return Email(alert.email, "New", "\n".join(lines) + "\n")


@pytest.fixture
def sender_over(clock: Clock, arrived: Mailbox, tmp_path: Path) -> Callable[[Database], Sender]:
    """Make a sender as another process would."""

    def make(database: Database) -> Sender:
        search = Search(database, tmp_path / "index")
        return Sender(database, search, Mail(arrived.url, SENDER), question_of, write, clock)

    return make


def subscribe(database: Database, question: str = FLOODS, frequency: str = "daily", **fields: str) -> int:
    values = {"email": "adviser@city.example", "words": "Floods", "language": "en"} | fields
    with database.writing() as session:
        alert = actions.ask(session, question=question, frequency=frequency, **values)
        actions.confirm(session, alert)
        return alert.id


def publish(database: Database, *titles: str, challenges: tuple[str, ...] = ("flooding",)) -> None:
    with database.writing() as session:
        city = make_city(session)
        for title in titles:
            make_initiative(session, title, cities=(city,), challenges=challenges)


def letters(arrived: Mailbox) -> list[list[str]]:
    """The lines of each mail."""
    return [letter.get_content().splitlines() for letter in arrived.messages]


def test_each_new_entry_that_fits_is_told_once_when_it_is_due(
    database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    publish(database, "Made-up old dyke")
    subscribe(database)
    subscribe(database, frequency="weekly", email="mayor@city.example")
    publish(database, "Made-up new dyke", "Made-up pump")
    publish(database, "Made-up tram", challenges=("air-quality",))
    sender = sender_over(database)
    assert sender.send_due() == Sent(), "nothing is due yet"
    clock.days(1.01)
    assert sender.send_due() == Sent(accepted=1)
    assert letters(arrived) == [["Made-up pump", "Made-up new dyke"]], "the newest first, not what was there before"
    assert sender.send_due() == Sent()
    clock.days(1)
    assert sender.send_due() == Sent(nothing_new=1)
    with database.writing() as session:
        dyke = session.scalars(select(Initiative).where(Initiative.title == "Made-up new dyke")).one()
        dyke.summary = "It is higher now."
    clock.days(5)
    assert sender.send_due() == Sent(accepted=1, nothing_new=1), "what is changed is not new"
    assert arrived.messages[1]["To"] == "mayor@city.example"
    assert letters(arrived)[1] == letters(arrived)[0]


def test_a_long_mail_names_fifty_and_tells_how_many_more(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    subscribe(sqlite_database, question="")
    publish(sqlite_database, *(f"Made-up step {number}" for number in range(52)))
    clock.days(1.01)
    assert sender_over(sqlite_database).send_due() == Sent(accepted=1)
    (lines,) = letters(arrived)
    # The city of the initiatives is new as well.
    assert (len(lines), lines[0], lines[-1]) == (51, "Made-up step 51", "and 3 more")


def test_a_search_whose_filter_is_gone_tells_nothing_instead_of_everything(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    subscribe(sqlite_database, question="city=made-up-withdrawn")
    subscribe(sqlite_database, question="challenge=made-up-gone&challenge=flooding", email="mayor@city.example")
    publish(sqlite_database, "Made-up dyke")
    clock.days(1.01)
    assert sender_over(sqlite_database).send_due() == Sent(accepted=1, nothing_new=1)
    assert [letter["To"] for letter in arrived.messages] == ["mayor@city.example"]


def test_several_processes_share_the_work_and_send_each_mail_once(
    database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    for number in range(3):
        subscribe(database, email=f"adviser-{number}@city.example")
    publish(database, "Made-up dyke")
    clock.days(1.01)
    first, second = sender_over(database), sender_over(database)
    claimed = first._claim()
    assert second.send_due() == Sent(), "they are claimed"
    assert first._send_claimed(claimed) == Sent(accepted=3)
    assert first.send_due() == second.send_due() == Sent()
    assert sorted(letter["To"] for letter in arrived.messages) == [
        f"adviser-{number}@city.example" for number in range(3)
    ]


def test_who_was_thought_to_be_gone_sends_nothing_that_another_took_over(
    database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    subscribe(database)
    publish(database, "Made-up dyke")
    clock.days(1.01)
    slow = sender_over(database)
    claimed = slow._claim()
    clock.moment += mail_queue.CLAIM + timedelta(seconds=1)
    assert sender_over(database).send_due() == Sent(accepted=1)
    assert slow._send_claimed(claimed) == Sent()
    assert len(arrived.messages) == 1


def test_an_alert_that_ends_while_its_mail_is_written_gets_none(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    number = subscribe(sqlite_database)
    publish(sqlite_database, "Made-up dyke")
    clock.days(1.01)
    sender = sender_over(sqlite_database)
    claimed = sender._claim()
    with sqlite_database.writing() as session:
        actions.end(session, session.get_one(Alert, number))
    assert sender._send_claimed(claimed) == Sent()
    assert arrived.messages == []


def _die(*_given: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _begin_and_die(begin: Callable[[Sender, Alert], None]) -> Callable[[Sender, Alert], None]:
    return lambda sender, alert: _die(begin(sender, alert))


_KILLED_AT = {
    "claimed": {"_new_entries": _die},
    "recipient known": {"_begin": _die},
    "sending": {"_begin": _begin_and_die(Sender._begin)},
    "accepted": {"_note_delivery": _die},
}
"""Where a process is killed while it sends, and which step of the sender it does not survive."""


def _send_and_die(make: Callable[[], Sender], step: str) -> None:
    """Send in a process of its own, which is killed at a step."""
    with warnings.catch_warnings():
        # The child has none of the threads that Python warns about, nor anything that waits for them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            for name, replacement in _KILLED_AT[step].items():
                setattr(Sender, name, replacement)
            make().send_due()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), step
    assert os.WTERMSIG(status) == signal.SIGKILL, step


def test_a_kill_at_any_step_sends_no_mail_twice_and_loses_no_entry(
    sqlite_database: Database,
    sender_over: Callable[[Database], Sender],
    clock: Clock,
    arrived: Mailbox,
    tmp_path: Path,
) -> None:
    subscribe(sqlite_database)
    publish(sqlite_database, "Made-up dyke")
    clock.days(1.01)
    sqlite_database.checkpoint()
    databases = {}
    for step in _KILLED_AT:
        copy = tmp_path / f"{step}.sqlite3"
        shutil.copy(tmp_path / "test.sqlite3", copy)
        databases[step] = Database(f"sqlite:///{copy}")
        _send_and_die(lambda step=step: sender_over(databases[step]), step)
    assert letters(arrived) == [["Made-up dyke"]], "the last one was killed after the server had accepted its mail"
    clock.moment += mail_queue.CLAIM + timedelta(seconds=1)
    for step, database in databases.items():
        arrived.messages.clear()
        sender = sender_over(database)
        if step in {"claimed", "recipient known"}:
            # Nothing of the mail had gone out: it is sent as soon as the claim is over.
            with database.reading() as session:
                message_id = session.scalars(select(Alert.message_id)).one()
            assert sender.send_due() == Sent(accepted=1), step
            assert letters(arrived) == [["Made-up dyke"]], step
            assert arrived.messages[0]["Message-ID"] == message_id or message_id is None, step
            assert (message_id is None) == (step == "claimed")
        else:
            # Nobody knows: it is not sent again, and its entries are in the next mail, which says so.
            assert sender.send_due() == Sent(), step
            publish(database, "Made-up pump")
            clock.days(1)
            assert sender.send_due() == Sent(accepted=1), step
            assert letters(arrived) == [["Made-up pump", "Made-up dyke", "named before"]], step
        arrived.messages.clear()
        publish(database, "Made-up canal")
        clock.days(1)
        assert sender.send_due() == Sent(accepted=1), step
        assert letters(arrived) == [["Made-up canal"]], step
        database.dispose()


def test_a_server_that_is_away_or_asks_to_wait_gets_the_same_mail_later(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox, tmp_path: Path
) -> None:
    subscribe(sqlite_database)
    publish(sqlite_database, "Made-up dyke")
    clock.days(1.01)
    nowhere = Mail("smtp://127.0.0.1:1", SENDER)
    away = Sender(sqlite_database, Search(sqlite_database, tmp_path / "index"), nowhere, question_of, write, clock)
    assert away.send_due() == Sent(failed=1, is_cut_off=True)
    with sqlite_database.reading() as session:
        message_id = session.scalars(select(Alert.message_id)).one()
    sender = sender_over(sqlite_database)
    assert sender.send_due() == Sent(), "it waits"
    clock.moment += mail_queue.FIRST_RETRY
    arrived.answer = "451 Try again later"
    assert sender.send_due() == Sent(failed=1)
    publish(sqlite_database, "Made-up pump")
    arrived.answer = "250 OK"
    clock.moment += 2 * mail_queue.FIRST_RETRY
    assert sender.send_due() == Sent(accepted=1)
    assert letters(arrived) == [["Made-up dyke"]], "what came since is in the next mail"
    assert arrived.messages[0]["Message-ID"] == message_id


def test_who_is_told_to_stop_finishes_the_mail_at_hand_and_leaves_the_rest_to_others(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    for number in range(3):
        subscribe(sqlite_database, email=f"adviser-{number}@city.example")
    publish(sqlite_database, "Made-up dyke")
    clock.days(1.01)
    stopped = sender_over(sqlite_database)
    stopped.is_stopped = lambda: len(arrived.messages) == 1
    assert stopped.send_due() == Sent(accepted=1, is_cut_off=True)
    assert sender_over(sqlite_database).send_due() == Sent(accepted=2), "at once, not when a claim ends"
    assert len({letter["To"] for letter in arrived.messages}) == 3


def test_a_recipient_that_is_refused_for_good_ends_the_alert_after_some_tries(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox
) -> None:
    subscribe(sqlite_database)
    publish(sqlite_database, "Made-up dyke")
    arrived.answer = "550 No such user"
    sender = sender_over(sqlite_database)
    for _ in range(mail_queue.MOST_REFUSALS):
        clock.days(1.01)
        assert sender.send_due() == Sent(failed=1)
    with sqlite_database.reading() as session:
        assert session.scalars(select(Alert)).all() == []


def test_a_search_asks_the_index_about_new_entries_only(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox, tmp_path: Path
) -> None:
    """What the index has not followed yet waits for the next mail, and is not lost."""
    publish(sqlite_database, "Made-up old dyke")
    subscribe(sqlite_database, question="q=dyke")
    publish(sqlite_database, "Made-up new dyke", "Made-up pump")
    indexing.rebuild(sqlite_database, tmp_path / "index")
    publish(sqlite_database, "Made-up late dyke")
    clock.days(1.01)
    sender = sender_over(sqlite_database)
    assert sender.send_due() == Sent(accepted=1)
    assert letters(arrived) == [["Made-up new dyke"]]
    indexing.rebuild(sqlite_database, tmp_path / "index")
    clock.days(1)
    assert sender_over(sqlite_database).send_due() == Sent(accepted=1)
    assert letters(arrived)[1] == ["Made-up late dyke"]


def test_a_machine_whose_index_is_behind_lets_nothing_be_told_twice(
    sqlite_database: Database, sender_over: Callable[[Database], Sender], clock: Clock, arrived: Mailbox, tmp_path: Path
) -> None:
    subscribe(sqlite_database)
    indexing.rebuild(sqlite_database, tmp_path / "index")
    publish(sqlite_database, "Made-up dyke")
    search = Search(sqlite_database, tmp_path / "no index")
    ahead = Sender(sqlite_database, search, Mail(arrived.url, SENDER), question_of, write, clock)
    behind = sender_over(sqlite_database)
    for sender, sent in ((ahead, Sent(accepted=1)), (behind, Sent(nothing_new=1)), (ahead, Sent(nothing_new=1))):
        clock.days(1.01)
        assert sender.send_due() == sent
    assert len(arrived.messages) == 1


@pytest.mark.one_database
def test_new_entries_are_those_that_came_into_the_catalogue(database: Database) -> None:
    """Not what was renamed, nor what was withdrawn and brought back a day later."""
    with database.writing() as session:
        editor = make_user(session, role="editor")
        city = make_city(session, "Made-up Port")
        initiative = make_initiative(session, cities=(city,), sources=(make_source(session),))
    with database.writing() as session:
        session.get_one(type(city), city.id).name = "Made-up Harbour"
    with database.reading() as session:
        found = new_entries(session, 0, 1_000)
        assert [key for _number, key in found] == [(EntryKind.CITY, city.id), (EntryKind.INITIATIVE, initiative.id)]
    with database.writing() as session:
        session.get_one(Initiative, initiative.id).created_at -= timedelta(days=1)
    with database.writing() as session:
        withdraw(session, editor, EntryKind.INITIATIVE, initiative.id, "Made-up reason.")
    with database.reading() as session:
        assert new_entries(session, 0, 1_000) == found[:1], "what is gone is not told"
    with database.writing() as session:
        reinstate(session, editor, EntryKind.INITIATIVE, initiative.id)
    with database.reading() as session:
        assert new_entries(session, found[-1][0], 1_000) == []


@pytest.mark.one_database
def test_what_nobody_confirms_is_forgotten_and_what_is_asked_for_twice_is_one(database: Database) -> None:
    asked = {"email": "adviser@city.example", "question": FLOODS, "words": "Floods", "language": "en"}
    with database.writing() as session:
        first = actions.ask(session, frequency="daily", **asked)
        assert actions.ask(session, frequency="weekly", **asked) is first
        assert first.frequency == "weekly"
        assert actions.forget_unconfirmed(session, now() + timedelta(days=2)) == 0
        actions.confirm(session, first)
        begun = first.told_until
        again = actions.ask(session, frequency="daily", **asked)
        assert again is not first
        make_initiative(session)
        actions.confirm(session, again)
        assert again.told_until == begun, "what the first had not told yet is not lost"
        assert session.scalars(select(Alert)).all() == [again]
        actions.ask(session, frequency="daily", **asked)
        assert actions.forget_unconfirmed(session, now() + timedelta(days=4)) == 1
        assert session.scalars(select(Alert)).all() == [again]
        assert actions.end_all(session, "somebody.else@city.example") == 0
        assert actions.end_all(session, " Adviser@City.example ") == 1
        assert session.scalars(select(Alert)).all() == []


def test_the_next_mail_keeps_the_hour_of_the_day() -> None:
    begun = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
    alert = Alert(frequency="daily", confirmed_at=begun, due_at=begun + timedelta(days=1))
    sending._wait_for_next(alert, begun + timedelta(days=4, hours=3))
    assert alert.due_at == begun + timedelta(days=5)


@pytest.mark.postgresql
class TestAtOnce:
    """An alert is ended at the moment at which something else is done with it."""

    def test_it_is_no_longer_confirmed_nor_ended(self, postgresql_database: Database) -> None:
        database, links = postgresql_database, AlertLinks("k" * 40)
        with database.writing() as session:
            alert = actions.ask(session, "adviser@city.example", FLOODS, "Floods", "daily", "en")
        told = []

        def confirm(session: Session) -> None:
            try:
                actions.confirm(session, links.read_to_confirm(session, links.to_confirm(alert), is_locked=True))
            except InvalidAlertLink:
                told.append(links.read_to_end(session, links.to_end(alert), is_locked=True))

        meet(
            database,
            confirm,
            lambda _: None,
            holding=lambda session: actions.end(session, session.get_one(Alert, alert.id)),
        )
        assert told == [None]

    def test_what_is_asked_again_is_another_one(self, postgresql_database: Database) -> None:
        database = postgresql_database
        asked = ("adviser@city.example", FLOODS, "Floods", "daily", "en")
        with database.writing() as session:
            first = actions.ask(session, *asked)
        meet(
            database,
            lambda session: actions.ask(session, *asked),
            lambda _: None,
            holding=lambda session: actions.forget_unconfirmed(session, now() + timedelta(days=9)),
        )
        with database.reading() as session:
            assert session.scalars(select(Alert.id)).one() != first.id

    def test_who_sends_and_who_ends_all_of_an_address_do_not_wait_in_a_ring(
        self, postgresql_database: Database, sender_over: Callable[[Database], Sender], clock: Clock
    ) -> None:
        database = postgresql_database
        # The second one is due first.
        first, second = subscribe(database), subscribe(database, "text=tram", email="adviser@city.example")
        with database.writing() as session:
            session.get_one(Alert, first).due_at = clock() + timedelta(days=1.5)
        clock.days(2)

        def lock_first(session: Session) -> None:
            session.scalar(locked(select(Alert).where(Alert.id == first)))

        sender = sender_over(database)
        claimed = sender._claim()
        assert [alert.id for alert in claimed] == [second, first]
        meet(
            database,
            lambda _: sender._note_nothing_new(claimed, 1),
            lambda session: actions.end_all(session, "adviser@city.example"),
            holding=lock_first,
        )
        with database.reading() as session:
            assert session.scalars(select(Alert)).all() == []
