"""Whether this version of the program may run on a database."""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select

from kb.core.db import Database

from .models import SchemaCompatibility
from .scripts import Migrations, Phase


class Relation(StrEnum):
    """What a database is to the program."""

    BEHIND = "behind"
    """The database lacks migrations without which this program does not run."""
    EXPANDED = "expanded"
    """The database lacks `contract` migrations alone, which wait until no older program runs."""
    CURRENT = "current"
    AHEAD = "ahead"
    """The database is newer, and this program runs on it."""
    TOO_NEW = "too new"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The migration that a database is at (None where it has no tables), the program's newest, and what follows."""

    here: str | None
    head: str
    relation: Relation

    @property
    def can_run(self) -> bool:
        """Whether the program may serve the database as it is."""
        return self.relation in {Relation.EXPANDED, Relation.CURRENT, Relation.AHEAD}


def schema_state(database: Database) -> SchemaState:
    """What a database is to this program. Raises SQLAlchemyError."""
    migrations = Migrations.of_program()
    with database.engine.connect() as connection:
        here = revision_of(connection)
        relation = _relation(connection, here, migrations)
    return SchemaState(here, migrations.head, relation)


def revision_of(connection: Connection) -> str | None:
    """The migration that a database is at; None where it has no tables of ours. Raises SQLAlchemyError."""
    return MigrationContext.configure(connection).get_current_revision()


def record_compatibility(connection: Connection, migrations: Migrations, heads: Container[str]) -> None:
    """Write down, with a migration that was just applied or taken back, which programs still run on the database."""
    revision = next((known for known in reversed(migrations.revisions) if known in heads), None)
    if revision is None or not _has_compatibility(connection):
        return
    table = SchemaCompatibility.__table__
    connection.execute(table.delete())  # type: ignore[attr-defined] # a table, not any selectable
    row = {"id": 1, "oldest_revision": migrations.oldest_compatible(revision)}
    connection.execute(table.insert(), row)  # type: ignore[attr-defined] # see above


def _relation(connection: Connection, here: str | None, migrations: Migrations) -> Relation:
    if here is None:
        return Relation.BEHIND
    if here in migrations.revisions:
        missing = migrations.after(here)
        if not missing:
            return Relation.CURRENT
        is_expanded = all(migration.phase is Phase.CONTRACT for migration in missing)
        return Relation.EXPANDED if is_expanded else Relation.BEHIND
    oldest = connection.scalar(select(SchemaCompatibility.oldest_revision)) if _has_compatibility(connection) else None
    return Relation.AHEAD if oldest in migrations.revisions else Relation.TOO_NEW


def _has_compatibility(connection: Connection) -> bool:
    return inspect(connection).has_table(SchemaCompatibility.__tablename__)
