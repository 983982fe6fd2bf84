"""`make bench`: measures at 129 records, the first of the seed, at 10,000 and at 100,000; nothing is asserted.

`python -m tests.bench --sizes 129 10000` measures some sizes only, `--parts pages memory` some parts.
"""

import argparse
import tempfile
import time
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import Initiative
from kb.core.db import Database
from kb.search import indexing
from kb.search.documents import all_ids, documents_of
from kb.search.engine_types import Query
from kb.search.index import WhooshEngine
from kb.search.index_versions import IndexVersions
from kb.search.parsing import parse
from kb.search.snippets import snippet
from kb.seeding import seed
from tests import postgresql
from tests.seed_facts import first_initiatives

from . import forum
from .alternatives import FACETS, PAGE, Fts5, PostgreSQL, Tantivy
from .figures import Figures, in_ms, tell, timed
from .imports import ROWS, dry_run_and_import
from .records import FIRST_ID, Asked, fill, queries, some_places
from .site import IN_PRODUCTION, Site, served
from .writers import writers_beside_an_import

SIZES = (129, 10_000, 100_000)
SEEDED = 129
"""So many records need none that are made up."""

PARTS = ("search", "pages", "files", "saves", "memory", "imports", "forum")
COLD_QUERIES = 40
RIVAL_SECONDS = 60.0
"""For so long another engine is asked: some take seconds for a query, and then fewer of them are asked."""
PLACES = 100
RUNS = 100
"""Requests for a kind of page, beside three that are not counted."""

AIMS = {
    ("rebuild", 10_000): "<= 15 s",
    ("rebuild", 100_000): "<= 180 s",
    ("engine", 10_000): "ahead of tantivy",
    ("page", 10_000): "p95 <= 20",
    ("page", 100_000): "<= 30, CPU <= 1.5 x",
    ("searches", 10_000): "p95 <= 18",
    ("searches", 100_000): "<= 25, CPU <= 1.5 x",
    ("peers", 10_000): "p95 <= 30",
    ("peers", 100_000): "<= 40, CPU <= 1.5 x",
    ("api", 10_000): "p95 <= 12",
    ("api", 100_000): "p95 <= 12",
    ("feed", 10_000): "p95 <= 15",
    ("feed", 100_000): "p95 <= 15",
    ("csv", 100_000): "<= 10 s",
    ("csv memory", 100_000): "<= 120 MB",
    ("found", 10_000): "<= 1,000",
    ("next", 10_000): "10 more at most",
    ("start", 10_000): "<= 1 s",
    ("one worker", 100_000): "<= 450 MB",
    ("two workers", 10_000): "<= 450 MB",
    ("dry run", SEEDED): "<= 4 s",
    ("import", SEEDED): "<= 25 s",
    ("writers", SEEDED): "p95 <= 2,000, none refused",
}
PAGES: dict[str, tuple[str, ...]] = {
    "home": ("/",),
    "search: a word": ("/search?q=flood", "/search?q=water", "/search?q=school"),
    "search: words and filters": ("/search?q=early+warning&goal=11", "/search?q=open+data&income=lower-middle"),
    "search: a phrase": ("/search?q=%22open+data%22", "/search?q=%22early+warning%22"),
    "search: all, filtered": ("/search?goal=11&kind=initiative", "/search?stage=pilot"),
    "suggestions while typing": ("/suggest?q=flo", "/suggest?q=sura"),
    "an initiative": ("/initiatives/{initiative}",),
    "history of an initiative": ("/initiatives/{initiative}/history",),
    "a city": ("/cities/{city}",),
    "a leader": ("/leaders/{leader}",),
    "a strategy": ("/visions/{vision}",),
    "cities": ("/cities", "/cities?page=2"),
    "map": ("/map", "/map?goal=11"),
    "goals": ("/goals",),
    "goals by income": ("/goals/counts?by=income",),
    "goals together": ("/goals/together",),
    "goals that are missing": ("/goals/missing",),
    "a goal": ("/goals/11", "/goals/13", "/goals/6"),
    "challenges": ("/challenges",),
    "a challenge": ("/challenges/flooding", "/challenges/heat"),
    "technologies": ("/technologies",),
    "a technology": ("/technologies/open-data", "/technologies/sensors-iot"),
    "about the data": ("/about",),
    "peers of a city": ("/cities/{city}/peers",),
    "two cities compared": ("/compare?city=surat&city=jakarta",),
    "sessions of the forum": ("/forum",),
    "sitemap": ("/sitemap.xml",),
}
"""Every kind of public page, by addresses. Entries are those of the seed, so that each size shows the same."""

