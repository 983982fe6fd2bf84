"""How long a spreadsheet of 5,000 made-up rows takes: its dry run, and bringing it in."""

import time

from kb.accounts.models import User
from kb.core.db import Database
from kb.importing import actions
from kb.importing.queries import import_by_id
from kb.importing.runner import Runner
from kb.peers.places import Gazetteer
from tests.spreadsheets import as_csv, rows

ROWS = 5_000


def dry_run_and_import(database: Database, mode: str = "published", count: int = ROWS) -> tuple[float, float]:
    """Seconds that checking and bringing in take, the names of the gazetteer being in memory."""
    with database.reading() as session:
        gazetteer = Gazetteer.read(session)
    runner = Runner(database, lambda: gazetteer)
    actor = User(email="", name="bench", role="administrator")
    content = as_csv(list(rows(count)))
    start = time.perf_counter()
    with database.writing() as session:
        import_record = actions.upload(session, actor, content, "made-up.csv", mode=mode)
        actions.choose_columns(session, actor, import_record, import_record.mapping)
    runner.work_on(import_record.id, operator=actor)
    checked = time.perf_counter()
    with database.writing() as session:
        actions.start_run(session, actor, import_by_id(session, import_record.id))
    runner.work_on(import_record.id, operator=actor)
    return checked - start, time.perf_counter() - checked
