"""Reads from standbys: whoever has written reads their own words, none that lags or is gone is used, and back again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from config import Config
from kb.app import create_app
from kb.catalogue.arrays import CatalogueArrays
from kb.catalogue.change_log import log_position
from kb.catalogue.models import City, Initiative
from kb.cli.doctor.catalogue import database_lines
from kb.core import commits, standbys
from kb.core.column_types import now
from kb.core.database_errors import CommitUnknown, DatabaseUnavailable
from kb.core.db import Database, Model
from kb.core.standbys import NEWEST, written_position
from kb.forum.live import moderation, session_control
from kb.forum.live.live_state import LiveCache
from kb.forum.models import ForumSession
from kb.web.core import own_writes
from tests import postgresql
from tests.factories import make_city, make_initiative, make_terms, make_user
from tests.forum_factories import CHAIR, make_dialogue
from tests.postgresql_proxy import Proxy, proxy
from tests.sign_in import signed_in_by_form, token_in
from tests.waiting import wait_until

pytestmark = pytest.mark.postgresql

# The log is kept for a standby that was stopped for a while, as the slots of Patroni keep it.
_SETTINGS = {"autovacuum": "off", "wal_keep_size": "256MB", "wal_retrieve_retry_interval": "50ms"}

LAG_SECONDS = 0.2
"""A standby may lag for so long in tests of its lag."""


class Servers(NamedTuple):
    """The URLs of a primary and of the standby that follows it."""

    primary: str
    standby: str


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Both run, and have tables and terms."""
    with postgresql.cluster(_SETTINGS) as pattern, postgresql.standby(pattern, _SETTINGS) as url:
        urls = Servers(pattern.format(name="postgres"), url)
        database = Database(urls.primary)
        Model.metadata.create_all(database.engine)
        with database.writing() as session:
            make_terms(session)
        database.dispose()
        yield urls


@pytest.fixture(autouse=True)
def _asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standbys, "CHECK_SECONDS", 0.02)


@pytest.fixture
def database(servers: Servers) -> Iterator[Database]:
    """The database of both, once the standby is used, which may lag for long."""
    yield from _used(Database(servers.primary, read_urls=[servers.standby], lag_seconds=600))


@pytest.fixture
def strict_database(servers: Servers) -> Iterator[Database]:
    """The same, but the standby may lag for LAG_SECONDS only."""
    yield from _used(Database(servers.primary, read_urls=[servers.standby], lag_seconds=LAG_SECONDS))


def _used(database: Database) -> Iterator[Database]:
    wait_until(lambda: database.standbys()[0].used)
    yield database
    database.dispose()


@pytest.fixture
def standby(servers: Servers) -> Iterator[Database]:
    """The standby alone, whatever its lag."""
    made = Database(servers.standby)
    yield made
    made.dispose()


@contextmanager
def paused(standby: Database) -> Iterator[None]:
    """Let the standby receive what is written and not replay it, while the block lasts."""
    run(standby, "SELECT pg_wal_replay_pause()")
    wait_until(lambda: run(standby, "SELECT pg_get_wal_replay_pause_state()") == "paused")
    try:
        yield
    finally:
        run(standby, "SELECT pg_wal_replay_resume()")


def run(database: Database, statement: str) -> object:
    """The value that a statement gives."""
    with database.reading() as session:
        return session.scalar(text(statement))


def reads_standby(database: Database, after: int | None) -> bool:
    """Whether a session that must see so much reads the standby."""
    with database.reading(after) as session:
        return bool(session.scalar(text("SELECT pg_is_in_recovery()")))


def test_a_read_that_says_how_new_it_must_be_may_come_from_the_standby_and_others_come_from_the_primary(
    database: Database,
) -> None:
    assert [reads_standby(database, after) for after in (0, None, NEWEST)] == [True, False, False]


def test_who_has_written_reads_it_from_the_primary_until_the_standby_has_it(
    database: Database, standby: Database
) -> None:
    with paused(standby):
        with database.writing() as session:
            name = make_city(session).name
        written = written_position.get()
        count = select(func.count()).where(City.name == name)
        with database.reading(after=written) as mine, database.reading(after=0) as others:
            assert (mine.scalar(count), others.scalar(count)) == (1, 0)
    wait_until(lambda: reads_standby(database, written))
    with database.reading(after=written) as session:
        assert session.scalar(count) == 1


