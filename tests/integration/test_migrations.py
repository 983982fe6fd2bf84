"""Migrations go up to what the models declare, and down to nothing, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config as AlembicConfig
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Column, Connection, Integer, column, delete, insert, inspect, select, table, text
from sqlalchemy.orm import Session

from alembic import command
from config import ROOT
from kb.accounts.actions import record_audit_event
from kb.catalogue.models import Change, Initiative, Leader
from kb.core.column_types import now
from kb.core.db import Database, Model
from kb.core.errors import Refused
from kb.editorial.models import Proposal, Revision, Withdrawal, proposal_images, withdrawal_images
from kb.forum.live import session_control
from kb.forum.models import Forum, ForumSession, Question, Slot
from kb.importing.models import Import
from kb.importing.serialization import message_from_json
from tests.factories import make_city, make_city_answer, make_initiative, make_session
from tests.forum_factories import NOON


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a single table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    else:
        database = request.getfixturevalue("postgresql_database")
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield database
    database.dispose()


TABLES = Model.metadata.tables.values()
NEVER_REUSED = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"


def migrate(connection: Connection) -> AlembicConfig:
    return AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection})


def test_migrations_make_the_tables_of_the_models_and_take_them_away(empty: Database) -> None:
    with empty.engine.connect() as connection:
        command.upgrade(migrate(connection), "head")
        command.check(migrate(connection))
        assert set(inspect(connection).get_table_names()) == {*Model.metadata.tables, "alembic_version"}
        if empty.is_sqlite:
            # The check of Alembic does not look at this, and a table that it copies loses it.
            never_reused = {table.name for table in TABLES if table.dialect_options["sqlite"]["autoincrement"]}
            assert "imports" in never_reused
            assert set(connection.scalars(text(NEVER_REUSED))) == never_reused
        command.downgrade(migrate(connection), "base")
        connection.commit()
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        command.upgrade(migrate(connection), "head")
        command.check(migrate(connection))


def test_sessions_that_were_led_before_tell_what_was_held(empty: Database) -> None:
    with empty.engine.connect() as connection:
        command.upgrade(migrate(connection), "head")
        connection.commit()
    expected = {}
    with empty.writing() as session:
        for slug, kinds in {
            "ended-early": ("started", "next", "ended"),
            "taken-back": ("started", "next", "undone", "broken-off", "ended"),
            "running": ("started", "next", "next"),
            "never-led": (),
        }.items():
            forum = Forum(slug=slug, title="Made-up Forum")
            made = ForumSession(
                forum=forum, slug=slug, title="Made-up", starts_at=NOON, timezone="UTC", state="announced"
            )
            made.slots = [Slot(kind=kind, position=n) for n, kind in enumerate(("opening", "talk", "panel", "closing"))]
            session.add(made)
            session.flush()
            for number, kind in enumerate(kinds):
                session_control.take_step(session, made, kind, number, NOON + timedelta(seconds=25 * number))  # type: ignore[arg-type] # a kind
            session.flush()
            expected |= {slot.id: slot.was_held for slot in made.slots}
    assert set(expected.values()) == {True, False, None}
    with empty.engine.connect() as connection:
        command.downgrade(migrate(connection), "0018")
        command.upgrade(migrate(connection), "head")
        connection.commit()
    with empty.reading() as session:
        assert {slot.id: slot.was_held for slot in session.scalars(select(Slot))} == expected


def test_the_check_notices_a_table_that_no_migration_makes(empty: Database) -> None:
    with empty.engine.connect() as connection:
        command.upgrade(migrate(connection), "head")
        connection.execute(text("DROP TABLE outcomes"))
        with pytest.raises(CommandError, match="outcomes"):
            command.check(migrate(connection))


def test_every_constraint_has_a_name() -> None:
    unnamed = [
        f"{table.name}: {constraint}"
        for table in Model.metadata.tables.values()
        for constraint in table.constraints
        if not constraint.name and (constraint.__class__.__name__ != "PrimaryKeyConstraint" or len(table.primary_key))
    ]
    assert unnamed == []


def test_a_table_that_a_migration_rebuilds_keeps_what_points_to_it(sqlite_database: Database) -> None:
    """SQLite changes a table by dropping and copying it; that must not cascade to the goals of an initiative."""
    with sqlite_database.writing() as session:
        make_initiative(session, goals=(6, 13), challenges=("flooding",))
    with sqlite_database.migrating() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("initiatives", recreate="always") as batch:
            batch.add_column(Column("made_up", Integer))
    with sqlite_database.reading() as session:
        initiative = session.scalars(select(Initiative)).one()
        assert ([link.goal_number for link in initiative.goals], len(initiative.challenges)) == ([6, 13], 1)
        assert session.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_migration_that_leaves_rows_pointing_to_nothing_changes_nothing(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        make_initiative(session, goals=(6,))
    with pytest.raises(Refused, match="point to nothing"), sqlite_database.migrating() as connection:
        connection.execute(text("DELETE FROM initiatives"))
    with sqlite_database.reading() as session:
        assert len(session.scalars(select(Initiative)).all()) == 1


def test_ids_of_entries_are_never_given_anew_once_an_old_database_is_brought_up(tmp_path: Path) -> None:
    """Histories are kept by id; SQLite would give the id of a deleted row to the next one."""
    database = Database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    row = (
        "INSERT INTO leaders (id, name, slug, version, created_at, updated_at) VALUES (:id, 'Made-up', :slug, 1, 0, 0)"
    )
    with database.migrating() as connection:
        command.upgrade(migrate(connection), "0004")
        connection.execute(text(row), [{"id": 1, "slug": "a"}, {"id": 7, "slug": "b"}])
        before = rules_of(connection)
    with database.migrating() as connection:
        command.upgrade(migrate(connection), "head")
        assert connection.scalars(text("SELECT slug FROM leaders ORDER BY id")).all() == ["a", "b"]
        assert rules_of(connection) == before
        connection.execute(text("DELETE FROM leaders WHERE id = 7"))
        connection.execute(text(row), {"id": None, "slug": "c"})
        assert connection.scalar(text("SELECT id FROM leaders WHERE slug = 'c'")) == 8
    database.dispose()


def test_ids_of_sessions_answers_and_imports_are_never_given_anew_once_an_old_database_is_brought_up(
    sqlite_database: Database,
) -> None:
    def make(session: Session) -> list[Any]:
        forum_session = make_session(session, cities=(city := make_city(session),))
        first, second = (Question(session=forum_session, number=n, text="Made-up?") for n in (1, 2))
        session.add_all((first, second))
        session.flush()
        second.joined_with_id = first.id
        imported = Import(collection="Made-up", file_name="made-up.csv", mode="proposals", state="uploaded")
        imported.actor_name = "Made-up"
        session.add(imported)
        session.flush()
        return [forum_session, *forum_session.slots, first, second, make_city_answer(session, city), imported]

    tables = ("forum_sessions", "forum_slots", "forum_questions", "city_answers", "imports")
    with sqlite_database.writing() as session:
        make(session)
        gone = make(session)
        numbers = {(type(row), row.id) for row in gone}
        session.delete(gone[0])
        session.delete(gone[-2])
    with sqlite_database.migrating() as connection:
        command.stamp(migrate(connection), "head")
        command.downgrade(migrate(connection), "0041")
        for name in tables:
            # As it was: a copy by Alembic gives ids anew.
            with Operations(MigrationContext.configure(connection)).batch_alter_table(name, recreate="always"):
                pass
        assert set(connection.scalars(text(NEVER_REUSED))).isdisjoint(tables)
        there = inspect(connection).get_table_names()
        rules = {name: rules_of(connection, name) for name in there}
        rows = {name: rows_of(connection, name) for name in tables}
        command.upgrade(migrate(connection), "0042")
        assert {name: rules_of(connection, name) for name in there} == rules
        assert {name: rows_of(connection, name) for name in tables} == rows
        command.upgrade(migrate(connection), "head")
    with sqlite_database.writing() as session:
        assert {(type(row), row.id) for row in make(session)}.isdisjoint(numbers)
        assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_questions_of_an_old_database_are_numbered_in_each_session_and_stay_joined(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    forum = (
        "INSERT INTO forums (id, slug, title, organisers, version, created_at, updated_at)"
        " VALUES (1, 'a', 'Made-up', '[]', 1, 0, 0)"
    )
    held = (
        "INSERT INTO forum_sessions (id, forum_id, slug, title, starts_at, timezone, languages, organisers, state,"
        " guiding_questions, short_code, version, created_at, updated_at)"
        " VALUES (:id, 1, :id, 'Made-up', 0, 'UTC', '[]', '[]', 'ended', '[]', :id, 1, 0, 0)"
    )
    asked = (
        "INSERT INTO forum_questions (id, session_id, text, asked_at, state, merged_into_id)"
        " VALUES (:id, :session, 'Made-up', 0, :state, :into)"
    )
    with database.migrating() as connection:
        command.upgrade(migrate(connection), "0008")
        connection.execute(text(forum))
        connection.execute(text(held), [{"id": 1}, {"id": 2}])
        rows = [(3, 1, None), (5, 2, None), (7, 1, 3), (9, 2, None), (11, 1, None)]
        for key, session, into in rows:
            values = {"id": key, "session": session, "state": "merged" if into else "approved", "into": into}
            connection.execute(text(asked), values)
    with database.migrating() as connection:
        command.upgrade(migrate(connection), "head")
        found = connection.execute(text("SELECT id, number, joined_with_id FROM forum_questions ORDER BY id")).all()
        assert [tuple(row) for row in found] == [(3, 1, None), (5, 1, None), (7, 2, 3), (9, 2, None), (11, 3, None)]
    database.dispose()


def rules_of(connection: Connection, name: str = "initiatives") -> tuple[object, ...]:
    """The constraints and indexes of a table, without those of columns that came later."""
    looked = inspect(connection)
    indexes = [index for index in looked.get_indexes(name) if index["column_names"] != ["sort_key"]]
    return (
        indexes, looked.get_check_constraints(name),
        looked.get_foreign_keys(name), looked.get_unique_constraints(name),
    )  # fmt: skip


def rows_of(connection: Connection, name: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(f"SELECT * FROM {name} ORDER BY id")).mappings()]


def test_names_in_an_old_database_get_their_sort_keys(empty: Database) -> None:
    leader = (
        "INSERT INTO leaders (id, name, slug, version, created_at, updated_at)"
        " VALUES (:id, :name, :name, 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
    )
    with empty.engine.connect() as connection:
        command.upgrade(migrate(connection), "0016")
        names = ["Zoë", "“Édith”", "Łukasz", "Mia", "10 Made-up", "9 Made-up"]
        connection.execute(text(leader), [{"id": number, "name": name} for number, name in enumerate(names, 1)])
        command.upgrade(migrate(connection), "head")
        ordered = connection.scalars(select(Leader.name).order_by(Leader.sort_key)).all()
    assert ordered == ["9 Made-up", "10 Made-up", "“Édith”", "Łukasz", "Mia", "Zoë"]


def test_what_was_wrong_with_an_import_stays_said_when_it_becomes_a_sentence_with_values(empty: Database) -> None:
    made = (
        "INSERT INTO imports (collection, file_name, mode, state, actor_name, created_at, columns, mapping, notes,"
        " problem, rows, progress, made, changed, unchanged, refused) VALUES ('Made-up', 'made-up.csv', 'proposals',"
        " 'uploaded', 'Made-up', CURRENT_TIMESTAMP, '[]', '{}', '[]', :problem, 0, 0, 0, 0, 0, 0)"
    )
    with empty.engine.connect() as connection:
        command.upgrade(migrate(connection), "0011")
        connection.execute(text(made), [{"problem": 'Made up: 5% "broken"'}, {"problem": None}])
        command.upgrade(migrate(connection), "head")
        held = connection.scalars(select(Import.problem).order_by(Import.id)).all()
        assert [str(message_from_json(one)) if one else one for one in held] == ['Made up: 5% "broken"', None]
        command.downgrade(migrate(connection), "0011")
        back = connection.scalars(text("SELECT problem FROM imports ORDER BY id")).all()
        assert back == ['Made up: 5% "broken"', None]


def test_images_that_open_proposals_and_withdrawn_entries_show_are_noted(sqlite_database: Database) -> None:
    def showing(*keys: str) -> dict[str, list[dict[str, str]]]:
        return {"pictures": [{"image": key} for key in keys]}

    drafted, last, former, wrong = "a" * 64, "b" * 64, "c" * 64, "not-a-key"
    entry = {"kind": "initiative", "entry_id": 7, "version": 1}
    with sqlite_database.migrating() as connection:
        for state, keys in {"draft": (drafted, wrong), "accepted": (former,)}.items():
            values = {"kind": "initiative", "data": showing(*keys), "state": state, "author_name": "Made-up"}
            connection.execute(insert(Proposal), values)
        for key in (former, last):
            connection.execute(insert(Revision), {**entry, "made_from": "seed", "data": showing(key)})
        gone = {"slug": "made-up", "created_at": now(), "title": "Made-up", "reason": "Made-up"}
        connection.execute(insert(Withdrawal), {**entry, **gone})
        command.stamp(migrate(connection), "head")
        command.downgrade(migrate(connection), "0024")
        command.upgrade(migrate(connection), "head")
        noted = [connection.scalars(select(table.c.image_key)).all() for table in (proposal_images, withdrawal_images)]
    assert noted == [[drafted], [last]]


def test_an_old_change_log_is_told_what_was_never_public(database: Database) -> None:
    with database.writing() as session:
        shown, called_off, hidden = (make_session(session, state=state) for state in ("ended", "draft", "draft"))
        record_audit_event(session, None, "move-session", "session", called_off.slug)
        city = make_city(session)
        public, taken_back, private, waiting = (
            make_city_answer(session, city, may_publish=may_publish) for may_publish in (True, False, False, True)
        )
        record_audit_event(session, None, "choose-publication", "city-question", taken_back.question_id)
        waiting.state = "waiting"
        unanswered = Question(session=shown, number=1, text="Made-up?", state="approved")
        session.add(unanswered)
        session.flush()
        told = {("session", shown.id), ("session", called_off.id), ("answer", 77), ("initiative", 1)}
        told |= {("city-answer", answer.id) for answer in (public, taken_back)}
        untold = {("session", hidden.id), ("answer", unanswered.id)}
        untold |= {("city-answer", answer.id) for answer in (private, waiting)}
    with database.migrating() as connection:
        command.stamp(migrate(connection), "0041")
        command.downgrade(migrate(connection), "0040")
        log = Change.__table__.c
        connection.execute(delete(Change))
        columns = [log.kind, log.entry_id, log.version, log.action, log.at]
        older = table("changes", *(column(name.key, name.type) for name in columns))
        rows = [
            {"kind": kind, "entry_id": key, "version": 1, "action": "saved", "at": now()} for kind, key in told | untold
        ]
        connection.execute(insert(older), rows)
        command.upgrade(migrate(connection), "0041")
        public_rows = connection.execute(select(log.kind, log.entry_id).where(log.is_public))
        found = {(row.kind, row.entry_id) for row in public_rows}
    assert found == told
