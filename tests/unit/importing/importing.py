"""Bringing a made-up file in as a person does, step by step, over a small gazetteer of made-up places."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from kb.accounts.models import User
from kb.catalogue.models import Initiative
from kb.core.db import Database
from kb.importing import actions
from kb.importing.models import Import, ImportRow
from kb.importing.queries import import_by_id
from kb.importing.runner import Runner
from kb.importing.serialization import row_message_from_json
from kb.peers.places import Gazetteer
from tests.factories import make_place, make_user
from tests.spreadsheets import as_csv

HEADING = ("id", "title", "city", "country", "summary", "stage", "challenges", "goals", "sources")


def line(key: str, title: str = "Made-up Sirens", city: str = "Made-up Alpha", **other: str) -> list[str]:
    """A row that may be published."""
    values = {
        "summary": "Made up.", "stage": "pilot", "challenges": "flooding", "goals": "11", "sources": "https://example.org/a",
    }  # fmt: skip
    values |= other
    return [key, title, city, "India", *(values[name] for name in HEADING[4:])]


class Bench:
    """A database with two places and an editor, and a runner over it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session:
            make_place(session, "Made-up Alpha")
            make_place(session, "Made-up Beta", latitude=25.0)
            self.editor = make_user(session, role="editor")
            self.contributor = make_user(session, role="contributor")
        with database.reading() as session:
            gazetteer = Gazetteer.read(session)
        self.runner = Runner(database, lambda: gazetteer)

    def upload_only(self, rows: Sequence[Sequence[str]], **settings: Any) -> int:
        """Take a file in, and let it wait to be checked."""
        with self.database.writing() as session:
            import_record = actions.upload(
                session, self.editor, as_csv(list(rows), heading=HEADING), "made-up.csv", **settings
            )
            actions.choose_columns(session, self.editor, import_record, import_record.mapping)
        return import_record.id

    def upload(self, rows: Sequence[Sequence[str]], actor: User | None = None, **settings: Any) -> int:
        """Take a file in, and check it."""
        heading = settings.pop("heading", HEADING)
        with self.database.writing() as session:
            content = as_csv(list(rows), heading=heading)
            import_record = actions.upload(session, actor or self.editor, content, "made-up.csv", **settings)
            actions.choose_columns(session, actor or self.editor, import_record, import_record.mapping)
        self.runner.work_on(import_record.id)
        return import_record.id

    def run(self, import_id: int, actor: User | None = None) -> None:
        """Bring it in."""
        with self.database.writing() as session:
            actions.start_run(session, actor or self.editor, import_by_id(session, import_id))
        self.runner.work_on(import_id)

    def bring(self, rows: Sequence[Sequence[str]], actor: User | None = None, **settings: Any) -> int:
        """Take a file in, check it, and bring it in."""
        import_id = self.upload(rows, actor, **settings)
        self.run(import_id, actor)
        return import_id

    def undo(self, import_id: int, actor: User | None = None) -> None:
        """Take it back."""
        with self.database.writing() as session:
            actions.start_undo(session, actor or self.editor, import_by_id(session, import_id))
        self.runner.work_on(import_id)

    def import_record(self, import_id: int) -> Import:
        """The import as it now is."""
        with self.database.reading() as session:
            return import_by_id(session, import_id)

    def counts(self, import_id: int) -> tuple[int, int, int, int]:
        """Made, changed, unchanged, refused; they add up to the rows."""
        import_record = self.import_record(import_id)
        counted = import_record.made, import_record.changed, import_record.unchanged, import_record.refused
        assert sum(counted) == import_record.rows
        return counted

    def rows(self, import_id: int) -> list[ImportRow]:
        """Its rows in order."""
        with self.database.reading() as session:
            query = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.number)
            return list(session.scalars(query))

    def messages(self, import_id: int) -> list[tuple[int, str | None, str]]:
        """Row, column and sentence of everything that is told."""
        return [
            (row.number, row_message.column, str(row_message.message))
            for row in self.rows(import_id)
            for row_message in map(row_message_from_json, (*row.problems, *row.warnings))
        ]

    def titles(self) -> list[str]:
        """The titles that stand in the catalogue."""
        with self.database.reading() as session:
            return list(session.scalars(select(Initiative.title).order_by(Initiative.id)))