def test_a_standby_that_lags_too_far_is_left_out_and_taken_in_again(
    strict_database: Database, standby: Database
) -> None:
    with paused(standby):
        with strict_database.writing() as session:
            make_city(session)
        wait_until(lambda: not strict_database.standbys()[0].used)
        state = strict_database.standbys()[0]
        assert state.reachable
        assert (state.lag_seconds or 0) > LAG_SECONDS
        assert not reads_standby(strict_database, 0)
    wait_until(lambda: reads_standby(strict_database, 0))
    assert strict_database.standbys()[0].lag_seconds == 0


def test_a_standby_that_lagged_before_this_process_began_is_left_out(
    database: Database, standby: Database, servers: Servers
) -> None:
    with paused(standby):
        with database.writing() as session:
            make_city(session)
        wait_until(lambda: seconds_since_replay(standby) > LAG_SECONDS)
        later = Database(servers.primary, read_urls=[servers.standby], lag_seconds=LAG_SECONDS)
        assert [state.used for state in later.standbys()] == [False]
        later.dispose()


def test_an_idle_primary_is_no_lag(strict_database: Database, standby: Database) -> None:
    wait_until(lambda: seconds_since_replay(standby) > 2 * LAG_SECONDS)
    state = strict_database.standbys()[0]
    assert (state.used, state.lag_seconds) == (True, 0)


def seconds_since_replay(standby: Database) -> float:
    """How long ago the last transaction was that the standby replayed."""
    return float(str(run(standby, "SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp())")))


def test_reads_go_on_from_the_standby_while_the_primary_is_gone_and_back_to_it(
    database: Database, servers: Servers
) -> None:
    postgresql.stop(servers.primary)
    try:
        wait_until(lambda: _read_or_none(database, NEWEST) is True)
        assert reads_standby(database, written_position.get() + 1_000_000)
    finally:
        postgresql.start(servers.primary)
    wait_until(lambda: not reads_standby(database, NEWEST))
    wait_until(lambda: database.standbys()[0].used)


def _read_or_none(database: Database, after: int) -> bool | None:
    try:
        return reads_standby(database, after)
    except DatabaseUnavailable:
        return None


def test_a_transaction_in_which_nothing_was_written_is_refused_by_a_server_that_only_follows(standby: Database) -> None:
    with pytest.raises(DatabaseUnavailable), standby.writing() as session:
        session.scalar(select(func.count()).select_from(City))
    assert run(standby, "SELECT 1") == 1, "the connection is not used again, and another is made"


def test_a_standby_that_is_gone_is_left_out_and_taken_in_again(database: Database, servers: Servers) -> None:
    postgresql.stop(servers.standby)
    try:
        wait_until(lambda: _read_or_none(database, 0) is False)
        assert not database.standbys()[0].reachable
    finally:
        postgresql.start(servers.standby)
    wait_until(lambda: reads_standby(database, 0))


def test_a_server_with_another_database_is_not_read(servers: Servers) -> None:
    primary = Database(servers.primary)
    other = primary.url.set(database="made_up_other").render_as_string(hide_password=False)
    with primary.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CREATE DATABASE made_up_other"))
        database = Database(servers.primary, read_urls=[other], lag_seconds=600)
        try:
            [state] = database.standbys()
            assert (state.reachable, state.used, state.is_of_another) == (True, False, True)
            with database.reading(after=0) as session:
                assert session.scalar(text("SELECT current_database()")) == primary.url.database
            [line] = [str(line) for line in database_lines(database) if line.check.startswith("standby")]
            assert line.endswith("so it is not read; correct DATABASE_READ_URL")
        finally:
            database.dispose()
            connection.execute(text("DROP DATABASE made_up_other WITH (FORCE)"))
    primary.dispose()


def test_the_name_of_a_standby_does_not_show_its_password() -> None:
    url = "postgresql+psycopg://made-up:secret@127.0.0.1:1/made-up"
    database = Database(url, read_urls=[url])
    assert [state.name for state in database.standbys()] == ["127.0.0.1:1/made-up"]
    assert not database.standbys()[0].reachable
    database.dispose()


@pytest.fixture
def site(servers: Servers, database: Database, tmp_path: Path) -> Iterator[Flask]:
    """An application over both, whose standby is used."""
    made = create_app(
        Config(
            database_url=servers.primary,
            database_read_url=servers.standby,
            read_lag_seconds=600,
            search_index=tmp_path / "search_index",
            instance=tmp_path / "instance",
            development=True,
            rate_limit="100000 per minute",
        )
    )
    wait_until(lambda: made.extensions["kb_database"].standbys()[0].used)
    yield made
    made.extensions["kb_search"].close()
    made.extensions["kb_database"].dispose()


