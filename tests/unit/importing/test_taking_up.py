"""An import whose process was killed, paused or told to stop is taken up by one other process, and doubles nothing."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kb.catalogue.models import Initiative
from kb.core.column_types import now
from kb.core.database_errors import CommitUnknown
from kb.core.db import Database, Session
from kb.core.errors import Refused
from kb.editorial.models import Revision
from kb.importing import actions
from kb.importing.claims import MOST_RESTARTS, STALE, UNCLAIMED, is_left
from kb.importing.models import Import
from kb.importing.queries import import_by_id
from kb.importing.runner import Runner
from kb.importing.serialization import message_from_json
from kb.peers.places import Gazetteer

from .importing import Bench, line

ROWS = 7


class Killed(BaseException):
    """As when the process ends."""


class LosesAnswer(Database):
    """A database that has kept the end of an import, once, when its answer is lost."""

    is_lost = False

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Session]:
        """The same as without; raises CommitUnknown once."""
        with super().writing(alone=alone) as session:
            yield session
            is_end = any(isinstance(row, Import) and row.state == "done" for row in session.identity_map.values())
        if is_end and not self.is_lost:
            self.is_lost = True
            raise CommitUnknown(None, None, Exception("the answer was lost"), connection_invalidated=True)


class TwoProcesses(Bench):
    """A bench with a second runner, whose connections are its own, as on another machine."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.other_database = Database(database.url.render_as_string(hide_password=False))
        with database.reading() as session:
            gazetteer = Gazetteer.read(session)
        self.gazetteer = lambda: gazetteer
        self.other = Runner(self.other_database, self.gazetteer)

    def look(self, runner: Runner) -> None:
        """Let a runner look once for what nobody works on, and work on it."""
        stop = threading.Event()
        stop.set()
        runner.take_up_regularly(stop)
        runner.wait()

    def started(self) -> int:
        """An import that waits to be brought in."""
        import_id = self.upload([line(str(n), f"Made-up {n}") for n in range(ROWS)], mode="published")
        with self.database.writing() as session:
            actions.start_run(session, self.editor, import_by_id(session, import_id))
        return import_id

    def age(self, import_id: int, by: timedelta) -> None:
        """Let the last heartbeat be some time ago."""
        with self.database.writing() as session:
            import_by_id(session, import_id).beat_at = now() - by

    def assert_whole(self, import_id: int) -> None:
        """Every row was brought in once, and counted once."""
        import_record = self.import_record(import_id)
        assert (import_record.state, import_record.progress) == ("done", ROWS)
        assert self.counts(import_id) == (ROWS, 0, 0, 0)
        assert sorted(self.titles()) == [f"Made-up {n}" for n in range(ROWS)]
        with self.database.reading() as session:
            revisions = select(func.count()).where(Revision.kind == "initiative", Revision.import_id == import_id)
            assert session.scalar(revisions) == ROWS


@pytest.fixture
def bench(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoProcesses]:
    # A batch ends early on a busy machine, so the number of rows that are done is not always even.
    monkeypatch.setattr("kb.importing.apply.BATCH", 2)
    # No heartbeat comes between what a test does to one and what it then looks at.
    monkeypatch.setattr("kb.importing.runner._HEARTBEAT_SECONDS", 600)
    bench = TwoProcesses(database)
    yield bench
    bench.other_database.dispose()


def _in_the_middle(act: Callable[[], object]) -> Callable[[int, int], None]:
    """Something that happens once when four rows or more are done, and not all."""
    happened = []

    def progress(done: int, total: int) -> None:
        if 4 <= done < total and not happened:
            happened.append(done)
            act()

    return progress


def _be_killed() -> None:
    raise Killed


def _killed_in_the_middle(bench: TwoProcesses) -> int:
    import_id = bench.started()
    with pytest.raises(Killed):
        bench.runner.work_on(import_id, _in_the_middle(_be_killed))
    return import_id


def test_an_import_whose_process_was_killed_is_taken_up_where_it_was(bench: TwoProcesses) -> None:
    import_id = _killed_in_the_middle(bench)
    assert bench.import_record(import_id).state == "working"
    assert 4 <= len(bench.titles()) < ROWS
    with pytest.raises(Refused, match="Another import is running"):
        bench.runner.work_on(bench.upload_only([line("9")]))
    bench.look(bench.other)
    assert bench.import_record(import_id).state == "working", "its heartbeat is not old yet"
    bench.age(import_id, STALE + timedelta(seconds=1))
    bench.look(bench.other)
    bench.assert_whole(import_id)


def test_an_import_whose_process_was_killed_before_it_began_is_taken_up(bench: TwoProcesses) -> None:
    import_id = bench.started()
    # However long a busy machine takes to look.
    bench.age(import_id, -STALE)
    bench.look(bench.other)
    assert bench.import_record(import_id).state == "waiting", "whoever let it wait is about to claim it"
    bench.age(import_id, UNCLAIMED + timedelta(seconds=1))
    bench.look(bench.other)
    bench.assert_whole(import_id)


