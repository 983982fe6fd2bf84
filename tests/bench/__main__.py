"""`make bench`: everything that is compared in one run, at 1,000, 10,000 and 100,000 records; nothing is asserted."""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import select

from config import ROOT
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

from . import forum
from .alternatives import FACETS, PAGE, Fts5, PostgreSQL, Tantivy
from .figures import Figures, in_ms, tell, timed
from .imports import dry_run_and_import
from .records import Asked, fill, queries, some_places
from .site import Site, served
from .writers import writers_beside_an_import

SIZES = (1_000, 10_000, 100_000)
COLD_QUERIES = 40
PLACES = 100
AIMS = {
    ("warm", 10_000): "p95 <= 2",
    ("warm", 100_000): "p95 <= 5",
    ("cold", 10_000): "p95 <= 5",
    ("cold", 100_000): "p95 <= 12",
    ("found", 1_000): "<= 1000",
    ("found", 10_000): "<= 1000",
    ("found", 100_000): "<= 1000",
    ("page", 10_000): "p95 <= 25",
    ("page", 100_000): "p95 <= 40",
    ("peers", 1_000): "p95 <= 50",
    ("peers", 10_000): "p95 <= 50",
    ("peers", 100_000): "p95 <= 50",
    ("rebuild", 10_000): "<= 30",
    ("import", 1_000): "<= 60",
    ("writers", 1_000): "p95 <= 2000, none refused",
    ("memory", 10_000): "< 300",
}
PAGES = (
    "/",
    "/search?q=flood",
    "/goals",
    "/goals/11",
    "/challenges",
    "/challenges/flooding",
    "/technologies/open-data",
    "/about",
    "/initiatives/surat-end-to-end-flood-early-warning-system",
    "/cities",
    "/cities/surat",
    "/map",
)


def main() -> None:
    """Run the bench for the sizes asked for."""
    given = argparse.ArgumentParser(prog="make bench")
    given.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = given.parse_args().sizes
    results: list[Figures] = []
    with postgresql.cluster() as pattern:
        for number, records in enumerate(sizes):
            with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
                print(f"-- {records:,} synthetic records", flush=True)
                _measure(records, Path(folder), pattern, results, weigh=number == 0)
    print(f"-- a session with {forum.PEOPLE} people", flush=True)
    for on in ("sqlite", "postgresql"):
        forum.hold(partial(_note_session, results), on=on)
    tell(results, ROOT / "bench-results.json")


def _note_session(results: list[Figures], what: str, figures: Figures) -> None:
    aim = "p95 <= 2000" if "click to a phone" in what else ""
    results.append({"what": what, "records": 0, **figures, "aim": aim})
    print(f"   {what}: {figures}", flush=True)