def test_who_has_asked_a_question_without_an_account_sees_it_though_the_standby_lags(
    site: Flask, database: Database, standby: Database
) -> None:
    with database.writing() as session:
        forum_session = make_dialogue(session, "made-up")
        session_control.take_step(session, forum_session, "started", 0, now())
        code = forum_session.short_code
    wait_until(lambda: reads_standby(database, written_position.get()))
    visitor = site.test_client()
    with paused(standby):
        token = token_in(visitor.get("/sign-in").text)
        visitor.get(f"/f/{code}")
        asked = visitor.post(f"/f/{code}/ask", data={"csrf_token": token, "text": "What did it cost, and who paid?"})
        assert asked.status_code == 303
        assert "who paid?" in visitor.get(f"/f/{code}/mine").text
        visitor.delete_cookie(own_writes.COOKIE)
        assert "who paid?" not in visitor.get(f"/f/{code}/mine").text


def test_a_person_who_has_signed_in_reads_the_primary(site: Flask, database: Database, standby: Database) -> None:
    with database.writing() as session:
        person, initiative = make_user(session, "administrator"), make_initiative(session, "Made-up Old Title")
    page, reader = f"/initiatives/{initiative.slug}", signed_in_by_form(site.test_client(), person)
    wait_until(lambda: reads_standby(database, written_position.get()))
    with paused(standby):
        with database.writing() as session:
            session.get_one(Initiative, initiative.id).title = "Made-up New Title"
        assert "Made-up New Title" in reader.get(page).text
        assert "Made-up Old Title" in site.test_client().get(page).text


def test_a_page_that_the_standby_does_not_have_yet_is_found(site: Flask, database: Database, standby: Database) -> None:
    with paused(standby):
        with database.writing() as session:
            city = make_city(session)
        assert site.test_client().get(f"/cities/{city.slug}").status_code == 200
        assert site.test_client().get("/cities/no-such-city").status_code == 404


def test_programs_that_follow_the_changes_never_see_them_go_back(
    site: Flask, database: Database, standby: Database
) -> None:
    program = site.test_client()
    with paused(standby):
        with database.writing() as session:
            make_city(session)
        last = program.get("/api/v1/changes").json["change"]
        assert program.get("/api/v1/cities").json["change"] < last
        assert program.get(f"/api/v1/cities?changed_since={last}").json["items"] == []
        assert program.get(f"/api/v1/changes?since={last}").json == {"change": last, "items": [], "next": None}


def test_arrays_that_a_process_keeps_do_not_go_back_with_an_older_server(database: Database, standby: Database) -> None:
    arrays = CatalogueArrays(database)
    with paused(standby):
        with database.writing() as session:
            make_city(session)
        with database.reading() as newer, database.reading(after=0) as older:
            assert log_position(older)[0] < log_position(newer)[0]
            first = arrays.current(older)
            assert first.newest == log_position(older)[0]
            assert arrays.current(newer).newest == log_position(newer)[0]
            assert arrays.current(older).newest == log_position(newer)[0]


def test_while_the_primary_is_gone_pages_are_read_and_forms_say_that_nothing_was_saved(
    site: Flask, database: Database, standby: Database, servers: Servers
) -> None:
    with database.writing() as session:
        person = make_user(session, "administrator")
        city = make_city(session)
        forum_session = make_dialogue(session)
        session_control.take_step(session, forum_session, "started", 0, now())
    wait_until(lambda: reads_standby(database, written_position.get()))
    reader, page = signed_in_by_form(site.test_client(), person), f"/cities/{city.slug}"
    token = token_in(reader.get("/account").text)
    state = LiveCache(database)
    with paused(standby):
        with database.writing() as session:
            moderation.open_questions(session, session.get_one(ForumSession, forum_session.id), CHAIR, is_open=False)
        before = state.state(forum_session.short_code)
        postgresql.stop(servers.primary)
        try:
            assert site.test_client().get("/readyz").status_code == 200
            everybody = (site.test_client(), reader)
            assert [visitor.get(page).status_code for visitor in everybody] == [200, 200]
            assert reader.get("/desk").status_code == 200
            renamed = reader.post("/account/name", data={"csrf_token": token, "name": "Made-up New Name"})
            assert (renamed.status_code, "Nothing was saved" in renamed.text) == (503, True)
            wait_until(lambda: state.state(forum_session.short_code) is not before)
            assert state.state(forum_session.short_code).version == before.version
        finally:
            postgresql.start(servers.primary)
    wait_until(lambda: reader.post("/account/name", data={"csrf_token": token, "name": "New"}).status_code == 303)
    assert "New" in reader.get("/account").text
    wait_until(lambda: database.standbys()[0].used)


