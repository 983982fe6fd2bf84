"""Random changes, roll-backs, killed followers and rebuilds: in the end, index and database agree, entry by entry."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from kb.catalogue.models import City, Initiative
from kb.core.db import Database
from kb.search import indexing
from kb.search.documents import all_ids, documents_of
from kb.search.follower import Follower
from kb.search.index import WhooshEngine
from kb.search.index_versions import IndexVersions
from kb.search.results import SearchQuery
from kb.search.service import Search
from tests.factories import make_city, make_initiative

WORDS = st.lists(st.sampled_from(["tram", "flood", "sensor", "clinic", "permit", "Bogotá"]), min_size=1, max_size=3)


class Killed(BaseException):
    """The process ended here."""


class Following(RuleBasedStateMachine):
    """What may happen to a catalogue, to its index and to the process that follows, in any order."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kb-stateful-"))
        shutil.copy(self.template, self.folder / "kb.sqlite3")
        self.database = Database(f"sqlite:///{self.folder / 'kb.sqlite3'}")
        self.root = self.folder / "search_index"
        self.follower = Follower(self.database, self.root)
        self.initiatives: list[int] = []
        self.cities: list[int] = []
        self.add_city(["tram"])

    @rule(words=WORDS)
    def add_city(self, words: list[str]) -> None:
        with self.database.writing() as session:
            self.cities.append(make_city(session, f"Made-up {' '.join(words)}").id)

    @rule(words=WORDS, data=st.data())
    def add_initiative(self, words: list[str], data: st.DataObject) -> None:
        with self.database.writing() as session:
            city = session.get_one(City, data.draw(st.sampled_from(self.cities)))
            self.initiatives.append(make_initiative(session, f"Made-up {' '.join(words)}", (city,), goals=(6,)).id)

    @rule(words=WORDS, data=st.data())
    def rename_city(self, words: list[str], data: st.DataObject) -> None:
        with self.database.writing() as session:
            session.get_one(City, data.draw(st.sampled_from(self.cities))).name = f"Made-up {' '.join(words)}"

    @rule(words=WORDS, data=st.data())
    def edit_or_delete_initiative(self, words: list[str], data: st.DataObject) -> None:
        if not self.initiatives:
            return
        key = data.draw(st.sampled_from(self.initiatives))
        with self.database.writing() as session:
            initiative = session.get_one(Initiative, key)
            if data.draw(st.booleans()):
                initiative.summary = " ".join(words)
                initiative.stage = data.draw(st.sampled_from(["pilot", "scaled", "discontinued"]))
            else:
                session.delete(initiative)
                self.initiatives.remove(key)

    @rule(words=WORDS)
    def change_and_roll_back(self, words: list[str]) -> None:
        with pytest.raises(ZeroDivisionError), self.database.writing() as session:
            make_city(session, f"Made-up phantom {' '.join(words)}")
            session.get_one(City, self.cities[0]).name = "Made-up phantom"
            session.flush()
            raise ZeroDivisionError

    @rule()
    def follow(self) -> None:
        self.follower.step()

    @rule(where=st.sampled_from(["index", "delete", "commit", "refresh"]))
    def kill_the_follower(self, where: str) -> None:
        def killed(*_arguments: object) -> None:
            raise Killed

        whole = getattr(WhooshEngine, where)
        setattr(WhooshEngine, where, killed)
        try:
            # With nothing to follow, it does none of this.
            with suppress(Killed):
                self.follower.step()
        finally:
            setattr(WhooshEngine, where, whole)
        self.follower.close()
        self.follower = Follower(self.database, self.root)

    @rule()
    def rebuild(self) -> None:
        indexing.rebuild(self.database, self.root)

    @rule()
    def kill_a_rebuild(self) -> None:
        def killed(*_arguments: object) -> None:
            raise Killed

        whole = IndexVersions.make_live
        IndexVersions.make_live = killed  # type: ignore[method-assign]
        try:
            with pytest.raises(Killed):
                indexing.rebuild(self.database, self.root)
        finally:
            IndexVersions.make_live = whole  # type: ignore[method-assign]

    @rule()
    def delete_the_index(self) -> None:
        self.follower.close()
        shutil.rmtree(self.root, ignore_errors=True)

    @invariant()
    def what_the_index_claims_to_hold_it_holds(self) -> None:
        if hasattr(self, "root") and IndexVersions(self.root).live():
            assert indexing.check(self.database, self.root) == []

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        self.follower.step()
        assert indexing.check(self.database, self.root) == []
        with self.database.reading() as session:
            held = {document.id: document.title for document in documents_of(session, all_ids(session))}
            answer = Search(self.database, self.root).answer(session, SearchQuery("phantom"))
        assert len(held) == len(self.cities) + len(self.initiatives)
        assert (answer.total, answer.plain) == (0, False)
        self.follower.close()
        self.database.dispose()
        shutil.rmtree(self.folder)


@pytest.mark.slow
def test_index_and_database_agree_after_anything_that_may_happen(sqlite_template: Path) -> None:
    Following.template = sqlite_template
    run_state_machine_as_test(
        Following,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, phases=[Phase.explicit, Phase.generate]
        ),
    )
