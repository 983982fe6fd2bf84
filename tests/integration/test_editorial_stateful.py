"""Anything may happen at the desk, in any order: no accepted word is lost, and none that was not accepted is public.

Every text that anybody writes holds a word of its own, so it is plain where a text has got to. What happens is drawn
anew in each run; the failure shows what draws it again.
"""

import itertools
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from kb.accounts.models import User
from kb.app import create_app
from kb.catalogue.entries import ENTRIES, KIND_OF, EntryKind
from kb.core.db import Database, Model
from kb.core.errors import Problem
from kb.editorial import actions, entries
from kb.editorial.errors import EditConflict
from kb.editorial.models import Proposal, Redirect, Revision, Withdrawal
from kb.editorial.validation import blank
from kb.search import indexing
from kb.search.documents import all_ids, documents_of
from tests.factories import make_city, make_initiative, make_leader, make_place, make_vision
from tests.sampling import SEED
from tests.unit.editorial.editorial_factories import initiative_data, make_user

THINGS = [
    "confirm", "propose_something_new", "propose_an_edit", "write_on", "submit", "turn_down", "accept_one",
    "accept_one", "publish_the_own", "accept_many", "bring_an_earlier_version_back", "merge", "withdraw", "bring_back",
]  # fmt: skip
"""What may happen; one of them is drawn evenly in each step, so that in few steps much happens."""

STEPS, MOST_STEPS = 120, 600
"""How much happens in a history, and how much at most where MUCH of it is missing by then."""

HISTORIES = int(os.environ.get("KB_TEST_HISTORIES", "1"))
"""How many histories are made up on each kind of database; more of them, now and then, find what is rare."""

MUCH = {"propose", "accept", "merge", "withdraw", "confirm"}

SEALED = {"proposals", "remarks", "audit_events"}
"""Tables that hold what was not accepted, and that nobody reads who may not."""

TERMS = {"aims", "challenges", "countries", "goals", "place_names", "places", "regions", "targets", "technologies"}
"""Tables that nothing that happens here writes to; they are looked at once, in the end."""

being_written = Proposal.state.in_(["draft", "changes-requested"])

WORD = re.compile(r"zqx[a-j]+y")
# Without digits, which sort keys write otherwise.
_LETTERS = str.maketrans("0123456789", "abcdefghij")
PROSE = {
    "initiative": ["title", "summary", "results", "lessons"],
    "vision": ["title", "gist"],
    "city": ["leader_title"],
}
FOLDERS = {"initiative": "initiatives", "city": "cities", "leader": "leaders", "vision": "visions"}
_numbers = itertools.count(1)


def words_in(data: Any) -> set[str]:
    return set(WORD.findall(json.dumps(data, default=str)))


def words_of(page: TestResponse) -> set[str]:
    return set(WORD.findall(page.get_data().decode("utf-8", "replace")))


class Undone(Exception):
    """Something went wrong after an action, so nothing of it may stay."""