@contextmanager
def answer_lost(
    servers: Servers, name: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Proxy, list[Exception | None]]]:
    """Lose the answer to the commit of a city, and connections from then on; give what the writer was told.

    Connections can be made again when the block ends, and then the writer finds out.
    """
    monkeypatch.setattr(commits, "LOOK_SECONDS", 20)
    told: list[Exception | None] = []

    def write() -> None:
        try:
            with database.writing() as session:
                make_city(session, name)
        except DatabaseUnavailable as problem:
            told.append(problem)
        else:
            told.append(None)

    with proxy(servers.primary) as between:
        database = Database(between.url)
        between.loses_answer = between.refuses_after = True
        thread = threading.Thread(target=write)
        thread.start()
        wait_until(lambda: between.is_closed)
        yield between, told
        between.is_closed = False
        thread.join()
        database.dispose()


def test_a_server_that_crashed_tells_what_it_had_kept(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    with answer_lost(servers, "Made-up Aalborg", monkeypatch) as (_, told):
        postgresql.stop(servers.primary)
        postgresql.start(servers.primary)
    assert told == [None]


def test_a_server_that_was_stopped_in_order_does_not_tell(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    with answer_lost(servers, "Made-up Aarhus", monkeypatch) as (_, told):
        postgresql.restart(servers.primary)
    assert isinstance(told[0], CommitUnknown)


@pytest.mark.parametrize("has_it", [True, False], ids=["with", "without"])
def test_a_promoted_standby_tells_whether_it_has_what_was_written(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, has_it: bool
) -> None:
    name = f"Made-up City {has_it}"
    count = f"SELECT count(*) FROM cities WHERE name = '{name}'"
    receivers = "SELECT count(*) FROM pg_stat_wal_receiver"
    with postgresql.standby(servers.primary, _SETTINGS) as another:
        promoted = Database(another)
        wait_until(lambda: run(promoted, receivers) == 1)
        if not has_it:
            _run_alone(promoted, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
            wait_until(lambda: run(promoted, receivers) == 0)
        with answer_lost(servers, name, monkeypatch) as (between, told):
            wait_until(lambda: run(promoted, count) or not has_it)
            postgresql.promote(another)
            between.lead_to(another)
        assert run(promoted, count) == has_it
        promoted.dispose()
    assert [type(problem) for problem in told] == [type(None) if has_it else DatabaseUnavailable]


def _run_alone(database: Database, *statements: str) -> None:
    """Run statements that no transaction may hold."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_whoever_waits_for_a_server_that_hangs_gets_an_error_those_who_read_a_page_sooner(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = {"page": threading.Event(), "work": threading.Event()}

    def wait(who: str, after: int | None) -> None:
        with database.reading(after) as session:
            try:
                session.execute(text(f"SELECT pg_sleep(60), '{who}'"))
            except DatabaseUnavailable:
                ended[who].set()

    threads = [threading.Thread(target=wait, args=given) for given in (("page", NEWEST), ("work", None))]
    for thread in threads:
        thread.start()
    query = "SELECT count(*) = 2 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active'"
    wait_until(lambda: run(database, query))
    # From now on its answers to what it is asked all the time count as late.
    monkeypatch.setattr(standbys, "HANG_UP_SECONDS", 600.0)
    monkeypatch.setattr(standbys, "SILENCE_SECONDS", -1.0)
    assert ended["page"].wait(30)
    assert not ended["work"].is_set()
    monkeypatch.setattr(standbys, "HANG_UP_SECONDS", -1.0)
    assert ended["work"].wait(30)
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    wait_until(lambda: _answers(database))


def _answers(database: Database) -> bool:
    try:
        return run(database, "SELECT 1") == 1
    except DatabaseUnavailable:
        return False


def test_nobody_waits_for_a_database_of_which_no_server_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standbys, "SILENCE_SECONDS", 0.2)
    with closing(socket.socket(socket.AF_UNIX)) as silent:
        silent.bind(str(tmp_path / ".s.PGSQL.5432"))
        silent.listen()
        url = f"postgresql+psycopg://postgres@/postgres?host={tmp_path}&connect_timeout=2"
        database = Database(url, read_urls=[url])
        database.session(after=0).close()
        wait_until(lambda: not _opens(database))
        with pytest.raises(DatabaseUnavailable, match="no server of the database answers"), database.writing():
            pytest.fail("a transaction began")
        # Not even a connection is asked for, such as one in place of another that was ended.
        with pytest.raises(DatabaseUnavailable, match="the server does not answer"):
            database.engine.connect()
        database.dispose()


def _opens(database: Database) -> bool:
    try:
        database.session().close()
    except DatabaseUnavailable:
        return False
    return True
