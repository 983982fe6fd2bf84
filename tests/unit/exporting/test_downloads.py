"""Downloads are the same byte for byte, whatever becomes of the catalogue, the file or the process."""

import errno
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.change_log import log_position
from kb.catalogue.entries import EntryKind, snapshot
from kb.catalogue.models import Challenge, City, Country, Initiative, Place
from kb.core.db import Database
from kb.core.errors import Busy
from kb.editorial import actions as editorial
from kb.exporting import citations
from kb.exporting.citations import Citation
from kb.exporting.coverage import Coverage
from kb.exporting.downloads import actions, making, questions
from kb.exporting.downloads.files import KeptFiles
from kb.exporting.downloads.making import Differs, DownloadMaker
from kb.exporting.downloads.models import Download, DownloadPiece
from kb.exporting.formats import FORMATS
from kb.search import indexing
from kb.search.follower import Follower
from kb.search.results import SearchQuery
from kb.search.service import Search
from tests.at_once import meet
from tests.entries import publish
from tests.factories import make_city, make_initiative, make_source, make_user

SITE = "https://peers.example"


@pytest.fixture
def files(tmp_path: Path) -> KeptFiles:
    return KeptFiles(tmp_path / "downloads", days=30, megabytes=10)


@pytest.fixture
def maker(database: Database, files: KeptFiles, tmp_path: Path) -> DownloadMaker:
    return DownloadMaker(database, Search(database, tmp_path / "no-index"), files)


@pytest.fixture
def ask(database: Database) -> Callable[..., Download]:
    """Ask for a download, and make it unless told otherwise."""

    def ask(
        maker: DownloadMaker | None, text: str = "", kind: str = "initiative", file_format: str = "csv", **chosen: str
    ) -> Download:
        question = SearchQuery(text, {name: (value,) for name, value in chosen.items()})
        of = EntryKind(kind)
        with database.writing() as session:
            about = questions.described(session, question, of)
            download = actions.ask_for(session, question, of, file_format, about, "/search", SITE)
        if maker is not None:
            maker.make(download.id)
        return reread(database, download)

    return ask


def reread(database: Database, download: Download) -> Download:
    with database.reading() as session:
        return session.get_one(Download, download.id)


def content(maker: DownloadMaker, download: Download) -> bytes:
    with maker.open(download) as file:
        return file.read()


def edit(session: Session, initiative: Initiative, **changed: object) -> None:
    """Publish an initiative with some fields changed, which leaves a revision."""
    data = snapshot(EntryKind.INITIATIVE, initiative) | changed
    publish(session, make_user(session, "editor"), EntryKind.INITIATIVE, data, initiative.id)


def fill(database: Database) -> list[int]:
    """Four initiatives of two cities: seeded ones without a revision, and one that was published."""
    with database.writing() as session:
        cities = make_city(session, "Made-up Port", "IN"), make_city(session, "Made-up Hill", "BR")
        initiatives = [
            make_initiative(
                session,
                f"Made-up flood wall {n}",
                cities[: 1 + n % 2],
                goals=(11, 13)[: 1 + n % 2],
                challenges=("flooding",),
                sources=(make_source(session, f"https://example.org/wall-{n}"),),
                start_year=2015 + n,
                **({"cost_amount": 5_000_000 + n, "cost_currency": "INR"} if n == 1 else {}),
            )
            for n in range(4)
        ]
        edit(session, initiatives[3], lessons="Made-up lesson")
        return [initiative.id for initiative in initiatives]