class Desk:
    """Two advisers and two editors at one desk; `done` counts what they did."""

    def __init__(self, database: Database, done: Counter[str]) -> None:
        self.database = database
        self.done = done
        self.accepted: set[str] = set()
        with self.database.writing() as session:
            self.advisers = [make_user(session, name=f"Made-up adviser {n}").id for n in range(2)]
            self.editors = [make_user(session, "editor", f"Made-up editor {n}").id for n in range(2)]
            self.places = [make_place(session).id for _ in range(3)]
            for name in ("Made-up Riverside", "Made-up Lakeside"):
                city = make_city(session, name)
                leader, vision = make_leader(session, city=city), make_vision(session, city=city)
                make_initiative(
                    session, cities=(city,), leader=leader, vision=vision, challenges=("heat",), goals=(11,)
                )

    def word(self) -> str:
        return f"zqx{str(next(_numbers)).translate(_LETTERS)}y"

    def person(self, session: Session, chance: Random) -> User:
        return session.get_one(User, chance.choice(self.editors + self.advisers))

    def editor(self, session: Session, chance: Random) -> User:
        """An editor, but now and then somebody tries who is none."""
        if chance.random() < 0.1:
            return self.person(session, chance)
        return session.get_one(User, chance.choice(self.editors))

    def drawn(self, session: Session, chance: Random, chosen: Any) -> Any:
        """One of the rows; nothing can be done where there is none."""
        model = chosen.column_descriptions[0]["entity"]
        rows = session.scalars(chosen.order_by(model.id)).all()
        if not rows:
            raise Undone
        return chance.choice(rows)

    def proposal(self, session: Session, chance: Random) -> Proposal:
        """One that is up for review, mostly."""
        query = select(Proposal)
        proposal: Proposal = self.drawn(
            session, chance, query if chance.random() < 0.1 else query.where(Proposal.state == "submitted")
        )
        return proposal

    def written(self, kind: str, before: dict[str, Any], chance: Random) -> dict[str, Any]:
        """What somebody makes of an entry: another word in one of its texts, or another row."""
        if kind == "leader":
            return {**before, "name": f"Made-up {self.word()}"}
        name = chance.choice(PROSE[kind])
        changed = {**before, name: f"Made-up {self.word()}"}
        if kind == "initiative" and chance.random() < 0.5:
            changed["partners"] = [*before["partners"], {"name": f"Made-up {self.word()}", "role": None}]
        return changed

    def new(self, kind: str, chance: Random) -> dict[str, Any]:
        city = f"place:{chance.choice(self.places)}"
        if kind == "initiative":
            return initiative_data(cities=[city], title=f"Made-up {self.word()}")
        if kind == "city":
            return blank(kind) | {"name": f"Made-up {self.word()}", "place": int(city.removeprefix("place:"))}
        if kind == "leader":
            term = {"city": city, "title": "Mayor", "start_year": 2020, "end_year": None, "source": None}
            return blank(kind) | {"name": f"Made-up {self.word()}", "terms": [term]}
        source = {"url": "https://example.org/vision", "title": None, "seen_on": None}
        return blank(kind) | {"title": f"Made-up {self.word()}", "gist": "Made-up.", "city": city, "sources": [source]}

    @contextmanager
    def trying(self, what: str, chance: Random) -> Iterator[Session]:
        """Do something for good, or have it undone at the last moment; what is refused is refused in words."""
        undone = chance.random() < 0.1
        accepted = set(self.accepted)
        try:
            with self.database.writing() as session:
                yield session
                if undone:
                    raise Undone
        except (Undone, Problem):
            self.accepted = accepted
        else:
            self.done[what] += 1

    def something_happens(self, chance: Random) -> None:
        """Something that is done, refused or undone, and what must hold after it."""
        before = self.done.total()
        getattr(self, chance.choice(THINGS))(chance)
        self.no_accepted_word_is_lost()
        self.nothing_but_accepted_words_is_kept(SEALED | TERMS)
        if self.done.total() > before:
            self.nothing_but_accepted_words_is_found()
            self.the_newest_revision_is_what_is_public()

    def propose_something_new(self, chance: Random) -> None:
        kind = chance.choice(list(EntryKind))
        with self.trying("propose", chance) as session:
            self.propose(session, chance, kind, self.new(kind, chance), None)

    def propose_an_edit(self, chance: Random) -> None:
        kind = chance.choice(list(EntryKind))
        with self.trying("propose", chance) as session:
            entry = self.drawn(session, chance, select(ENTRIES[kind].model))
            self.propose(session, chance, kind, self.written(kind, entries.snapshot(kind, entry), chance), entry.id)

    def propose(self, session: Session, chance: Random, kind: str, data: dict[str, Any], entry_id: int | None) -> None:
        """Often a draft is handed in at once, as another person's is more worth deciding on."""
        author = self.person(session, chance)
        proposal = actions.start(session, author, kind, data, entry_id=entry_id)
        if chance.random() < 0.6:
            actions.submit(session, author, proposal.id, seen=proposal.version)

    def write_on(self, chance: Random) -> None:
        with self.trying("write on", chance) as session:
            query = select(Proposal)
            proposal = self.drawn(session, chance, query if chance.random() < 0.1 else query.where(being_written))
            actor = proposal.author if chance.random() < 0.8 else self.person(session, chance)
            wanted = self.written(proposal.kind, proposal.data, chance)
            seen = proposal.version - (chance.random() < 0.2)
            actions.save_draft(session, actor, proposal.id, wanted, seen=seen)

    def submit(self, chance: Random) -> None:
        with self.trying("submit", chance) as session:
            proposal = self.drawn(session, chance, select(Proposal).where(being_written))
            actions.submit(session, proposal.author, proposal.id, seen=proposal.version)

    def turn_down(self, chance: Random) -> None:
        what = chance.choice(["ask", "decline", "take back"])
        with self.trying(what, chance) as session:
            proposal = self.proposal(session, chance)
            if what == "take back":
                actions.take_back(session, proposal.author, proposal.id)
            else:
                act = actions.request_changes if what == "ask" else actions.decline
                act(session, self.editor(session, chance), proposal.id, "Made-up reason.", seen=proposal.version)

    def accept_one(self, chance: Random) -> None:
        with self.trying("accept", chance) as session:
            self.accept(session, chance, actions.accept, self.editor(session, chance), self.proposal(session, chance))

    def publish_the_own(self, chance: Random) -> None:
        with self.trying("publish", chance) as session:
            proposal = self.drawn(session, chance, select(Proposal).where(Proposal.author_id.in_(self.editors)))
            self.accept(session, chance, actions.publish, proposal.author, proposal)

    def accept_many(self, chance: Random) -> None:
        with self.trying("accept many", chance) as session:
            ids = session.scalars(select(Proposal.id).order_by(Proposal.id)).all()
            chosen = [(key, None) for key in ids if chance.random() < 0.3]
            for decision in actions.accept_many(session, self.editor(session, chance), chosen):
                if decision.revision is not None:
                    self.accepted |= words_in(session.get_one(Proposal, decision.proposal_id).data)

    def accept(self, session: Session, chance: Random, act: Any, actor: User, proposal: Proposal) -> None:
        try:
            with session.begin_nested():
                act(session, actor, proposal.id)
        except EditConflict as conflict:
            side = chance.choice([conflict.mine, conflict.theirs])
            chosen = {**conflict.theirs, **{name: side[name] for name in conflict.fields}}
            actions.rebase(session, actor, proposal.id, chosen, seen=proposal.version)
            act(session, actor, proposal.id)
        self.accepted |= words_in(session.get_one(Proposal, proposal.id).data)

    def bring_an_earlier_version_back(self, chance: Random) -> None:
        with self.trying("restore", chance) as session:
            revision = self.drawn(session, chance, select(Revision))
            actions.restore(session, self.editor(session, chance), revision.id)

    def merge(self, chance: Random) -> None:
        kind = chance.choice(list(EntryKind))
        with self.trying("merge", chance) as session:
            model = ENTRIES[kind].model
            entry = self.drawn(session, chance, select(model))
            duplicate = self.drawn(session, chance, select(model).where(model.id != entry.id))
            actions.merge(session, self.editor(session, chance), kind, entry.id, duplicate.id)

    def withdraw(self, chance: Random) -> None:
        kind = chance.choice(list(EntryKind))
        with self.trying("withdraw", chance) as session:
            entry = self.drawn(session, chance, select(ENTRIES[kind].model))
            actions.withdraw(session, self.editor(session, chance), kind, entry.id, "Made-up reason.")

    def bring_back(self, chance: Random) -> None:
        with self.trying("bring back", chance) as session:
            withdrawal = self.drawn(session, chance, select(Withdrawal))
            actions.reinstate(session, self.editor(session, chance), withdrawal.kind, withdrawal.entry_id)

    def confirm(self, chance: Random) -> None:
        kind = chance.choice(list(EntryKind))
        with self.trying("confirm", chance) as session:
            entry = self.drawn(session, chance, select(ENTRIES[kind].model))
            actions.confirm(session, self.person(session, chance), kind, entry.id)

    def no_accepted_word_is_lost(self) -> None:
        with self.database.reading() as session:
            published = words_in([revision.data for revision in session.scalars(select(Revision))])
        assert self.accepted <= published

    def nothing_but_accepted_words_is_kept(self, kept_apart: set[str]) -> None:
        """In any table but those that are kept apart."""
        with self.database.reading() as session:
            tables = [
                [tuple(row) for row in session.execute(select(table))]
                for table in Model.metadata.sorted_tables
                if table.name not in kept_apart
            ]
        assert words_in(repr(tables)) <= self.accepted

    def nothing_but_accepted_words_is_found(self) -> None:
        with self.database.reading() as session:
            documents = [repr(document) for document in documents_of(session, all_ids(session))]
        assert words_in(documents) <= self.accepted

    def the_newest_revision_is_what_is_public(self) -> None:
        with self.database.reading() as session:
            newest = {
                (revision.kind, revision.entry_id): revision
                for revision in session.scalars(select(Revision).order_by(Revision.id))
            }
            for model, kind in KIND_OF.items():
                for entry in session.scalars(select(model)):
                    if (kind, entry.id) in newest:
                        assert newest[kind, entry.id].data == entries.snapshot(kind, entry)

    def read_everything(self) -> None:
        """Look at all that the site would show now, also by an index."""
        folder = Path(tempfile.mkdtemp(prefix="kb-desk-"))
        url = self.database.url.render_as_string(hide_password=False)
        app = create_app(
            Config(database_url=url, search_index=folder / "index", development=True, rate_limit="100000 per minute")
        )
        try:
            indexing.rebuild(self.database, folder / "index")
            self.nothing_but_accepted_words_is_kept(SEALED)
            self.nothing_else_is_read_anywhere(app)
        finally:
            app.extensions["kb_search"].close()
            app.extensions["kb_database"].dispose()
            shutil.rmtree(folder)

    def nothing_else_is_read_anywhere(self, app: Flask) -> None:
        """Every page that anybody may read, by anybody."""
        with self.database.reading() as session:
            hidden = (
                set().union(*(words_in(proposal.data) for proposal in session.scalars(select(Proposal))))
                - self.accepted
            )
            addresses = [
                (f"/{FOLDERS[kind]}/{slug}", 200)
                for model, kind in KIND_OF.items()
                for slug in session.scalars(select(model.slug))
            ]
            addresses += [(f"/{FOLDERS[row.kind]}/{row.slug}", 410) for row in session.scalars(select(Withdrawal))]
            addresses += [(f"/{FOLDERS[row.kind]}/{row.slug}", None) for row in session.scalars(select(Redirect))]
        client = app.test_client()
        plain = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
        for address, status in [*((path, None) for path in plain), *addresses]:
            page = client.get(address)
            assert status in {None, page.status_code}, address
            assert not words_of(page) & hidden, address
            page.close()
        for address, status in addresses:
            history = client.get(f"{address}/history")
            # What was merged into an entry that was withdrawn later is gone with it.
            assert history.status_code in ({status} if status else {200, 410}), address
            assert not words_of(history) & hidden, address
        for word in sorted(hidden)[:5]:
            results = client.get("/search", query_string={"q": word}).get_data(as_text=True)
            assert f"/{FOLDERS['initiative']}/made-up-{word}" not in results
            assert client.get("/suggest", query_string={"q": word}).get_json() == {"suggestions": []}


