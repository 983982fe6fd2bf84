"""How Alembic reaches the database: by the product's own settings, or by a connection that a caller hands over."""

from typing import Any, Literal

from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import kb.all_models  # noqa: F401 - importing the tables fills the metadata
from alembic import context
from config import Config
from kb.core.column_types import UTCDateTime
from kb.core.db import Database, Model
from kb.migrations.scripts import Migrations
from kb.migrations.state import record_compatibility


def _plain_types(kind: str, item: Any, _autogenerating: object) -> str | Literal[False]:
    """Write our own column types into migrations as the plain ones they are in the database."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


def _number_it(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    """Give a new migration the number after the last one."""
    last = ScriptDirectory.from_config(context.config).get_current_head() or "0"
    scripts[0].rev_id = f"{int(last) + 1:04}"


def _note_compatibility(*, ctx: MigrationContext, heads: set[str], **_: object) -> None:
    """Write down with each migration which programs still run on the database."""
    if ctx.connection is not None:
        record_compatibility(ctx.connection, Migrations.of_program(), heads)


def _run(connection: object) -> None:
    # SQLite cannot alter most things in place, so Alembic copies the table (batch mode).
    context.configure(
        connection=connection,  # type: ignore[arg-type] # Alembic's own stubs say so of a Connection
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_server_default=True,
        render_item=_plain_types,
        process_revision_directives=_number_it,
        on_version_apply=_note_compatibility,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    settings = Config.from_environment()
    database = Database(settings.database_url, checkpoints=settings.checkpoints)
    with database.migrating() as connection:
        _run(connection)
    database.dispose()
