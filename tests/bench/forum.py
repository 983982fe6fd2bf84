"""A session with 500 people: how long until they see what the chair did, and until a question or a vote is taken.

The site is a real `kb serve` with its usual settings; the audience, the chair and the site share the machine's cores.
`python -m tests.bench.forum` runs it alone, `python -m tests.bench.forum 1 500 postgresql` on the other database.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

from alembic.config import Config as AlembicConfig
from sqlalchemy import func, select

from alembic import command
from config import ROOT, Config
from kb.core.column_types import now
from kb.core.db import Database
from kb.forum.live import moderation, participation, queries, session_control
from kb.forum.live.participation import participant_of
from kb.forum.models import ForumSession, Question, Vote
from tests import postgresql
from tests.factories import make_terms
from tests.forum_factories import make_dialogue

from .figures import Figures, in_ms, tell
from .listeners import RAMP_SECONDS
from .site import Site, served

PEOPLE = 500
SECONDS = 60.0
STEPS = 12
_LIMITS = {"rate_limit", "rate_limit_forum", "rate_limit_light"}

Note = Callable[[str, Figures], None]


def measure(url: str, folder: Path, note: Note, workers: int = 1, people: int = PEOPLE) -> None:
    """Hold a session over a database that has been migrated, and note the figures. Raises when anything was lost."""
    database = Database(url)
    with database.writing() as session:
        make_terms(session)
        forum_session = make_dialogue(session, starts_at=now() - timedelta(minutes=1))
        session_control.take_step(session, forum_session, "started", 0, now())
        question = participation.ask(
            session, forum_session, participant_of("bench", forum_session.id, "bench"), "Who pays for it?", now()
        )
        moderation.approve(session, forum_session, question)
    limits = {field.metadata["env"]: field.default for field in fields(Config) if field.name in _LIMITS}
    settings = {**limits, "KB_WORKERS": str(workers)}
    with served(url, folder / "search_index", **settings) as site:
        time.sleep(3)
        told, changed = _hold(database, forum_session, question.id, site, people)
    _report(database, forum_session, question.id, people, told, changed, note)
    database.dispose()


def _hold(
    database: Database, held: ForumSession, question: int, site: Site, people: int
) -> tuple[dict, list[tuple[int, float]]]:
    """Let people come in and the chair lead; what they saw, and when which version was committed."""
    asked = [str(site.port), held.short_code, str(question), str(people), str(SECONDS)]
    audience = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.listeners", *asked], stdout=subprocess.PIPE, cwd=ROOT
    )
    try:
        time.sleep(RAMP_SECONDS + 3)
        changed = []
        for number in range(STEPS):
            changed.append(_change(database, held.id, question, number))
            time.sleep((SECONDS - RAMP_SECONDS - 8) / STEPS)
        output, _ = audience.communicate(timeout=120)
    finally:
        audience.kill()
    return json.loads(output), changed


def _change(database: Database, session_id: int, question: int, number: int) -> tuple[int, float]:
    """A step of the clock or a click of a moderator; the version that it made, and the moment after its commit."""
    with database.writing() as session:
        forum_session = queries.session_to_change(session, id=session_id)
        if number % 2:
            moderation.pin(session, forum_session, session.get_one(Question, question) if number % 4 == 1 else None)
        else:
            kind = "paused" if number % 4 == 0 else "resumed"
            session_control.take_step(session, forum_session, kind, len(queries.steps_of(session, session_id)), now())
    committed = time.monotonic()
    with database.reading() as session:
        beat = queries.version_key(session, session_id)
    return beat[0] + beat[1], committed


def _report(
    database: Database,
    held: ForumSession,
    question: int,
    people: int,
    told: dict,
    changed: list[tuple[int, float]],
    note: Note,
) -> None:
    seen = [{int(version): at for version, at in one.items()} for one in told["seen"]]
    waits, lost = [], 0
    for version, committed in changed:
        for one in seen:
            moments = [at for other, at in one.items() if other >= version]
            if moments:
                waits.append(max(0.0, min(moments) - committed))
            else:
                lost += 1
    for what, key, good in (("a vote taken", "votes", 200), ("a question taken", "asks", 303)):
        wrong = [status for _, status in told[key] if status != good]
        if wrong:
            raise RuntimeError(f"{what}: {len(wrong)} were answered with {set(wrong)}")
        note(f"{people} listeners: {what}", in_ms([took for took, _ in told[key]]))
    note(f"{people} listeners: from the chair's click to a phone", in_ms(waits))
    note(f"{people} listeners: one look", in_ms(told["polls"]))
    with database.reading() as session:
        votes = session.scalar(select(func.count()).where(Vote.question_id == question))
        asks = session.scalar(select(func.count()).where(Question.session_id == held.id, Question.id != question))
        numbers = session.scalars(select(Question.number).where(Question.session_id == held.id)).all()
    note(f"{people} listeners: votes kept, of {people} people who sent {len(told['votes'])}", _count(votes))
    note(f"{people} listeners: questions kept, of {len(told['asks'])} that were sent", _count(asks))
    note(f"{people} listeners: changes that somebody never saw", _count(lost))
    note(f"{people} listeners: different last pages", _count(len(told["last"])))
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        raise RuntimeError(f"questions are not numbered one after the other: {sorted(numbers)}")
    if told["problems"] or lost or votes != people or asks != len(told["asks"]):
        raise RuntimeError(
            f"something was lost: {lost} changes, {votes} votes, {asks} questions, {told['problems'][:3]}"
        )


def _count(value: int | None) -> Figures:
    return {"value": value or 0, "unit": ""}


def migrated(url: str) -> None:
    """Bring a new database to the newest migration."""
    database = Database(url)
    with database.migrating() as connection:
        migrations = AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection, "quiet": True})
        command.upgrade(migrations, "head")
    database.dispose()


def hold(note: Note, people: int = PEOPLE, workers: int = 1, on: str = "sqlite") -> None:
    """Measure over a new database in a temporary folder: of SQLite, or of a PostgreSQL server of its own."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="kb-bench-")))
        url = f"sqlite:///{folder / 'forum.sqlite3'}"
        if on == "postgresql":
            url = opened.enter_context(postgresql.cluster()).format(name="postgres")
        migrated(url)
        measure(url, folder, lambda what, figures: note(f"{what} ({on})", figures), workers, people)


if __name__ == "__main__":
    results: list[Figures] = []
    workers_, people_, on_ = (*sys.argv[1:], *("1", str(PEOPLE), "sqlite")[len(sys.argv) - 1 :])
    hold(
        lambda what, figures: results.append({"what": what, "records": 0, **figures}), int(people_), int(workers_), on_
    )
    tell(results, Path(tempfile.gettempdir()) / "forum-results.json")
