"""The engine over Whoosh's index: the contract, and what only it has: files, locks, and Whoosh to compare with."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as whoosh_query
from whoosh.analysis import Analyzer, Token
from whoosh.fields import STORED, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.index import Index

from kb.search.analysis import forms, words
from kb.search.engine_types import Document, Query
from kb.search.index import IndexLocked, IndexUnreadable, WhooshEngine
from kb.search.parsing import parse
from tests.sampling import examples

from .brute_force import BruteForce
from .engine_contract import EngineContract, documents, titled


@contextmanager
def new_engine() -> Iterator[WhooshEngine]:
    with TemporaryDirectory() as folder, WhooshEngine.create(Path(folder) / "index", "test") as engine:
        yield engine


class TestWhooshEngine(EngineContract):
    def new_engine(self) -> Any:
        return new_engine()


def fill(engine: WhooshEngine, *filling: Document, last_change: int = 1) -> None:
    engine.index(filling)
    engine.commit(last_change)
    engine.refresh()


def found(engine: WhooshEngine, text: str) -> list[int]:
    return [id_ for id_, _ in engine.search(Query(parse(text))).hits]


# Whoosh keeps the length of a document in one byte, which is exact up to ten words.
_short = documents.map(lambda document: replace(document, title="", text=" ".join(document.text.split()[:3])))
_different_ids = st.lists(documents, max_size=25, unique_by=lambda document: document.id)


@settings(max_examples=examples(40))
@given(
    filling=_different_ids, text=st.lists(st.sampled_from(("solar", "city", "water", "11.2")), min_size=1, max_size=4)
)
def test_scores_are_bm25_of_the_live_documents(filling: list[Document], text: list[str]) -> None:
    with new_engine() as engine:
        fill(engine, titled(20, "solar city"), titled(21, "water water"))
        engine.delete([20, 21])
        fill(engine, *filling)
        scores = dict(engine.search(Query(parse(f"{' '.join(text)} and so"), mode="any", limit=100)).hits)
        expected = (
            BruteForce(filling).scores(sorted({stem for word in text for stem in words(word)})) if filling else {}
        )
        assert scores == pytest.approx(expected, rel=1e-4)


class _OwnWords(Analyzer):
    """Our analysis for Whoosh: stop words take up a position and are not there."""

    def __call__(self, value: str, **_options: object) -> Iterator[Token]:
        for place, form in enumerate(forms(value)):
            if form.stem:
                token = Token(positions=True, chars=False)
                token.text, token.pos = form.stem, place
                yield token


def whooshs_own_index(filling: list[Document]) -> Index:
    """The texts in an index that Whoosh has written, analysed as ours are."""
    index = RamStorage().create_index(Schema(id=STORED, text=TEXT(analyzer=_OwnWords())))
    writer = index.writer()
    for document in filling:
        writer.add_document(id=document.id, text=document.text)
    writer.commit()
    return index


@settings(max_examples=examples(40))
@given(
    filling=st.lists(_short, min_size=1, max_size=25, unique_by=lambda document: document.id),
    text=st.lists(st.sampled_from(("solar", "city", "water", "smart", "roof")), min_size=1, max_size=3),
)
def test_hits_and_their_order_are_those_of_whooshs_own_searcher(filling: list[Document], text: list[str]) -> None:
    with new_engine() as engine:
        fill(engine, *filling[::2])
        fill(engine, *filling[1::2])
        stems = [stem for word in dict.fromkeys(text) for stem in words(word)]
        data = {
            "any": whoosh_query.Or([whoosh_query.Term("text", stem) for stem in stems]),
            "all": whoosh_query.And([whoosh_query.Term("text", stem) for stem in stems]),
        }
        with whooshs_own_index(filling).searcher() as searcher:
            for mode, question in data.items():
                # Whoosh's shortcuts shrink totals, so its searcher is asked to go without them.
                hits = searcher.search(question, limit=None, optimize=False)
                theirs = {hit["id"]: hit.score for hit in hits}
                ours = engine.search(Query(parse(" ".join(text)), mode=mode, limit=100)).hits
                assert dict(ours) == pytest.approx(theirs, rel=1e-4)
                assert [id_ for id_, _ in ours] == sorted(theirs, key=lambda id_: (-dict(ours)[id_], id_))
            if len(stems) > 1:
                phrase = whoosh_query.Phrase("text", stems)
                theirs = {hit["id"]: 0.0 for hit in searcher.search(phrase, limit=None, optimize=False)}
                ours = engine.search(Query(parse(f'"{" ".join(text)}"'), limit=100)).hits
                # Words that repeat in the list are one word for Whoosh's list above, and two in a phrase.
                if len(set(text)) == len(text):
                    assert {id_ for id_, _ in ours} == set(theirs)


def test_an_index_is_there_after_the_process_ends(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "first") as engine:
        fill(engine, titled(1, "Tram"), last_change=7)
    with WhooshEngine.open(tmp_path / "a", "first") as engine:
        assert found(engine, "tram") == [1]
        assert (engine.stats().last_change, engine.search(Query()).generation) == (7, "first")


def test_another_reader_sees_a_commit_when_it_refreshes(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as writer, WhooshEngine.open(tmp_path / "a", "g") as reader:
        writer.index([titled(1, "Tram")])
        assert not reader.refresh()
        writer.commit(3)
        assert found(reader, "tram") == []
        assert reader.refresh()
        assert (found(reader, "tram"), reader.stats().last_change) == ([1], 3)


def test_a_search_under_way_goes_on_with_its_snapshot_though_the_files_are_gone(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as writer, WhooshEngine.open(tmp_path / "a", "g") as reader:
        fill(writer, *(titled(id_, "Line", f"tram stop{id_}") for id_ in range(10)))
        reader.refresh()
        for number in range(20):
            fill(writer, titled(number, "Bus"))
        assert found(reader, '"tram stop3"') == [3]


def test_segments_that_did_not_change_are_not_read_again(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, *(titled(id_, "Tram") for id_ in range(100)))
        before = engine.snapshot.segments
        facets = before[0].facets
        fill(engine, titled(5, "Bus"))
        assert before[0] in engine.snapshot.segments
        assert before[0].facets is facets
        assert [segment.count for segment in engine.snapshot.segments if segment is not before[0]] == [1]
        assert engine.search(Query(parse("tram"))).total == 99


def test_a_second_writer_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as whoosh_engine, WhooshEngine.open(tmp_path / "a", "g") as other:
        whoosh_engine.index([titled(1, "Tram")])
        with pytest.raises(IndexLocked):
            other.index([titled(2, "Bus")])
        whoosh_engine.rollback()
        fill(other, titled(2, "Bus"))
        assert list(other.ids()) == [2]


def test_a_failed_commit_loses_its_writes_and_nothing_else(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, titled(1, "Tram"), last_change=4)
        engine.index([titled(2, "Bus")])
        # A folder stands where the table of contents is to be renamed to, so the commit fails at its very last step.
        blocked = tmp_path / "a" / "_MAIN_2.toc"
        blocked.mkdir()
        (blocked / "in the way").touch()
        with pytest.raises(NameError, match="exists"):
            engine.commit(5)
        (blocked / "in the way").unlink()
        blocked.rmdir()
        engine.refresh()
        assert (list(engine.ids()), engine.stats().last_change) == ([1], 4)
        fill(engine, titled(2, "Bus"), last_change=5)
        assert (list(engine.ids()), engine.stats().last_change) == ([1, 2], 5)


def test_a_process_killed_while_writing_leaves_a_usable_index(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, titled(1, "Tram"), last_change=4)
    program = (
        "import os, signal, sys; from pathlib import Path;"
        "from kb.search.engine_types import Document; from kb.search.index import WhooshEngine;"
        "engine = WhooshEngine.open(Path(sys.argv[1]), 'g'); engine.index([Document(2, 'Bus', 'text')]);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path / "a")], check=False, timeout=30)
    assert ended.returncode == -9
    with WhooshEngine.open(tmp_path / "a", "g") as engine:
        assert (list(engine.ids()), engine.stats().last_change) == ([1], 4)
        fill(engine, titled(3, "Ferry"), last_change=6)
        assert (list(engine.ids()), engine.stats().last_change) == ([1, 3], 6)
    assert not list((tmp_path / "a").glob("*.tmp"))


def test_a_document_that_cannot_be_indexed_stops_nothing_after_a_rollback(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        with pytest.raises(ValueError, match="id"):
            engine.index([titled(1, "Tram"), titled(-1, "Bus")])
        engine.rollback()
        fill(engine, titled(3, "Ferry"))
        assert list(engine.ids()) == [3]


def test_text_with_any_sign_is_indexed(tmp_path: Path) -> None:
    odd = "\x00 \ud800 \x1f ﷺ " + "x" * 5000 + " 🙂 \u0301 a\u0301 half½"
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, Document(1, odd, odd, {"odd\ud800": (odd, "", "plain")}))
        assert found(engine, "x" * 4000) == [1]
        assert engine.search(Query(filters={"odd?": ["plain"]})).total == 1


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexUnreadable):
        WhooshEngine.open(tmp_path, "g")
    with pytest.raises(IndexUnreadable):
        WhooshEngine.open(tmp_path / "missing", "g")


@pytest.mark.parametrize("pattern", ["_MAIN_1.toc", "commit_1.json"])
def test_a_damaged_index_is_told_from_a_sound_one(tmp_path: Path, pattern: str) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, titled(1, "Tram"))
    (tmp_path / "a" / pattern).write_bytes(b"\x00broken")
    with pytest.raises(IndexUnreadable):
        WhooshEngine.open(tmp_path / "a", "g")


def test_an_index_with_a_file_missing_is_refused(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, titled(1, "Tram"))
    next((tmp_path / "a").glob("*.segment")).unlink()
    with pytest.raises(IndexUnreadable):
        WhooshEngine.open(tmp_path / "a", "g")


def test_a_damaged_segment_is_told_from_a_sound_one(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, Document(1, "Tram", "", {"goal": ("11",)}))
        segment = next((tmp_path / "a").glob("*.segment"))
        sound = segment.read_bytes()
        for damaged in (b"", b"\x00" * len(sound), sound[:16] + b"\x00" * (len(sound) - 16), sound[:-1]):
            segment.write_bytes(damaged)
            with pytest.raises(IndexUnreadable):
                WhooshEngine.open(tmp_path / "a", "g")
        # What opening does not read is told when a search comes upon it.
        begin = sound.index(b"tram")
        segment.write_bytes(sound[:begin] + b"bus!" + sound[begin + 4 :])
        with WhooshEngine.open(tmp_path / "a", "g") as damaged_engine, pytest.raises(IndexUnreadable):
            damaged_engine.search(Query(parse("tram")))


def test_a_segment_that_is_cut_off_while_it_is_open_is_an_error_and_no_crash(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, titled(1, "Tram"))
        engine.warm()
        segment = next((tmp_path / "a").glob("*.segment"))
        segment.write_bytes(segment.read_bytes()[:64])
        with pytest.raises(IndexUnreadable):
            engine.search(Query(parse("tram")))


def test_searches_under_way_end_well_when_the_engine_closes(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, titled(1, "Tram"))
        under_way = engine.snapshot
    assert under_way.word("tram").rows.tolist() == [0]
    assert engine.search(Query(parse("tram"))).total == 0


def test_a_mostly_deleted_segment_is_rewritten(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, *(titled(id_, "Tram") for id_ in range(100)))
        large = engine.snapshot.segments[0]
        engine.delete(range(10))
        engine.commit(2)
        engine.refresh()
        assert engine.snapshot.segments == (large,)
        engine.delete(range(60))
        engine.commit(3)
        engine.refresh()
        assert large not in engine.snapshot.segments
        assert list(engine.ids()) == list(range(60, 100))


def test_an_index_of_another_format_is_refused(tmp_path: Path) -> None:
    with WhooshEngine.create(tmp_path / "a", "g"):
        state = json.loads((tmp_path / "a" / "commit_0.json").read_text())
        (tmp_path / "a" / "commit_0.json").write_text(json.dumps(state | {"format": -1}))
    with pytest.raises(IndexUnreadable, match="format"):
        WhooshEngine.open(tmp_path / "a", "g")


def test_an_index_is_never_made_over_another(tmp_path: Path) -> None:
    WhooshEngine.create(tmp_path / "a", "g").close()
    with pytest.raises(FileExistsError):
        WhooshEngine.create(tmp_path / "a", "g")


def test_threads_search_while_another_writes_and_refreshes(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    done = threading.Event()
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, *(Document(id_, "Tram line", f"stop{id_} city", {"goal": (str(id_ % 3),)}) for id_ in range(60)))

        def search() -> None:
            while not done.is_set():
                try:
                    result = engine.search(Query(parse('"tram line" st*'), facets=("goal",)))
                    assert result.total == 60
                    assert sum(result.facets["goal"].values()) == 60
                except BaseException as error:  # noqa: BLE001 - whatever happens in a thread is to fail the test
                    failures.append(error)
                    return

        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(15):
            fill(engine, Document(number, "Tram line", f"stop{number} new", {"goal": (str(number % 3),)}))
        done.set()
        for thread in threads:
            thread.join()
    assert not failures


def test_open_files_are_let_go(tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    for _ in range(3):
        with (
            WhooshEngine.open(tmp_path / "a", "g")
            if (tmp_path / "a").exists()
            else WhooshEngine.create(tmp_path / "a", "g") as engine
        ):
            for number in range(5):
                fill(engine, titled(number, "Tram"))
    assert len(list(descriptors.iterdir())) <= before + 1


def test_a_large_run_is_written_in_several_segments_and_comes_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.search.index.index_writer.MOST_POSTINGS", 20)
    filling = [Document(id_, f"Line {id_ % 7}", "tram city " * (id_ % 3), {"goal": ("1",)}) for id_ in range(40)]
    with WhooshEngine.create(tmp_path / "a", "g") as engine:
        fill(engine, *filling)
        assert dict(engine.search(Query(parse("tram line"), mode="any", limit=50)).hits) == pytest.approx(
            BruteForce(filling).scores(["tram", "line"]), rel=1e-4
        )
        assert engine.search(Query(parse('"tram city"'))).total == sum(id_ % 3 > 0 for id_ in range(40))
