"""Runs the visitors against a real `kb serve` and reports what went wrong."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import requests
from sqlalchemy import select

from config import ROOT
from kb.catalogue.models import Initiative
from kb.core.column_types import now
from kb.core.db import Database
from kb.forum.live import moderation, participation, session_control
from kb.forum.live.participation import participant_of
from kb.seeding import seed
from tests.bench.forum import migrated
from tests.bench.site import Site, served
from tests.factories import make_user
from tests.forum_factories import make_dialogue

from .visitors import Part, Visitor

THREADS = 8
SETTLED_SHARE = 0.4
"""Memory is compared between this share of the run and its end: before, caches fill."""


@dataclass
class Report:
    """What a soak saw: answers by status, what failed, and the worker's memory in MB over the run.

    `too_busy` are answers of 503 that say when to try again, `refused` those of 4xx but for 404. `done` counts what
    visitors did and found as it should be, `wrong` what they found otherwise.
    """

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    server_errors: Counter[str] = field(default_factory=Counter)
    too_busy: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    broken_connections: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    worker_restarts: int = 0
    memory_mb: list[tuple[int, float]] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return self.statuses.total()

    @property
    def growth(self) -> float:
        """Memory at the end over memory when caches had filled; 1.0 is level."""
        settled = [size for done, size in self.memory_mb if done >= SETTLED_SHARE * self.requests]
        third = max(1, len(settled) // 3)
        return (sum(settled[-third:]) / third) / (sum(settled[:third]) / third) if settled else 1.0

    def problems(self) -> list[str]:
        """What must not happen, one line each; empty when all was well."""
        lines = [f"{count} x {what}" for what, count in self.server_errors.items()]
        lines += [f"{count} x 503 for {what}" for what, count in self.too_busy.items()]
        lines += [f"broken connection: {what}" for what in self.broken_connections[:10]]
        lines += [f"{count} times not so: {what}" for what, count in self.wrong.items()]
        if self.worker_restarts:
            lines.append(f"the worker ended {self.worker_restarts} times")
        return lines


def prepare(url: str, visitors: int) -> list[Part]:
    """Fill a new database with the seed, or one that has it, with people who may write and a session that is held."""
    migrated(url)
    database = Database(url)
    with database.writing() as session:
        if session.scalar(select(Initiative.id).limit(1)) is None:
            seed(session, ROOT / "seed_data")
    with database.writing() as session:
        emails = [make_user(session, "editor").email for _ in range(visitors)]
        initiatives = session.scalars(select(Initiative.slug).order_by(Initiative.id).limit(visitors)).all()
        forum_session = make_dialogue(session, starts_at=now() - timedelta(minutes=1))
        session_control.take_step(session, forum_session, "started", 0, now())
        question = participation.ask(
            session, forum_session, participant_of("soak", forum_session.id, "soak"), "Who pays?", now()
        )
        moderation.approve(session, forum_session, question)
        code = str(forum_session.short_code)
    database.dispose()
    return [
        Part(number, email, emails[number - 1], initiative, code)
        for number, (email, initiative) in enumerate(zip(emails, initiatives, strict=True))
    ]


class _Run:
    """One run: visitors in threads, and a look at the worker each second, until it is over."""

    def __init__(
        self,
        site: Site,
        most_requests: int,
        most_seconds: float,
        rest_seconds: float,
        is_enough: Callable[[Report], bool],
    ) -> None:
        self._site = site
        self._is_enough = is_enough
        self._rest_seconds = rest_seconds
        self._most_requests = most_requests
        self._ends_at = time.monotonic() + most_seconds
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.report = Report()

    def note(self, what: str, response: requests.Response) -> None:
        """Count an answer."""
        status = response.status_code
        with self._lock:
            self.report.statuses[status] += 1
            if status == 503 and "Retry-After" in response.headers:
                self.report.too_busy[what] += 1
            elif status >= 500:
                self.report.server_errors[f"{status} for {what}"] += 1
            elif status >= 400 and status != 404:
                self.report.refused[f"{status} for {what}"] += 1
            if self.report.requests >= self._most_requests:
                self._over.set()

    def tell(self, what: str, is_so: bool) -> None:
        """Count what was done, and whether it came out as it should."""
        with self._lock:
            (self.report.done if is_so else self.report.wrong)[what] += 1

    def visit(self, visitor: Visitor) -> None:
        """Let a visitor do what people do until the run is over."""
        rounds = visitor.rounds()
        while not self._over.wait(self._rest_seconds):
            try:
                next(rounds)
            except requests.RequestException as problem:
                with self._lock:
                    url = problem.request.url if problem.request else ""
                    self.report.broken_connections.append(f"{url}: {problem!r}"[:300])
                rounds = visitor.rounds()
        visitor.close()

    def watch(self) -> None:
        """Note the worker's memory, and whether it is another one, until the run is over."""
        pids = self._site.worker_pids()
        while not self._over.wait(1.0):
            self.report.memory_mb.append((self.report.requests, self._site.memory_mb()))
            if self._site.worker_pids() != pids:
                self.report.worker_restarts += 1
                pids = self._site.worker_pids()
            is_late = time.monotonic() > self._ends_at
            if is_late or len(self.report.broken_connections) > 100 or self._is_enough(self.report):
                self._over.set()
        self.report.worker_restarts += self._site.worker_pids() != pids


def soak(
    url: str,
    folder: Path,
    most_requests: int,
    most_seconds: float,
    threads: int = THREADS,
    rest_seconds: float = 0.0,
    is_enough: Callable[[Report], bool] = lambda _report: False,
    **settings: str,
) -> Report:
    """Run until so many requests were answered, so many seconds have passed, or what was seen is enough.

    Each visitor rests for `rest_seconds` between two things that it does. Settings are named as in the environment.
    """
    parts = prepare(url, threads)
    start = time.monotonic()
    with served(url, folder / "search_index", KB_PROXIES="1", **settings) as site:
        # What all pages share is made when it is first asked for, which no visitor need wait for here.
        site.get("/cities/surat/peers")
        run = _Run(site, most_requests, most_seconds, rest_seconds, is_enough)
        origin = f"http://127.0.0.1:{site.port}"
        visitors = [Visitor(origin, part, run.note, run.tell) for part in parts]
        runners = [threading.Thread(target=run.visit, args=(visitor,)) for visitor in visitors]
        for runner in runners:
            runner.start()
        run.watch()
        for runner in runners:
            runner.join()
    run.report.seconds = time.monotonic() - start
    return run.report