def test_of_two_processes_that_take_up_an_import_one_works_on_it(bench: TwoProcesses) -> None:
    import_id = _killed_in_the_middle(bench)
    bench.age(import_id, STALE + timedelta(seconds=1))
    for runner in (bench.runner, bench.other):
        runner.wake()
    for runner in (bench.runner, bench.other):
        runner.wait()
    bench.assert_whole(import_id)
    assert bench.import_record(import_id).restarts == 1


def test_a_process_that_was_paused_writes_nothing_after_another_took_over(bench: TwoProcesses) -> None:
    import_id = bench.started()

    def be_paused() -> None:
        bench.age(import_id, STALE + timedelta(seconds=1))
        bench.look(bench.other)
        bench.assert_whole(import_id)

    with pytest.raises(Refused, match="This command no longer works on this import"):
        bench.runner.work_on(import_id, _in_the_middle(be_paused))
    bench.assert_whole(import_id)


def test_an_import_that_was_kept_when_the_answer_was_lost_is_done(
    bench: TwoProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.core.retrying.FIRST_SECONDS", 0)
    import_id = bench.started()
    database = LosesAnswer(bench.database.url.render_as_string(hide_password=False))
    Runner(database, bench.gazetteer).work_on(import_id)
    database.dispose()
    assert database.is_lost
    bench.assert_whole(import_id)


def test_an_import_that_is_refused_because_another_runs_waits_for_nobody(bench: TwoProcesses) -> None:
    _killed_in_the_middle(bench)
    import_id = bench.upload_only([line("9")])
    with pytest.raises(Refused, match="Another import is running"):
        bench.runner.work_on(import_id)
    assert bench.import_record(import_id).state == "interrupted"
    with bench.database.writing() as session:
        actions.discard(session, bench.editor, import_by_id(session, import_id))


@pytest.mark.parametrize("task", ["check", "undo"])
def test_other_tasks_end_too_where_another_process_took_over(
    bench: TwoProcesses, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.importing.dry_run.BATCH", 2)
    monkeypatch.setattr("kb.importing.undo.BATCH", 2)
    rows = [line(str(n), f"Made-up {n}") for n in range(ROWS)]
    if task == "check":
        import_id = bench.upload_only(rows, mode="published")
    else:
        import_id = bench.bring(rows, mode="published")
        with bench.database.writing() as session:
            actions.start_undo(session, bench.editor, import_by_id(session, import_id))

    def be_paused() -> None:
        bench.age(import_id, STALE + timedelta(seconds=1))
        bench.look(bench.other)
        assert bench.import_record(import_id).state == ("checked" if task == "check" else "undone")

    with pytest.raises(Refused, match="This command no longer works on this import"):
        bench.runner.work_on(import_id, _in_the_middle(be_paused))
    import_record = bench.import_record(import_id)
    assert (import_record.state, import_record.problem) == ("checked" if task == "check" else "undone", None)
    assert [row.number for row in bench.rows(import_id)] == list(range(2, ROWS + 2))
    with bench.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Initiative)) == 0


@pytest.mark.one_database
def test_an_import_that_ends_every_process_waits_for_a_person(bench: TwoProcesses) -> None:
    import_id = _killed_in_the_middle(bench)
    with bench.database.writing() as session:
        import_by_id(session, import_id).restarts = MOST_RESTARTS
    bench.age(import_id, STALE + timedelta(seconds=1))
    bench.look(bench.other)
    import_record = bench.import_record(import_id)
    assert import_record.state == "interrupted"
    assert import_record.problem is not None
    assert "stopped several times" in str(message_from_json(import_record.problem))
    with bench.database.writing() as session:
        actions.resume(session, bench.editor, import_by_id(session, import_id))
        assert import_by_id(session, import_id).restarts == 0
    bench.other.work_on(import_id)
    bench.assert_whole(import_id)


@pytest.mark.one_database
def test_an_import_of_nobody_with_an_account_is_left_to_the_terminal(bench: TwoProcesses) -> None:
    import_id = _killed_in_the_middle(bench)
    with bench.database.writing() as session:
        import_by_id(session, import_id).actor_id = None
    bench.age(import_id, STALE + timedelta(seconds=1))
    bench.look(bench.other)
    assert bench.import_record(import_id).state == "interrupted"
    with bench.database.reading() as session:
        assert not is_left(session)


@pytest.mark.one_database
def test_a_process_that_ends_in_order_leaves_its_import_to_others(bench: TwoProcesses) -> None:
    import_id = bench.started()
    bench.runner.work_on(import_id, _in_the_middle(bench.runner.stop))
    assert bench.import_record(import_id).state == "waiting"
    assert 4 <= len(bench.titles()) < ROWS
    bench.runner.wake()
    bench.runner.wait()
    assert bench.import_record(import_id).state == "waiting", "it takes up nothing more"
    bench.other.wake()
    bench.other.wait()
    bench.assert_whole(import_id)
    assert bench.import_record(import_id).restarts == 0


@pytest.mark.one_database
def test_an_import_that_is_stopped_by_hand_is_not_taken_up(bench: TwoProcesses) -> None:
    import_id = bench.started()

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.runner.work_on(import_id, _in_the_middle(interrupt))
    bench.age(import_id, STALE + timedelta(seconds=1))
    bench.look(bench.other)
    assert bench.import_record(import_id).state == "interrupted"
