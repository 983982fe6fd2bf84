"""On PostgreSQL many write at once: nothing is left of an erased person, and nobody else's text is changed."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind
from kb.core import db
from kb.core.database_errors import DatabaseBusy
from kb.core.db import Database
from kb.editorial import actions as editorial
from kb.editorial.models import Proposal
from kb.privacy.erasure import erase_person
from tests.factories import make_user
from tests.waiting import wait_until

pytestmark = pytest.mark.postgresql

ADDRESS = "zoe@city.example"
NAME = "Zoë Made-up"
SECONDS = 60.0
"""For so long a busy machine is waited for."""


def waiting(database: Database, writers: int) -> None:
    """Wait until so many wait to write; other tests may use other databases of the same server."""
    here = "(SELECT oid FROM pg_database WHERE datname = current_database())"
    query = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = {here}")

    def are_waiting() -> bool:
        with database.reading() as session:
            return session.scalar(query) == writers

    wait_until(are_waiting)


class Thread(threading.Thread):
    """A thread whose exception is raised where it is waited for."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._problem: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do the work."""
        try:
            self._work()
        except BaseException as problem:  # noqa: BLE001 - it is raised by `end`
            self._problem = problem

    def end(self) -> None:
        """Wait for its end."""
        self.join(SECONDS)
        assert not self.is_alive(), "it waits for ever"
        if self._problem is not None:
            raise self._problem


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine others may take long to end."""
    monkeypatch.setattr(db, "ALONE_SECONDS", SECONDS)


@pytest.fixture
def editor_id(postgresql_database: Database) -> int:
    """An editor beside the person who is to be erased."""
    with postgresql_database.writing() as session:
        make_user(session, "editor", email=ADDRESS, name=NAME)
        return make_user(session, "editor").id


def write(database: Database, editor_id: int, note: str, before_commit: Callable[[], object] = bool) -> None:
    """Begin a proposal with this note."""
    with database.writing() as session:
        editorial.start(session, session.get_one(User, editor_id), EntryKind.LEADER, note=note)
        session.flush()
        before_commit()


def notes(database: Database) -> list[str | None]:
    """The notes of all proposals, in the order of their numbers."""
    with database.reading() as session:
        return list(session.scalars(select(Proposal.note).order_by(Proposal.id)))


def erase(database: Database, address: str = ADDRESS) -> None:
    """Erase somebody."""
    with database.writing(alone=True) as session:
        erase_person(session, address)


def test_an_erasure_sees_what_was_not_committed_when_it_began(postgresql_database: Database, editor_id: int) -> None:
    database, is_written, may_commit = postgresql_database, threading.Event(), threading.Event()

    def hold() -> None:
        is_written.set()
        assert may_commit.wait(SECONDS)

    first = Thread(lambda: write(database, editor_id, f"Ask {NAME}", hold))
    assert is_written.wait(SECONDS)
    erasure = Thread(lambda: erase(database))
    waiting(database, 1)
    later = Thread(lambda: write(database, editor_id, "Ask Zoë Made-upon"))
    waiting(database, 2)
    may_commit.set()
    for thread in (first, erasure, later):
        thread.end()
    before, after = notes(database)
    assert str(before).startswith("Ask former account ")
    assert after == "Ask Zoë Made-upon"


def test_while_many_write_and_two_are_erased_nobody_is_left_and_no_other_text_changes(
    postgresql_database: Database, editor_id: int
) -> None:
    """Each writes a name only while its account is there, as in the same transaction that ends before the erasure."""
    database, other = postgresql_database, "olga@city.example"
    with database.writing() as session:
        make_user(session, "editor", email=other, name="Olga Made-up")
    are_under_way = threading.Barrier(5, timeout=SECONDS)

    def write_many(number: int) -> None:
        for turn in range(12):
            if turn == 2:
                are_under_way.wait()
            with database.writing() as session:
                names = session.scalars(select(User.name).where(User.email.in_([ADDRESS, other]))).all()
                note = f"{number}.{turn} Zoë Made-upon {' and '.join(names)}"
                editorial.start(session, session.get_one(User, editor_id), EntryKind.LEADER, note=note)

    writers = [Thread(lambda number=number: write_many(number)) for number in range(4)]
    are_under_way.wait()
    erasures = [Thread(lambda address=address: erase(database, address)) for address in (ADDRESS, other)]
    for thread in (*writers, *erasures):
        thread.end()
    found = [str(note) for note in notes(database)]
    assert sorted(note.split(" ")[0] for note in found) == sorted(f"{n}.{turn}" for n in range(4) for turn in range(12))
    assert all(note.split(" ", 1)[1].startswith("Zoë Made-upon") for note in found)
    assert not [note for note in found if "Olga" in note or NAME in note.replace("Zoë Made-upon", "")]
    assert any("former account" in note for note in found)


def test_an_erasure_for_which_others_leave_no_room_changes_nothing(
    postgresql_database: Database, editor_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ALONE_SECONDS", 0.05)
    with postgresql_database.writing() as session:
        editorial.start(session, session.get_one(User, editor_id), EntryKind.LEADER, note=NAME)
        session.flush()
        with pytest.raises(DatabaseBusy):
            erase(postgresql_database)
    assert notes(postgresql_database) == [NAME]