FOR_PROGRAMS: dict[str, tuple[str, ...]] = {
    "api": (
        "a page of 50 initiatives by the API",
        "/api/v1/initiatives?limit=50",
        "/api/v1/initiatives?limit=50&goal=11",
    ),
    "feed": ("an Atom feed", "/search.atom?q=water", "/goals/11.atom"),
}
"""What programs ask for, by addresses."""

WEIGHED = ("home", "search: a word", "an initiative", "a city", "map", "goals", "a goal", "cities", "about the data")


def main() -> None:
    """Run the bench for the sizes asked for."""
    given = argparse.ArgumentParser(prog="make bench")
    given.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    given.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    given = given.parse_args()
    results: list[Figures] = []
    with postgresql.cluster() as pattern:
        for number, records in enumerate(given.sizes):
            with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
                print(f"-- {records:,} records", flush=True)
                bench = _Bench(records, Path(folder), pattern, results, is_first=number == 0)
                bench.measure(given.parts)
    if "forum" in given.parts:
        print(f"-- a session with {forum.PEOPLE} people", flush=True)
        for on in ("sqlite", "postgresql"):
            forum.hold(partial(_note_session, results), on=on)
    tell(results, ROOT / "bench-results.json")


def _note_session(results: list[Figures], what: str, figures: Figures) -> None:
    aim = "p95 <= 2,000" if "click to a phone" in what else ""
    results.append({"what": what, "records": 0, **figures, "aim": aim})
    print(f"   {what}: {figures}", flush=True)


