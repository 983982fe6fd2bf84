"""Every migration says whether older code may run beside it, and one that says so only adds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Integer, String, Text

from alembic import command
from config import ROOT
from kb.core.db import Database
from kb.migrations.scripts import Migrations, Phase, alembic_config
from tests.schema_changes import schema_of, what_older_code_notices

BEFORE_THE_FIRST_RELEASE = "0034"
"""Up to here no program of before was released, so that nothing could run beside these migrations."""


def test_each_migration_states_its_phase() -> None:
    missing = [
        path.name
        for path in sorted((ROOT / "alembic" / "versions").glob("*.py"))
        if not any(f'\nPHASE = "{phase}"\n' in path.read_text("utf-8") for phase in Phase)
    ]
    assert missing == [], 'write PHASE = "expand" above its revision, or "contract": docs/upgrading.md says which'


def test_a_migration_that_expands_only_adds_what_older_code_does_not_notice(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
    noticed: dict[str, list[str]] = {}
    with database.migrating() as connection:
        command.upgrade(alembic_config(connection=connection), BEFORE_THE_FIRST_RELEASE)
        schema = schema_of(connection)
        for migration in Migrations.of_program().after(BEFORE_THE_FIRST_RELEASE):
            command.upgrade(alembic_config(connection=connection), migration.revision)
            before, schema = schema, schema_of(connection)
            if migration.phase is Phase.EXPAND and (changes := what_older_code_notices(before, schema)):
                noticed[migration.revision] = changes
    database.dispose()
    assert noticed == {}, 'add a nullable column or one with a server_default, or split it: PHASE = "contract" later'


Batch = Callable[[Operations], object]


def _add_number(operations: Operations) -> None:
    operations.add_column("things", Column("number", Integer, server_default="7", nullable=False))


def _add_unique_pair(operations: Operations) -> None:
    with operations.batch_alter_table("things") as batch:
        batch.create_unique_constraint("uq_things_pair", ["name", "note"])


def _alter(**changed: object) -> Batch:
    def alter(operations: Operations) -> None:
        with operations.batch_alter_table("things") as batch:
            batch.alter_column("note", **changed)  # type: ignore[arg-type] # those of the method

    return alter


def _drop_note(operations: Operations) -> None:
    with operations.batch_alter_table("things") as batch:
        batch.drop_column("note")


def _add_colour_of_list(operations: Operations) -> None:
    with operations.batch_alter_table("things") as batch:
        batch.add_column(Column("colour", Text))
        batch.create_check_constraint("colour_known", "colour IN ('red')")


def _known_state(*states: str) -> Batch:
    def change(operations: Operations) -> None:
        with operations.batch_alter_table("things") as batch:
            batch.drop_constraint("state_known", type_="check")
            batch.create_check_constraint("state_known", f"state IN {states}")

    return change


def _check_name(operations: Operations) -> None:
    with operations.batch_alter_table("things") as batch:
        batch.create_check_constraint("name_known", "name IN ('a')")


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (lambda operations: operations.create_table("more", Column("id", Integer, primary_key=True)), []),
        (lambda operations: operations.add_column("things", Column("colour", Text)), []),
        (_add_number, []),
        (lambda operations: operations.create_index("ix_note", "things", ["note"]), []),
        (lambda operations: operations.drop_table("things"), ["things is gone"]),
        (_drop_note, ["things.note is gone"]),
        (_alter(new_column_name="remark"), ["things.note is gone"]),
        (_alter(type_=Integer), ["things.note has another type"]),
        (_alter(nullable=False), ["things.note must not be null"]),
        (_add_unique_pair, ["things has a new rule: unique ['name', 'note']"]),
        (
            lambda operations: operations.create_index("ix_note", "things", ["note"], unique=True),
            ["things has a new rule: unique ['note']"],
        ),
        (_add_colour_of_list, []),
        (_known_state("a", "b", "c"), []),
        (_known_state("a", "c"), ["things has a new rule: check state IN ('a', 'c')"]),
        (_check_name, ["things has a new rule: check name IN ('a')"]),
    ],
)  # fmt: skip
def test_the_check_knows_what_older_code_notices(change: Batch, noticed: list[str], tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'made-up.sqlite3'}")
    with database.migrating() as connection:
        operations = Operations(MigrationContext.configure(connection))
        name = Column("name", String(20), nullable=False)
        state = Column("state", Text), CheckConstraint("state IN ('a', 'b')", name="state_known")
        operations.create_table("things", Column("id", Integer, primary_key=True), name, Column("note", Text), *state)
        before = schema_of(connection)
        change(operations)
        assert what_older_code_notices(before, schema_of(connection)) == noticed
    database.dispose()
