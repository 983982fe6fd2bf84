"""The tables of imports: their files, their rows, and the keys by which rows are recognised."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import Code, Name, UTCDateTime, now, one_of
from kb.core.db import Model

from .choices import MODES, STATES, TASKS, VERDICTS


class Import(Model):
    """A file that somebody brings in. `mapping` holds fields by the letter of their column.

    `unknown` are the words of the file that no closed list knows, as the dry run met them; `words` is what a person
    said they mean.

    `state` says where it stands, `task` what is done, or was when it was interrupted; `progress` counts the rows of
    the task, and `beat_at` is when somebody last worked on it, or let it wait. `claim` names the process that works on
    it, or ended its last task, `restarts` counts how often the task went on by itself. Counts are of the dry run until
    the import has run.
    """

    __tablename__ = "imports"
    __table_args__ = (
        one_of("mode", MODES, "mode_known"),
        one_of("state", STATES, "state_known"),
        one_of("task", TASKS, "task_known"),
        # Revisions and the audit trail name imports by number, so the number of one that is gone is never given anew.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collection: Mapped[Name]
    file_name: Mapped[Name]
    mode: Mapped[Code]
    state: Mapped[Code] = mapped_column(index=True)
    task: Mapped[Code | None]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    actor_name: Mapped[Name]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    beat_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    claim: Mapped[Code | None]
    restarts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    sheet: Mapped[Name | None]
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    words: Mapped[dict[str, dict[str, str]] | None] = mapped_column(JSON(none_as_null=True))
    unknown: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    rows: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


class ImportFile(Model):
    """The table of a file, as `kb.importing.serialization` writes it, for as long as the import has not run."""

    __tablename__ = "import_files"

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportEdit(Model):
    """What a person changed of a row before it is brought in: cells by the letter of their column.

    `is_wanted` is whether the row is to be imported although its entry may exist already.
    """

    __tablename__ = "import_edits"

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    is_wanted: Mapped[bool] = mapped_column(default=False)


class ImportRow(Model):
    """A row of a file: what it says, and what becomes of it. `before` is what its key said until then.

    `cells` is the text of the file, by the letter of the column, of rows of which something is told. `similar` is the
    entry or proposal that the row may double.

    `done` is set with what was done, in the same transaction, and by the dry run where a row is skipped; `undone` says
    whether that was taken back again, and `left` why not.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        one_of("verdict", VERDICTS, "verdict_known"),
        Index("ix_import_rows_import_id_done_number", "import_id", "done", "number"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(400))
    title: Mapped[Name]
    values: Mapped[dict[str, Any]] = mapped_column("said", JSON)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    verdict: Mapped[Code]
    changes: Mapped[list[str]] = mapped_column(JSON, default=list)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column("doubts", JSON, default=list)
    cells: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    similar: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    done: Mapped[bool] = mapped_column(default=False)
    undone: Mapped[bool] = mapped_column(default=False)
    left: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    entry_id: Mapped[int | None]
    revision_id: Mapped[int | None]
    proposal_id: Mapped[int | None]


class ImportKey(Model):
    """A row's key in its collection, what it last said, and the entry or the proposal that it became."""

    __tablename__ = "import_keys"

    collection: Mapped[Name] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    values: Mapped[dict[str, Any]] = mapped_column("said", JSON)
    entry_id: Mapped[int | None] = mapped_column(index=True)
    proposal_id: Mapped[int | None] = mapped_column(index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"), index=True)