def test_a_file_that_is_gone_is_built_again_as_it_was_after_everything_changed(
    database: Database, files: KeptFiles, maker: DownloadMaker, ask: Callable[..., Download]
) -> None:
    ids = fill(database)
    # What a format writes does not depend on the database.
    formats = FORMATS if database.is_sqlite else ("csv", "json")
    downloads = [ask(maker, file_format=code) for code in formats] + [ask(maker, kind="city")]
    assert [download.state for download in downloads] == ["made"] * len(downloads)
    before = [content(maker, download) for download in downloads]
    sources_before = [list(maker.source_rows(download)) for download in downloads]
    with database.writing() as session:
        editor = make_user(session, "editor")
        edited, duplicate, withdrawn, _ = (session.get_one(Initiative, number) for number in ids)
        edit(session, edited, title="A made-up other title", results="Made-up results")
        editorial.merge(session, editor, "initiative", edited.id, duplicate.id)
        editorial.withdraw(session, editor, "initiative", withdrawn.id, "A made-up reason")
        for challenge in session.scalars(select(Challenge)):
            challenge.label = f"Made-up {challenge.code}"
        for city in session.scalars(select(City)):
            city.name = f"Former {city.name}"
        for place in session.scalars(select(Place)):
            place.population, place.latitude = 7, 1.5
        for country in session.scalars(select(Country)):
            country.name, country.income_group = f"Former {country.name}", "low"
    for download, was, sources in zip(downloads, before, sources_before, strict=True):
        files.remove(download.checksum or "")
        assert content(maker, download) == was, download.format
        assert sha256(was).hexdigest() == download.checksum
        assert list(maker.source_rows(download)) == sources
    # What is asked today is another download.
    now = ask(maker)
    assert now.id != downloads[0].id
    assert content(maker, now) != before[0]
    assert (now.entries, downloads[0].entries) == (2, 4)


@pytest.mark.one_database
def test_a_download_says_what_it_covers_and_lacks_beside_the_whole_catalogue(
    database: Database, maker: DownloadMaker, ask: Callable[..., Download]
) -> None:
    fill(database)
    download = ask(maker, goal="13")
    covered = Coverage.from_json(download.coverage or {})
    assert (covered.entries, covered.catalogue, download.sources) == (2, 4, 2)
    groups = {group.field: {p.code: (p.entries, p.catalogue) for p in group.parts} for group in covered.groupings}
    assert groups["region"] == {"latin-america-and-the-caribbean": (2, 2), "southern-asia": (2, 4)}
    assert groups["goal"] == {"11": (2, 4), "13": (2, 2)}
    assert groups["decade"] == {"2010s": (2, 4)}
    missing = {part.code: (part.entries, part.catalogue) for part in covered.missing}
    assert (missing["cost"], missing["outcome"], missing["decade"], missing["goal"]) == ((1, 3), (2, 4), (0, 0), (0, 0))
    assert download.words == "Initiatives, Goal: 13 Climate action"
    more, less = covered.leaning()
    assert {(lean.label, lean.here, lean.catalogue) for lean in more} == {
        ("Climate action", 1.0, 0.5),
        ("Latin America and the Caribbean", 1.0, 0.5),
        ("Upper-middle income", 1.0, 0.5),
    }
    assert less == []
    assert covered == Coverage.from_json(covered.to_json())


def test_the_same_question_of_the_same_catalogue_is_one_download(
    database: Database, maker: DownloadMaker, ask: Callable[..., Download]
) -> None:
    fill(database)
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: ask(maker, "wall", challenge="flooding"), range(4)))
    assert len({download.id for download in asked}) == 1
    again = ask(maker, "  wall ", challenge="flooding")
    assert again.id == asked[0].id
    assert again.state == "made"
    assert ask(maker, "wall").id != again.id


def test_two_processes_that_make_the_same_at_once_give_one_file(
    database: Database, files: KeptFiles, maker: DownloadMaker, ask: Callable[..., Download], tmp_path: Path
) -> None:
    fill(database)
    waiting = ask(None)
    with files.working_on(f"download-{waiting.id}") as is_ours:
        assert is_ours
        maker.make(waiting.id)
        assert reread(database, waiting).state == "waiting"
    # On two machines with a folder each, both make it; what the first noted stays.
    elsewhere = DownloadMaker(
        database, Search(database, tmp_path / "no-index"), KeptFiles(tmp_path / "elsewhere", days=30, megabytes=10)
    )
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: each.make(waiting.id), (maker, elsewhere)))
    made = reread(database, waiting)
    assert made.state == "made"
    assert content(maker, made) == content(elsewhere, made)


@pytest.mark.one_database
def test_a_catalogue_that_changed_while_a_download_waited_gives_the_download_of_its_newer_state(
    database: Database, maker: DownloadMaker, ask: Callable[..., Download]
) -> None:
    fill(database)
    waiting = ask(None)
    with database.writing() as session:
        make_initiative(session, "Made-up fifth")
    newer = ask(maker)
    maker.make(waiting.id)
    same = reread(database, waiting)
    assert (same.state, same.same_as_id) == ("same", newer.id)
    assert newer.entries == 5
    assert newer.change_number > waiting.change_number


class Killed(BaseException):
    """The end of a process, which no handler of errors sees."""