class _Bench:
    """A database of so many records with its index; what is measured of it is noted in `results`."""

    def __init__(self, records: int, folder: Path, pattern: str, results: list[Figures], *, is_first: bool) -> None:
        self._records, self._folder, self._pattern = records, folder, pattern
        self._results, self._is_first = results, is_first
        self._url = f"sqlite:///{folder / 'bench.sqlite3'}"
        self._root = folder / "search_index"
        self._database = _seeded(self._url)
        if records > SEEDED:
            fill(self._database, records)
        with self._database.reading() as session:
            self._slugs = {str(kind): _seeded_slugs(session, kind) for kind in ENTRIES}

    def measure(self, parts: Collection[str]) -> None:
        """Measure these parts."""
        start = time.perf_counter()
        indexing.rebuild(self._database, self._root)
        self._note("rebuild of the index, with its check", _seconds(start), "rebuild")
        if "search" in parts:
            self._search()
        if "pages" in parts:
            self._pages()
        if "files" in parts:
            self._files()
        if "saves" in parts:
            self._saves()
        if "memory" in parts:
            self._memory()
        if "imports" in parts and self._is_first:
            self._imports()
        self._database.dispose()

    def _note(self, what: str, figures: Figures, aim: str = "") -> None:
        row = {"what": what, "records": self._records, **figures, "aim": AIMS.get((aim, self._records), "")}
        self._results.append(row)
        print(f"   {what}: {figures}", flush=True)

    def _search(self) -> None:
        """The engine and its rivals over the same documents, with the same queries, facets and snippets."""
        with self._database.reading() as session:
            documents = list(documents_of(session, all_ids(session)))
        texts = {document.id: document.text for document in documents}
        askeds = queries()
        name, _ = IndexVersions(self._root).live() or ("", "")
        with IndexVersions(self._root).open(name) as engine:
            ask = partial(_ask, engine, texts)
            for query in askeds:
                ask(query)
            self._note("our engine, six facets, 20 snippets", in_ms(timed(partial(ask, q) for q in askeds)), "engine")
        cold = in_ms([_cold(self._root, name, texts, q) for q in askeds[:COLD_QUERIES]])
        self._note("our engine, cold", cold)
        for make in (
            partial(Tantivy, self._folder),
            partial(Fts5, self._folder),
            partial(PostgreSQL, _new_database(self._pattern, str(self._records))),
        ):
            rival = make(documents)
            timed((partial(rival.page, query) for query in askeds[:20]), RIVAL_SECONDS)
            seconds = timed((partial(rival.page, query) for query in askeds), RIVAL_SECONDS)
            self._note(f"{rival.name}, the same", in_ms(seconds))
            rival.close()

    def _pages(self) -> None:
        """Every kind of page over HTTP, by one worker."""
        with self._database.reading() as session:
            drawn = some_places(session, 2 * PLACES)
        others, places = drawn[:PLACES], drawn[PLACES:]
        start = time.perf_counter()
        with served(self._url, self._root, **IN_PRODUCTION) as site:
            site.peers(places[0])
            self._note(
                "the very first start, which prepares the list of places, to its first page of peers", _seconds(start)
            )
            site.settle()
        start = time.perf_counter()
        with served(self._url, self._root, **IN_PRODUCTION) as site:
            answers = time.perf_counter()
            site.peers(places[0])
            self._note("from the start of a process to its first page of peers", _seconds(start), "start")
            self._note("of this, from the first request that it answers", _seconds(answers))
            site.settle()
            for kind, patterns in PAGES.items():
                paths = self._paths(patterns)
                for path in paths[:3]:
                    site.load(path)
                aim = "searches" if kind.startswith("search") else "peers" if kind.startswith("peers") else "page"
                measured = site.measured([partial(site.load, path) for path in paths])
                self._note(kind, {**measured, "page_kb": site.size_kb(dict.fromkeys(paths))}, aim)
            for place in others:
                site.peers(place)
            peers = site.measured([partial(site.peers, place) for place in places])
            self._note("peers of a place among all 69,000", peers, "peers")
            askeds = queries()
            for query in askeds[:20]:
                site.search(query)
            self._note("search: 200 queries", site.measured([partial(site.search, q) for q in askeds]), "searches")
            for kind in WEIGHED if self._is_first else ():
                weight = site.weight_kb(self._paths(PAGES[kind])[0])
                self._note(f"weight of {kind}, compressed, with assets", {"value": weight, "unit": "KB"})

    def _files(self) -> None:
        """What programs ask for, and all initiatives as one file, with the memory that writing it takes."""
        with served(self._url, self._root, **IN_PRODUCTION) as site:
            site.settle()
            for aim, (what, *paths) in FOR_PROGRAMS.items():
                for path in paths * 2:
                    site.load(path)
                self._note(what, site.measured([partial(site.load, path) for path in paths * (RUNS // 2)]), aim)
            # Once before: what the first file makes for all stays in memory.
            site.load("/initiatives.csv")
            site.settle()
            seconds = site.seconds_of_download("/initiatives.csv")
            more = site.memory_of_download("/initiatives.csv")
            self._note("all initiatives as CSV", {"value": seconds, "unit": "s"}, "csv")
            self._note(
                "memory of the worker while it writes them, above idle", {"value": more, "unit": "MB"}, "csv memory"
            )

    def _paths(self, patterns: Sequence[str]) -> list[str]:
        """RUNS addresses, one pattern after the other, with entries of the seed in their places."""
        return [
            patterns[number % len(patterns)].format(
                **{kind: slugs[number % len(slugs)] for kind, slugs in self._slugs.items()}
            )
            for number in range(RUNS)
        ]

    def _saves(self) -> None:
        """What a save costs the next reader, and how long until a search finds it."""
        initiative, city = self._slugs["initiative"][0], self._slugs["city"][0]
        pages = {"an initiative": f"/initiatives/{initiative}", "peers of a city": f"/cities/{city}/peers"}
        with served(self._url, self._root, **IN_PRODUCTION) as site:
            site.settle()
            found = []
            for round_, (page, path) in enumerate(pages.items()):
                for _ in range(5):
                    site.load(path)
                undisturbed = in_ms(timed([partial(site.load, path)] * RUNS))
                disturbed = []
                for number in range(10):
                    word = f"benchword{round_}x{number}x"
                    saved = self._save(word)
                    disturbed += timed([partial(site.load, path)])
                    found.append(_until_found(site, word, saved))
                self._note(f"{page}, nothing saved, wall", undisturbed)
                self._note(f"{page}, the first reader after a save, wall", in_ms(disturbed), "next")
            self._note("from a save to being found by search", in_ms(found), "found")

    def _save(self, word: str) -> float:
        """Change the summary of an initiative; when that was committed."""
        with self._database.writing() as session:
            initiative = session.scalars(select(Initiative).order_by(Initiative.id).limit(1)).one()
            initiative.summary = f"Synthetic summary {word}"
        return time.perf_counter()

    def _memory(self) -> None:
        """One worker and two, with the parent, once each has shown every kind of page."""
        for count, what in ((1, "one worker"), (2, "two workers")):
            with served(self._url, self._root, **IN_PRODUCTION, KB_WORKERS=str(count)) as site:
                for patterns in PAGES.values():
                    for path in dict.fromkeys(self._paths(patterns)[:2]):
                        site.load_in_all_workers(path)
                memory = {"value": site.memory_mb(), "unit": "MB"}
                self._note(f"memory of {what} with the parent (PSS)", memory, what)

    def _imports(self) -> None:
        """A spreadsheet on both databases, and writers beside one."""
        on_postgresql = _seeded(_new_database(self._pattern, "imports"))
        for database, name in ((self._database, "SQLite"), (on_postgresql, "PostgreSQL")):
            checked, brought = dry_run_and_import(database)
            rows = f"a spreadsheet of {ROWS:,} rows, {name}"
            self._note(f"dry run of {rows}", {"value": checked, "unit": "s"}, "dry run")
            self._note(f"publishing {rows}", {"value": brought, "unit": "s"}, "import")
            beside = writers_beside_an_import(database)
            self._note(f"a draft saved by one of 20 beside an import, {name}", beside, "writers")
        on_postgresql.dispose()


def _seeded(url: str) -> Database:
    """A new database with the first initiatives of the seed, as many as ever, so that figures can be compared."""
    # By the migrations, since `kb serve` refuses a database that does not say which of them it has.
    forum.migrated(url)
    database = Database(url)
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder, database.writing() as session:
        seed(session, first_initiatives(SEEDED, Path(folder) / "seed_data"))
    return database


def _seeded_slugs(session: Session, kind: EntryKind) -> Sequence[str]:
    """Slugs of RUNS entries of the seed."""
    model = ENTRIES[kind].model
    return session.scalars(select(model.slug).where(model.id < FIRST_ID).order_by(model.id).limit(RUNS)).all()


def _seconds(start: float) -> Figures:
    return {"value": time.perf_counter() - start, "unit": "s"}


def _ask(engine: WhooshEngine, texts: dict[int, str], asked: Asked) -> None:
    parsed = parse(asked.text)
    result = engine.search(Query(parsed, filters=asked.filters, facets=FACETS, limit=PAGE))
    for document, _ in result.hits:
        snippet(texts[document], parsed)


def _cold(root: Path, name: str, texts: dict[int, str], asked: Asked) -> float:
    """One query with no posting read before, the index's files being open."""
    with IndexVersions(root).open(name) as engine:
        return timed([partial(_ask, engine, texts, asked)])[0]


def _until_found(site: Site, word: str, saved: float) -> float:
    """Seconds from a moment until a page of search shows a word."""
    while not site.shows(word):
        if time.perf_counter() - saved > 60:
            raise RuntimeError("a saved change was not found in a minute")
    return time.perf_counter() - saved


def _new_database(pattern: str, name: str) -> str:
    import psycopg

    administration = pattern.format(name="postgres").replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bench_{name}")
    return pattern.format(name=f"bench_{name}")


if __name__ == "__main__":
    main()