def run(open_database: Callable[[], AbstractContextManager[Database]]) -> None:
    """Long histories rather than many: reading every page at the end of one takes as long as a hundred things done."""
    done: Counter[str] = Counter()
    for number in range(HISTORIES):
        with open_database() as database:
            desk = Desk(database, done)
            for step in range(MOST_STEPS):
                if step >= STEPS and done.keys() >= MUCH:
                    break
                with _told_which(f"{number}, step {step}"):
                    desk.something_happens(Random(f"{SEED} {number} {step}"))  # noqa: S311 - no secret
            with _told_which(f"{number}, at its end"):
                desk.read_everything()
    assert done.keys() >= MUCH, "much of what the desk can do was never done, so this proves little"


@contextmanager
def _told_which(moment: str) -> Iterator[None]:
    try:
        yield
    except BaseException as problem:
        problem.add_note(f"In history {moment}; KB_TEST_SAMPLE_SEED={SEED} makes up the same again.")
        raise


@pytest.mark.slow
def test_no_word_is_lost_and_none_leaks_on_sqlite(sqlite_template: Path) -> None:
    @contextmanager
    def opened() -> Iterator[Database]:
        with tempfile.TemporaryDirectory(prefix="kb-desk-") as folder:
            database = Database(f"sqlite:///{shutil.copy(sqlite_template, Path(folder) / 'kb.sqlite3')}")
            yield database
            database.dispose()

    run(opened)


@pytest.mark.slow
@pytest.mark.postgresql
def test_no_word_is_lost_and_none_leaks_on_postgresql(
    postgresql_databases: Callable[[], AbstractContextManager[str]],
) -> None:
    @contextmanager
    def opened() -> Iterator[Database]:
        with postgresql_databases() as url:
            database = Database(url)
            yield database
            database.dispose()

    run(opened)
