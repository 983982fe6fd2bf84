"""How long 20 people who save drafts at the same time have to wait while a spreadsheet is being published.

`python -m tests.bench.writers` runs it alone, `python -m tests.bench.writers postgresql` on the other database.
"""

import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy.exc import OperationalError

from kb.accounts.models import User
from kb.core.db import Database
from kb.editorial import actions as editorial
from kb.importing import actions
from kb.importing.queries import import_by_id
from kb.importing.runner import Runner
from kb.peers.places import Gazetteer
from kb.seeding import seed
from tests import postgresql
from tests.factories import make_user
from tests.spreadsheets import as_csv, rows

from .figures import Figures, in_ms
from .forum import ROOT, migrated

WRITERS, TIMES, ROWS = 20, 25, 2_000


def writers_beside_an_import(database: Database, count: int = ROWS) -> Figures:
    """How long each save took, and how many were refused, while that many rows were published."""
    with database.reading() as session:
        gazetteer = Gazetteer.read(session)
    runner = Runner(database, lambda: gazetteer)
    with database.writing() as session:
        people = [make_user(session, role="editor", email=f"writer{n}@city.example") for n in range(WRITERS)]
    with database.writing() as session:
        import_record = actions.upload(session, people[0], as_csv(list(rows(count))), "writers.csv", mode="published")
        actions.choose_columns(session, people[0], import_record, import_record.mapping)
    runner.work_on(import_record.id)
    with database.writing() as session:
        actions.start_run(session, people[0], import_by_id(session, import_record.id))
    start = time.perf_counter()
    runner.wake()
    seconds: list[float] = []
    refused: list[OperationalError] = []
    threads = [threading.Thread(target=_write, args=(database, person, seconds, refused)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        beside = import_by_id(session, import_record.id).progress
    written = time.perf_counter() - start
    runner.wait(600)
    whole = time.perf_counter() - start
    return {
        **in_ms(seconds),
        "refused": len(refused),
        "rows_meanwhile": beside,
        "seconds": round(written, 1),
        "import_seconds": round(whole, 1),
    }


def _write(database: Database, person: User, seconds: list[float], refused: list[OperationalError]) -> None:
    with database.writing() as session:
        draft = editorial.start(session, person, "initiative", {"title": "Made-up draft"})
    for number in range(TIMES):
        begin = time.perf_counter()
        try:
            with database.writing() as session:
                data = {**draft.data, "summary": f"Made up, number {number}."}
                draft = editorial.save_draft(session, person, draft.id, data, seen=draft.version)
        except OperationalError as problem:
            refused.append(problem)
        seconds.append(time.perf_counter() - begin)


def main() -> None:
    """Measure on SQLite, or on PostgreSQL where the command line says so."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="kb-bench-")))
        url = f"sqlite:///{folder / 'writers.sqlite3'}"
        if "postgresql" in sys.argv:
            url = opened.enter_context(postgresql.cluster()).format(name="postgres")
        migrated(url)
        database = Database(url, connections=WRITERS + 5)
        with database.writing() as session:
            seed(session, ROOT / "seed_data")
        numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
        print(writers_beside_an_import(database, *numbers))
        database.dispose()


if __name__ == "__main__":
    main()
