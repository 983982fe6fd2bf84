"""What `make test-cluster` breaks, and what it measures meanwhile."""

import itertools
import json
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import requests
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from config import ROOT
from kb.core.column_types import now
from kb.core.db import Database
from kb.editorial.models import Proposal
from kb.forum.live import moderation, participation, session_control
from kb.forum.live.participation import participant_of
from kb.forum.models import Question, Vote
from tests.api_keys import make_key
from tests.factories import make_initiative, make_user
from tests.forum_factories import make_dialogue

from .cluster import Cluster, Node, status_of
from .figures import Figures
from .programs import until
from .visitors import TIMEOUT, Answered, Editor, Program, Reader, browser, busy

WRITERS = 50
EDITORS = 9
READERS = 4
LISTENERS = 500
SESSION_SECONDS = 60.0
CUT_SECONDS = 60.0
NOTICED_SECONDS = 15.0
"""After a cut of this length, everybody has noticed it."""

_MIGRATION = '''"""A made-up table, and a column that may be empty."""

import sqlalchemy as sa

from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None
PHASE = "expand"


def upgrade() -> None:
    op.create_table("made_up", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("proposals", sa.Column("made_up", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("proposals", "made_up")
    op.drop_table("made_up")
'''


class Trials:
    """All trials on one cluster, one after the other; each leaves the cluster whole."""

    def __init__(self, cluster: Cluster, figures: Figures) -> None:
        self.cluster, self.figures = cluster, figures
        self.database = Database(cluster.database_url, connections=5)
        with self.database.writing() as session:
            people = [make_user(session, "editor") for _ in range(max(WRITERS, EDITORS))]
            secret = cluster.values["SECRET_KEY"]
            self.keys = [make_key(session, secret, person) for person in people]
            self.emails = [person.email for person in people]

    def close(self) -> None:
        """Close what is open."""
        self.database.dispose()

    def primary_killed(self) -> None:
        """1. The primary ends by kill -9 under 50 writers."""
        trial = "1 primary killed"
        writes, reads = Answered(), Answered()
        programs = [Program(self.cluster.url, writes, key, number) for number, key in enumerate(self.keys[:WRITERS])]
        with busy([*programs, *self._readers(reads)]) as gave_up:
            time.sleep(10)
            killed = self.cluster.primary
            killed.kill()
            moment = time.monotonic()
            until(
                lambda: gave_up.is_set() or writes.first_begun_after(moment) < float("inf"), 90, "somebody writes again"
            )
            time.sleep(10)
        self._note_writes(trial, programs)
        self.figures.note(trial, "until writes again", writes.first_begun_after(moment) - moment, "s", most=30)
        self._note_reads(trial, reads)
        self._note_problems(trial, writes)
        began = time.monotonic()
        killed.patroni.start()
        self.cluster.wait_for_standby()
        self.figures.note(
            trial, "until the killed server is a synchronous standby", time.monotonic() - began, "s", most=60
        )
        self.cluster.wait_for_nodes()

    def node_killed(self) -> None:
        """2. A web node ends by kill -9 while people type."""
        trial = "2 web node killed"
        saves, reads = Answered(), Answered()
        editors = [Editor(self.cluster.url, saves, self.emails[number], number) for number in range(EDITORS)]
        for editor in editors:
            editor.open_draft()
        with busy([*editors, *self._readers(reads)]):
            time.sleep(5)
            node = self.cluster.nodes[1]
            node.site.kill()
            moment = time.monotonic()
            time.sleep(12)
        with self.database.reading() as session:
            kept = {
                proposal.id: (proposal.data.get("problem") or "")
                for proposal in session.scalars(select(Proposal).where(Proposal.id.in_([e.proposal for e in editors])))
            }
        lost = sum(kept.get(editor.proposal) != editor.saved for editor in editors)
        went_on = sum(editor.saved_at > moment + 5 for editor in editors)
        self.figures.note(trial, "saves acknowledged", len(saves.took), least=1)
        self.figures.note(trial, "editors whose last words are not in the database", lost, exactly=0)
        self.figures.note(trial, "editors who went on", went_on, exactly=EDITORS)
        self.figures.note(trial, "longest wait for a save", saves.longest, "s", most=5)
        self._note_reads(trial, reads)
        self._note_problems(trial, saves)
        self.cluster.start_node(node)
        self.cluster.wait_for_nodes()

    def node_cut_off(self) -> None:
        """3. A node is cut off from the database for a minute: nothing that it sends there is answered."""
        trial = "3 node cut off"
        node, reads, seen = self.cluster.nodes[2], Answered(), Counter[str]()
        longest = 0.0
        with busy(self._readers(reads)):
            node.database_proxy.signal(signal.SIGSTOP)
            try:
                cut = time.monotonic()
                word = ""
                while time.monotonic() < cut + CUT_SECONDS:
                    # Not at once, since pages take longer after it, when what they share is computed anew.
                    if not word and time.monotonic() > cut + NOTICED_SECONDS:
                        word, published = self._publish(), time.monotonic()
                    began = time.monotonic()
                    seen[_searched(node)] += 1
                    longest = max(longest, time.monotonic() - began)
                    time.sleep(1)
                ready = status_of(f"{node.url}/readyz")
            finally:
                node.database_proxy.signal(signal.SIGCONT)
            moment = time.monotonic()
            until(lambda: _finds(node, word), 60, f"{node.name} finds what was published meanwhile")
            caught_up = time.monotonic() - moment
        answered = seen["of the index alone"] + seen["complete"]
        self.figures.note(trial, "searches on that node", seen.total(), least=10)
        self.figures.note(trial, "searches without results", seen.total() - answered, exactly=0)
        self.figures.note(
            trial, "searches that say that the results may be out of date", seen["of the index alone"], least=10
        )
        self.figures.note(trial, "longest search", longest, "s", most=6)
        self.figures.note(trial, "status of /readyz meanwhile", ready, exactly=503)
        self.figures.note(trial, "until it has caught up", caught_up, "s", most=30)
        for what in seen.keys() - {"of the index alone", "complete"}:
            self.figures.note(trial, f"searches answered by {what}", seen[what])
        at_the_cut = reads.longest_begun_before(published)
        self.figures.note(trial, "longest time without a page at the cut", at_the_cut, "s", most=5)
        self._note_reads(trial, reads, most=20)
        self.cluster.wait_for_nodes()

    def audience_through_failover(self) -> None:
        """4. A session with 500 listeners over three nodes, while the primary ends by kill -9."""
        trial = "4 session through a failover"
        with self.database.writing() as session:
            held = make_dialogue(session, starts_at=now() - timedelta(minutes=1))
            session_control.take_step(session, held, "started", 0, now())
            asker = participant_of("chair", held.id, "chair")
            question = participation.ask(session, held, asker, "Who pays for it?", now())
            moderation.approve(session, held, question)
            session_id, question_id, code = held.id, question.id, held.short_code
        asked = [self.cluster.values["WEB_PORT"], code, str(question_id), str(LISTENERS), str(SESSION_SECONDS)]
        command = [sys.executable, "-m", "tests.cluster.audience", *asked]
        audience = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        try:
            time.sleep(SESSION_SECONDS * 0.4)
            killed = self.cluster.primary
            killed.kill()
            output, _ = audience.communicate(timeout=SESSION_SECONDS + 120)
        finally:
            audience.kill()
        told = json.loads(output)
        killed.patroni.start()
        self.cluster.wait_for_standby()
        with self.database.reading() as session:
            votes = session.scalar(select(func.count()).where(Vote.question_id == question_id)) or 0
            sent = Question.session_id == session_id, Question.id != question_id
            texts = Counter(session.scalars(select(Question.text).where(*sent)))
        self.figures.note(trial, "votes acknowledged", told["votes"], exactly=LISTENERS)
        self.figures.note(trial, "votes in the database", votes, exactly=LISTENERS)
        self.figures.note(trial, "questions acknowledged", told["asks"], exactly=LISTENERS // 5)
        self.figures.note(trial, "questions in the database", len(texts), exactly=LISTENERS // 5)
        self.figures.note(trial, "questions doubled", sum(count > 1 for count in texts.values()), exactly=0)
        self.figures.note(trial, "looks at what is on", told["looks"], least=LISTENERS)
        self.figures.note(trial, "longest wait for a look", told["longest_look"], "s")
        self.figures.note(trial, "longest wait for a vote", told["longest_vote"], "s", most=60)
        self.figures.note(trial, "longest wait for a question", told["longest_ask"], "s", most=60)
        self.figures.note(trial, "different last pages", len(told["last"]), exactly=1)
        self.figures.note(trial, "listeners who gave up", len(told["stranded"]), exactly=0)
        for what, count in Counter(told["in_vain"]).most_common(6):
            self.figures.note(trial, f"attempts in vain: {what}", count)
        self.cluster.wait_for_nodes()

    def rolling_upgrade(self) -> None:
        """6. The next version, with one migration, goes from node to node while the site is used."""
        trial = "6 rolling upgrade"
        next_version = self._next_version()
        reads, writes = Answered(), Answered()
        programs = [Program(self.cluster.url, writes, key, 100 + number) for number, key in enumerate(self.keys[:10])]
        began = time.monotonic()
        with busy([*programs, *self._readers(reads)]):
            time.sleep(2)
            said = self.cluster.nodes[0].run("migrate", tree=next_version)
            migrated = time.monotonic() - began
            for node in self.cluster.nodes:
                node.site.stop(90)
                self.cluster.start_node(node, next_version)
                until(lambda node=node: node.is_ready, 120, f"{node.name} is ready")  # type: ignore[misc]
                # Until the balancer has seen it too.
                time.sleep(3)
        self._note_writes(trial, programs)
        self.figures.note(trial, "migrations applied", said.count("(expand)"), exactly=1)
        self.figures.note(trial, "until the database was migrated", migrated, "s")
        self.figures.note(trial, "until all nodes were new", time.monotonic() - began, "s")
        failed = reads.problems.total() + writes.problems.total()
        self.figures.note(trial, "requests that failed", failed, exactly=0)
        self._note_reads(trial, reads, most=10)
        self._note_problems(trial, writes)

    def _next_version(self) -> Path:
        """A copy of the program with one more migration, which adds a table and a column."""
        tree = self.cluster.folder / "next-version"
        for name in ("kb", "alembic"):
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("config.py", "alembic.ini"):
            shutil.copy(ROOT / name, tree / name)
        (tree / "seed_data").symlink_to(ROOT / "seed_data")
        head = ScriptDirectory.from_config(AlembicConfig(ROOT / "alembic.ini")).get_current_head()
        (tree / "alembic" / "versions" / "9999_made_up.py").write_text(_MIGRATION.format(head=head))
        return tree

    def redis_gone(self) -> None:
        """5. Redis ends: each node counts by itself, and nobody is locked out."""
        trial = "5 Redis gone"
        together = self._wrong_keys(self.cluster.nodes, "127.200.0.1")
        self.figures.note(trial, "wrong keys from one address, over three nodes", together, exactly=30)
        self.cluster.redis.kill()
        alone = [self._wrong_keys([node], "127.200.0.2") for node in self.cluster.nodes]
        self.figures.note(trial, "without Redis: on each node, at least", min(alone), exactly=30)
        self.figures.note(trial, "without Redis: on each node, at most", max(alone), exactly=30)
        reader = browser()
        refused = [reader.get(self.cluster.url + "/goals", timeout=TIMEOUT).status_code for _ in range(30)]
        self.figures.note(trial, "readers who are locked out", sum(status != 200 for status in refused), exactly=0)
        self.cluster.redis.start()
        addresses = (f"127.200.1.{number}" for number in range(1, 255))
        until(lambda: self._wrong_keys(self.cluster.nodes, next(addresses)) == 30, 30, "all nodes count together again")
        self.figures.note(trial, "with Redis again, over three nodes", 30, exactly=30)

    def indexes_agree(self) -> None:
        """7. After all of it, on every node."""
        until(self.cluster.has_indexes, 60, "every index has followed the change log")
        for name, differences in self.cluster.check_indexes().items():
            self.figures.note("7 indexes", f"differences between index and database on {name}", differences, exactly=0)

    def _readers(self, reads: Answered) -> list[Reader]:
        return [Reader(self.cluster.url, reads) for _ in range(READERS)]

    def _note_writes(self, trial: str, programs: Sequence[Program]) -> None:
        titles = [title for program in programs for title in program.sent]
        acknowledged = [title for program in programs for title in program.acknowledged]
        with self.database.reading() as session:
            query = select(Proposal.title, func.count()).where(Proposal.title.like("Made-up entry % of program %"))
            counts = dict(session.execute(query.group_by(Proposal.title)).tuples().all())
        self.figures.note(
            trial, f"writes acknowledged to {len(programs)} writers", len(acknowledged), least=len(programs)
        )
        self.figures.note(
            trial, "acknowledged writes lost", sum(not counts.get(title) for title in acknowledged), exactly=0
        )
        self.figures.note(trial, "writes doubled", sum(counts.get(title, 0) > 1 for title in titles), exactly=0)

    def _note_reads(self, trial: str, reads: Answered, most: float = 2) -> None:
        self.figures.note(trial, "pages read", len(reads.took), least=20)
        self.figures.note(trial, "longest time without a page", reads.longest, "s", most=most)
        self._note_problems(trial, reads)

    def _note_problems(self, trial: str, answered: Answered) -> None:
        for what, count in answered.problems.most_common(6):
            self.figures.note(trial, f"attempts answered by {what}", count)
        self.figures.note(trial, "visitors who gave up", len(answered.stranded), exactly=0)

    def _publish(self) -> str:
        """Publish an initiative, past the site; the word by which it is found."""
        word = f"word{uuid.uuid4().hex[:10]}"
        with self.database.writing() as session:
            make_initiative(session, f"Made-up {word}")
        return word

    def _wrong_keys(self, nodes: Sequence[Node], address: str) -> int:
        """How many wrong keys an address may try over these nodes before it is told to wait."""
        with browser(address) as program:
            for number, node in enumerate(itertools.cycle(nodes)):
                headers = {"Authorization": f"Bearer wrong-{number}"}
                answer = program.get(f"{node.url}/api/v1/proposals", headers=headers, timeout=TIMEOUT)
                if answer.status_code == 429 or number > 200:
                    return number
        raise AssertionError("unreachable")


def _searched(node: Node) -> str:
    """What a search on a node alone came to."""
    try:
        answer = requests.get(f"{node.url}/search?q=flood", timeout=TIMEOUT)
    except requests.RequestException as problem:
        return type(problem).__name__
    if answer.status_code != 200 or "<mark>" not in answer.text:
        return str(answer.status_code)
    return "of the index alone" if "the results may be out of date" in answer.text else "complete"


def _finds(node: Node, word: str) -> bool:
    try:
        answer = requests.get(f"{node.url}/search", params={"q": word}, timeout=TIMEOUT)
    except requests.RequestException:
        return False
    return f"<mark>{word}</mark>" in answer.text and "the results may be out of date" not in answer.text