@pytest.mark.one_database
def test_a_process_that_is_killed_between_file_and_row_leaves_nothing_half_done(
    database: Database,
    maker: DownloadMaker,
    ask: Callable[..., Download],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    fill(database)
    waiting = ask(None, file_format="json")

    def killed_half_way(*_: object) -> Iterator[bytes]:
        yield b"half of a file"
        raise Killed

    with monkeypatch.context() as patch:
        patch.setitem(making.FORMATS, "json", replace(FORMATS["json"], write=killed_half_way))
        with pytest.raises(Killed):
            maker.make(waiting.id)
    assert [path.name for path in (tmp_path / "downloads").iterdir() if path.suffix != ".lock"] == []
    with monkeypatch.context() as patch:
        patch.setattr(making.actions, "note_made", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            maker.make(waiting.id)
    assert reread(database, waiting).state == "waiting"
    # Whoever looks again lets it be made.
    maker.make_later(waiting.id)
    maker.wait()
    made = reread(database, waiting)
    assert made.state == "made"
    assert sha256(content(maker, made)).hexdigest() == made.checksum


@pytest.mark.one_database
def test_a_file_that_cannot_be_built_again_is_said_to_be_another_and_never_served(
    database: Database,
    files: KeptFiles,
    maker: DownloadMaker,
    ask: Callable[..., Download],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    fill(database)
    download, other = ask(maker), ask(maker, kind="city")
    files.remove(download.checksum or "")
    monkeypatch.setitem(making.FORMATS, "csv", replace(FORMATS["csv"], write=lambda *_: iter([b"another\n"])))
    with pytest.raises(Differs) as refused:
        maker.open(download)
    assert refused.value.checksum == sha256(b"another\n").hexdigest()
    assert not (tmp_path / "downloads" / str(refused.value.checksum)).exists()
    assert reread(database, download).problem == making.DIFFERS
    refusals = []
    for _ in range(2):
        with pytest.raises(Differs) as repeated:
            maker.open(download)
        refusals.append(repeated.value)
    # An error that is raised once more keeps the frames of every request before.
    assert refusals[0] is not refusals[1]
    # Whoever asks the same again gets what can be had.
    new = ask(maker)
    assert (new.state, new.id != download.id, content(maker, new)) == ("made", True, b"another\n")
    monkeypatch.undo()
    # A piece that is damaged is not taken for what it was.
    with database.writing() as session:
        for piece in session.scalars(select(DownloadPiece).where(DownloadPiece.key.in_(other.pieces))):
            piece.content = b"damaged"
    files.remove(other.checksum or "")
    with pytest.raises(Differs) as unreadable:
        maker.open(other)
    assert unreadable.value.checksum is None


@pytest.mark.one_database
def test_a_large_file_is_built_again_in_the_background(
    database: Database,
    files: KeptFiles,
    maker: DownloadMaker,
    ask: Callable[..., Download],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(database)
    download = ask(maker)
    before = content(maker, download)
    files.remove(download.checksum or "")
    monkeypatch.setattr(making, "SMALL", 1)
    with pytest.raises(Busy):
        maker.open(download)
    maker.wait()
    assert content(maker, download) == before


@pytest.mark.one_database
def test_a_download_waits_until_the_index_has_followed_the_catalogue(
    database: Database, files: KeptFiles, ask: Callable[..., Download], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(database)
    indexing.rebuild(database, tmp_path / "index")
    with database.writing() as session:
        make_initiative(session, "Made-up fifth wall")
    maker = DownloadMaker(database, Search(database, tmp_path / "index"), files)
    monkeypatch.setattr(making, "_INDEX_SECONDS", 0.0)
    behind = ask(maker, "wall")
    assert (behind.state, behind.problem) == ("failed", making.INDEX_BEHIND)
    Follower(database, tmp_path / "index").step()
    maker = DownloadMaker(database, Search(database, tmp_path / "index"), files)
    made = ask(maker, "wall")
    assert (made.id, made.state, made.entries) == (behind.id, "made", 5)
    assert b"Made-up fifth wall" in content(maker, made)


@pytest.mark.one_database
def test_a_full_disk_is_told_and_the_download_can_be_asked_for_again(
    database: Database, maker: DownloadMaker, ask: Callable[..., Download], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        failed = ask(maker)
    assert (failed.state, failed.problem) == ("failed", making.NO_SPACE)
    with monkeypatch.context() as patch:
        patch.setattr(making, "coverage", lambda *_: {}["made-up"])
        unforeseen = ask(maker)
    assert (unforeseen.id, unforeseen.state, unforeseen.problem) == (failed.id, "failed", making.UNFORESEEN)
    again = ask(maker)
    assert (again.id, again.state, again.problem) == (failed.id, "made", None)


def test_files_go_when_they_are_old_or_too_much_and_the_newest_stays(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    files = KeptFiles(folder, days=10, megabytes=1)
    old, _ = files.keep([b"old"])
    big, _ = files.keep([b"b" * 700_000])
    # Of a process that was killed.
    (folder / "half.new").write_bytes(b"half of a file")
    for name, age_days in ((old, 11), (big, 5), ("half.new", 1)):
        moment = (folder / name).stat().st_mtime - age_days * 86_400
        os.utime(folder / name, (moment, moment))
    newest, _ = files.keep([b"n" * 700_000])
    assert [path.name for path in folder.iterdir()] == [newest]
    # Whatever the settings say, a new file can be fetched, and the newest is never too large.
    for kept in (KeptFiles(folder, days=0, megabytes=1), files):
        only, _ = kept.keep([b"n" * 1_700_000])
        opened = kept.open(only)
        assert opened is not None
        opened.close()
    # A file that was damaged since is none.
    (folder / only).write_bytes(b"m" * 1_700_000)
    assert files.open(only) is None
    assert not (folder / only).exists()


CITATION = Citation(
    key="citypeers-abc",
    title="Initiatives, “50 % {less} waste & more_trees”",
    version="4711",
    made_on=date(2026, 11, 9),
    address="https://peers.example/downloads/abc_d",
    checksum="0a" * 32,
)


def test_citations_are_read_by_reference_managers() -> None:
    assert citations.apa(CITATION) == (
        "CityPeers. (2026, November 9). Initiatives, “50 % {less} waste & more_trees” (Version 4711) [Data set]. "
        "https://peers.example/downloads/abc_d"
    )
    (entry,) = bibtexparser.parse_string(citations.bibtex(CITATION)).entries
    fields = {field.key: field.value for field in entry.fields}
    assert (entry.key, fields["year"], fields["url"]) == ("citypeers-abc", "2026", CITATION.address)
    assert fields["title"] == r"{Initiatives, “50 \% \{less\} waste \& more\_trees”}"
    (record,) = rispy.loads(citations.ris(CITATION))
    assert (record["title"], record["urls"], record["year"]) == (CITATION.title, [CITATION.address], "2026")
    assert record["type_of_reference"] == "DATA"


@pytest.mark.postgresql
class TestAtOnce:
    """The same is asked at the moment at which a download of it is made, of a state that nobody had asked of yet."""

    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    @pytest.fixture
    def waiting(self, database: Database, ask: Callable[..., Download]) -> Download:
        """A download that is asked for, whereupon the catalogue changes."""
        fill(database)
        download = ask(None)
        with database.writing() as session:
            make_city(session)
        return download

    def test_it_is_made_all_the_same(
        self, database: Database, maker: DownloadMaker, waiting: Download, ask: Callable[..., Download]
    ) -> None:
        def ask_too(session: Session) -> None:
            about = questions.described(session, SearchQuery(""), EntryKind.INITIATIVE)
            actions.ask_for(session, SearchQuery(""), EntryKind.INITIATIVE, "csv", about, "/search", SITE)

        meet(database, lambda _: maker.make(waiting.id), lambda _: None, holding=ask_too)
        assert (reread(database, waiting).state, ask(maker).state) == ("made", "made")

    def test_who_asks_of_the_state_before_gets_a_download(
        self,
        database: Database,
        maker: DownloadMaker,
        waiting: Download,
        ask: Callable[..., Download],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with database.reading() as session:
            state = (waiting.change_number, log_position(session)[1])
        monkeypatch.setattr(actions, "log_position", lambda _session: state)
        insert_if_absent = actions.insert_if_absent

        def insert_then_make(*args: Any, **values: Any) -> bool:
            is_new = insert_if_absent(*args, **values)
            maker.make(waiting.id)
            return is_new

        monkeypatch.setattr(actions, "insert_if_absent", insert_then_make)
        assert ask(None).state in {"waiting", "made"}