def _measure(records: int, folder: Path, pattern: str, results: list[Figures], *, weigh: bool) -> None:
    def note(what: str, figures: Figures, aim: str = "") -> None:
        results.append({"what": what, "records": records, **figures, "aim": AIMS.get((aim, records), "")})
        print(f"   {what}: {figures}", flush=True)

    url = f"sqlite:///{folder / 'bench.sqlite3'}"
    database = Database(url)
    # By the migrations, since `kb serve` refuses a database that does not say which of them it has.
    forum.migrated(url)
    with database.writing() as session:
        seed(session, ROOT / "seed_data")
    fill(database, records)
    root = folder / "search_index"
    start = time.perf_counter()
    indexing.rebuild(database, root)
    note("rebuild of the index, with its check", {"value": time.perf_counter() - start, "unit": "s"}, "rebuild")

    with database.reading() as session:
        documents = list(documents_of(session, all_ids(session)))
    texts = {document.id: document.text for document in documents}
    askeds = queries()
    name, _ = IndexVersions(root).live() or ("", "")
    with IndexVersions(root).open(name) as engine:
        ask = partial(_ask, engine, texts)
        for query in askeds:
            ask(query)
        note("engine, six facets, 20 snippets, warm", in_ms(timed(partial(ask, q) for q in askeds)), "warm")
    note(
        "engine, six facets, 20 snippets, cold",
        in_ms([_cold(root, name, texts, q) for q in askeds[:COLD_QUERIES]]),
        "cold",
    )
    for make in (
        partial(Tantivy, folder),
        partial(Fts5, folder),
        partial(PostgreSQL, _new_database(pattern, str(records))),
    ):
        rival = make(documents)
        for query in askeds[:20]:
            rival.page(query)
        note(f"{rival.name}, six facets, 20 snippets", in_ms(timed(partial(rival.page, q) for q in askeds)))
        rival.close()
    with database.reading() as session:
        drawn = some_places(session, 2 * PLACES)
    others, places = drawn[:PLACES], drawn[PLACES:]
    with served(url, root) as site:
        note("first page of peers of a process just started, cold", in_ms(timed([partial(site.peers, places[0])])))
        for query in askeds:
            site.search(query)
        note("a whole page of search over HTTP", in_ms(timed(partial(site.search, q) for q in askeds)), "page")
        # As many others first: what a process makes as it starts, and at its first pages, is no part of a page.
        for place in others:
            site.peers(place)
        note(
            "peers of a place among all 34,000 over HTTP, warm",
            in_ms(timed(partial(site.peers, p) for p in places)),
            "peers",
        )
        note("saved to found by search", in_ms([_until_found(database, site, n) for n in range(10)]), "found")
        note("memory of the worker", {"value": site.memory_mb(), "unit": "MB"}, "memory")
        for path in PAGES if weigh else ():
            figures = {"value": site.weight_kb(path), "unit": "KB"}
            note(f"weight of {path}, compressed, with assets", figures)
    if records == SIZES[0]:
        _import_on(database, "SQLite", note)
        other = _new_database(pattern, "imports")
        forum.migrated(other)
        on_postgresql = Database(other)
        with on_postgresql.writing() as session:
            seed(session, ROOT / "seed_data")
        _import_on(on_postgresql, "PostgreSQL", note)
        on_postgresql.dispose()
    database.dispose()


def _import_on(database: Database, what: str, note: Callable[..., None]) -> None:
    checked, brought = dry_run_and_import(database)
    note(f"dry run of a spreadsheet of 5,000 rows, {what}", {"value": checked, "unit": "s"})
    note(f"publishing its 5,000 rows, {what}", {"value": brought, "unit": "s"}, "import")
    note(f"a draft saved by one of 20 beside an import, {what}", writers_beside_an_import(database), "writers")


def _ask(engine: WhooshEngine, texts: dict[int, str], asked: Asked) -> None:
    parsed = parse(asked.text)
    result = engine.search(Query(parsed, filters=asked.filters, facets=FACETS, limit=PAGE))
    for document, _ in result.hits:
        snippet(texts[document], parsed)


def _cold(root: Path, name: str, texts: dict[int, str], asked: Asked) -> float:
    """One query with no posting read before, the index's files being open."""
    with IndexVersions(root).open(name) as engine:
        return timed([partial(_ask, engine, texts, asked)])[0]


def _until_found(database: Database, site: Site, number: int) -> float:
    """Seconds from committing a new initiative until a page of search shows it."""
    word = f"benchword{number}x"
    with database.writing() as session:
        initiative = session.scalars(select(Initiative).order_by(Initiative.id).limit(1)).one()
        initiative.summary = f"Synthetic summary {word}"
    start = time.perf_counter()
    while not site.shows(word):
        if time.perf_counter() - start > 60:
            raise RuntimeError("a saved change was not found in a minute")
    return time.perf_counter() - start


def _new_database(pattern: str, name: str) -> str:
    import psycopg

    administration = pattern.format(name="postgres").replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bench_{name}")
    return pattern.format(name=f"bench_{name}")


if __name__ == "__main__":
    main()
