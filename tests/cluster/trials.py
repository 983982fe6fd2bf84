"""What `make test-cluster` breaks, and what it measures meanwhile."""

import itertools
import time
from collections.abc import Sequence

from sqlalchemy import func, select

from kb.core.db import Database
from kb.editorial.models import Proposal
from tests.api_keys import make_key
from tests.factories import make_user

from .cluster import Cluster, Node
from .figures import Figures
from .programs import until
from .visitors import TIMEOUT, Answered, Editor, Program, Reader, browser, busy

WRITERS = 50
EDITORS = 9
READERS = 4


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
        went_on = sum(any(began > moment for began, _ in saves.took) and editor.saved != "" for editor in editors)
        self.figures.note(trial, "saves acknowledged", len(saves.took), least=1)
        self.figures.note(trial, "editors whose last words are not in the database", lost, exactly=0)
        self.figures.note(trial, "editors who went on", went_on, exactly=EDITORS)
        self.figures.note(trial, "longest wait for a save", saves.longest, "s", most=5)
        self._note_reads(trial, reads)
        self._note_problems(trial, saves)
        self.cluster.start_node(node)
        self.cluster.wait_for_nodes()

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
        until(self._have_followed, 60, "every index has followed the change log")
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

    def _note_reads(self, trial: str, reads: Answered) -> None:
        self.figures.note(trial, "pages read", len(reads.took), least=20)
        self.figures.note(trial, "longest time without a page", reads.longest, "s", most=2)
        self._note_problems(trial, reads)

    def _note_problems(self, trial: str, answered: Answered) -> None:
        for what, count in answered.problems.most_common(6):
            self.figures.note(trial, f"attempts answered by {what}", count)
        self.figures.note(trial, "visitors who gave up", len(answered.stranded), exactly=0)

    def _wrong_keys(self, nodes: Sequence[Node], address: str) -> int:
        """How many wrong keys an address may try over these nodes before it is told to wait."""
        with browser(address) as program:
            for number, node in enumerate(itertools.cycle(nodes)):
                headers = {"Authorization": f"Bearer wrong-{number}"}
                answer = program.get(f"{node.url}/api/v1/proposals", headers=headers, timeout=TIMEOUT)
                if answer.status_code == 429 or number > 200:
                    return number
        raise AssertionError("unreachable")

    def _have_followed(self) -> bool:
        return all(" 0" in node.run("index", "status").rpartition("lag:")[2] for node in self.cluster.nodes)
