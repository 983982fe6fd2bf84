"""What everybody sees is kept in each process, read by one of many at a time, and never older than promised."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event

from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import NotFound
from kb.core.retrying import daily
from kb.forum.live import live_state, moderation, participation, queries, retention, session_control
from kb.forum.models import ForumSession, Question
from tests.forum_factories import asked, make_dialogue, person


@pytest.fixture
def running_session(database: Database) -> ForumSession:
    """A session that has started."""
    with database.writing() as session:
        made_session = make_dialogue(session, starts_at=now())
        session_control.take_step(session, made_session, "started", 0, now())
    return made_session


def test_hundreds_who_ask_at_once_make_one_reading(
    database: Database, running_session: ForumSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_state, "FRESH_SECONDS", 60.0)
    live_cache = live_state.LiveCache(database)
    live_cache.state(running_session.short_code)
    slot = live_cache._states._slots[running_session.short_code]
    assert slot.cached
    slot.cached = replace(slot.cached, made_at=slot.cached.made_at - 61.0)
    readings: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: readings.append(given[2]))
    threads = [threading.Thread(target=live_cache.state, args=(running_session.short_code,)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    looked = [statement for statement in readings if statement.startswith("SELECT")]
    assert len(looked) == 1, "nothing changed, so one look at the version key is enough"


def test_a_change_is_seen_by_every_process_soon(database: Database, running_session: ForumSession) -> None:
    processes = [live_state.LiveCache(database) for _ in range(2)]
    before = [live_cache.state(running_session.short_code).version for live_cache in processes]
    with database.writing() as session:
        forum_session = queries.session_to_change(session, id=running_session.id)
        session_control.take_step(session, forum_session, "next", 1, now())
    after = [live_cache.state(running_session.short_code) for live_cache in processes]
    assert [state.now.speaker.name for state in after] == ["Made-up Ana Lopez"] * 2
    assert all(state.version > version for state, version in zip(after, before, strict=True))
    assert after[0].version == after[1].version


def test_a_vote_is_seen_though_it_raises_no_version(database: Database, running_session: ForumSession) -> None:
    live_cache = live_state.LiveCache(database)
    with database.writing() as session:
        forum_session = queries.session_to_change(session, id=running_session.id)
        question = asked(session, forum_session, "Who pays?")
        moderation.approve(session, forum_session, question)
    first = live_cache.state(running_session.short_code)
    with database.writing() as session:
        participation.vote(
            session, session.get_one(ForumSession, running_session.id), question.id, person(2, running_session)
        )
    second = live_cache.state(running_session.short_code)
    assert (first.votes, second.votes) == ({}, {question.id: 1})
    assert second.version == first.version


def test_codes_that_lead_nowhere_fill_no_memory(database: Database, running_session: ForumSession) -> None:
    live_cache = live_state.LiveCache(database)
    live_cache.state(running_session.short_code)
    for number in range(200):
        with pytest.raises(NotFound):
            live_cache.state(f"no{number}")
    assert len(live_cache._states._slots) <= live_state._MOST
    assert running_session.short_code in live_cache._states._slots


def test_names_are_forgotten_every_day_by_itself(database: Database, running_session: ForumSession) -> None:
    with database.writing() as session:
        forum_session = queries.session_to_change(session, id=running_session.id)
        asked(session, forum_session, "Who pays?", name="Made-up Asker")
        session_control.take_step(session, forum_session, "ended", 1, now())
        forum_session.starts_at = now() - timedelta(days=91)
    stop = threading.Event()
    forget = partial(retention.forget_old_names, database, 90)
    thread = threading.Thread(target=daily, args=(forget, "not forgotten", stop, 0.05))
    thread.start()
    deadline = time.monotonic() + 30
    while asker_of(database) and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert asker_of(database) is None


def asker_of(database: Database) -> str | None:
    with database.reading() as session:
        return session.query(Question).one().asker_name
