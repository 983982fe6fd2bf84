"""The tests that any search engine passes: a test class inherits them and says how to make an engine."""

import random
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.search.engine_types import Document, Engine, Query
from kb.search.parsing import parse
from tests.sampling import examples

from .brute_force import BruteForce

_WORDS = (
    "solar", "solarium", "roof", "roofs", "city", "cities", "smart", "the", "of", "and", "Bogotá", "bogota", "water",
    "waters", "waste", "11.2", "5", "smart-city", "東京都", "서울시", "e-Government", "Straße",
)  # fmt: skip
_TYPED = (
    *_WORDS,
    "OR",
    "-roof",
    '"solar roof"',
    '"city of water"',
    "wa*",
    "so*",
    '"the',
    "-",
    "nowhere",
    '-"smart city"',
)
_FIELDS = ("goal", "region", "stage")

texts = st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join)
facet_values = st.lists(st.sampled_from("abcd"), max_size=2, unique=True).map(tuple)
documents = st.builds(
    Document,
    id=st.integers(0, 12) | st.just(2**63 - 1),
    title=st.lists(st.sampled_from(_WORDS), max_size=3).map(" ".join),
    text=texts,
    facets=st.dictionaries(st.sampled_from(_FIELDS), facet_values, max_size=3),
    newest=st.none() | st.integers(0, 3) | st.just(-5),
    evidence=st.none() | st.integers(0, 5),
    cities=st.lists(st.integers(1, 4), max_size=2, unique=True).map(tuple),
)
queries = st.builds(
    Query,
    parsed=st.lists(st.sampled_from(_TYPED), max_size=6).map(" ".join).map(parse),
    mode=st.sampled_from(("auto", "all", "any")),
    filters=st.dictionaries(st.sampled_from(_FIELDS), st.lists(st.sampled_from("abcx"), max_size=2), max_size=2)
    | st.fixed_dictionaries(
        {"city": st.lists(st.sampled_from("1259"), max_size=2)},
        optional={"goal": st.just(["a"]), "stage": st.just(["b"])},
    ),
    facets=st.just((*_FIELDS, "unheard-of")),
    sort=st.sampled_from(("relevance", "newest", "evidence", "title")),
    offset=st.integers(0, 4) | st.just(10**9),
    limit=st.none() | st.integers(0, 4),
)
batches = st.lists(
    st.tuples(st.lists(documents, max_size=6), st.lists(st.integers(0, 12), max_size=2), st.booleans()), max_size=5
)


def agrees(engine: Engine, model: BruteForce, query: Query) -> None:
    """Hold one answer, and every page of it, against brute force."""
    expected = model.answer(query)
    whole = engine.search(replace(query, offset=0, limit=10_000))
    ids = [id_ for id_, _ in whole.hits]
    assert whole.total == expected.total
    assert sorted(ids) == sorted(expected.ids)
    assert whole.mode == expected.mode
    assert whole.facets == expected.facets
    if query.sort == "relevance":
        assert whole.hits == sorted(whole.hits, key=lambda hit: (-hit[1], hit[0]))
    else:
        assert ids == expected.ids
    page = engine.search(query)
    assert page.total == whole.total
    assert page.facets == whole.facets
    assert page.hits == whole.hits[query.offset :][: query.limit]


def titled(id_: int, title: str, text: str = "") -> Document:
    return Document(id_, title, text)


class EngineContract:
    """Inherit from this, and define `new_engine`."""

    def new_engine(self) -> AbstractContextManager[Engine]:
        """An empty engine, taken away with all it wrote when the block ends."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self) -> Iterable[Engine]:
        with self.new_engine() as engine:
            yield engine

    def fill(self, engine: Engine, *filling: Document) -> None:
        engine.index(filling)
        engine.commit(1)
        engine.refresh()

    def found(self, engine: Engine, text: str, **options: object) -> list[int]:
        return [id_ for id_, _ in engine.search(Query(parse(text), **options)).hits]

    @settings(max_examples=examples(60))
    @given(history=batches, asked=st.lists(queries, min_size=3, max_size=8))
    def test_any_history_and_any_query_agree_with_brute_force(
        self, history: list[tuple[list[Document], list[int], bool]], asked: list[Query]
    ) -> None:
        with self.new_engine() as engine:
            model = BruteForce()
            for number, (added, deleted, kept) in enumerate(history, start=1):
                engine.index(added)
                engine.delete(deleted)
                if not kept:
                    engine.rollback()
                    continue
                engine.commit(number)
                model.documents |= {document.id: document for document in added}
                for id_ in deleted:
                    model.documents.pop(id_, None)
            engine.refresh()
            assert list(engine.ids()) == sorted(model.documents)
            assert dict(engine.digests()) == {id_: document.digest for id_, document in model.documents.items()}
            assert engine.stats().documents == len(model.documents)
            for query in asked:
                agrees(engine, model, query)

    def test_a_researcher_finds_bogota_without_the_accent(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Bogotá"), titled(2, "Bogor"))
        assert self.found(engine, "bogota") == self.found(engine, "BOGOTÁ") == [1]

    def test_an_official_finds_other_forms_of_a_word(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Flooded streets"), titled(2, "Street lighting"))
        assert self.found(engine, "flooding") == [1]
        assert self.found(engine, "street") == [1, 2]

    @pytest.mark.parametrize(
        ("written", "typed"),
        [("東京都庁の計画", "東京"), ("서울시에서 시작한", "서울"), ("مدينة ذكية", "ذكية"), ("умный город", "ГОРОД")],
    )
    def test_a_city_is_found_in_its_own_script(self, engine: Engine, written: str, typed: str) -> None:
        self.fill(engine, titled(1, "Plan", written), titled(2, "Plan", "in English"))
        assert self.found(engine, typed) == [1]

    def test_signs_of_a_script_without_spaces_must_stand_together(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "京の東"), titled(2, "東京"))
        assert self.found(engine, "東京") == [2]

    def test_a_phrase_keeps_the_place_of_its_stop_words(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "state of the art"), titled(2, "state art"), titled(3, "state of art"))
        assert self.found(engine, '"state of the art"') == [1]
        assert self.found(engine, '"state art"') == [2]

    def test_a_phrase_does_not_run_from_the_title_into_the_text(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Smart", "city of water"), titled(2, "Other", "a smart city"))
        assert self.found(engine, '"smart city"') == [2]

    def test_a_wide_prefix_finds_every_word_it_begins(self, engine: Engine) -> None:
        self.fill(engine, *(titled(id_, f"mobi{id_:04}x") for id_ in range(2000)))
        result = engine.search(Query(parse("mo*"), limit=3))
        assert (result.total, [id_ for id_, _ in result.hits]) == (2000, [0, 1, 2])

    def test_an_update_replaces_what_was_there(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Tram"), titled(2, "Bus"))
        self.fill(engine, titled(1, "Ferry"))
        assert (self.found(engine, "tram"), self.found(engine, "ferry")) == ([], [1])
        assert engine.search(Query()).total == 2

    def test_the_last_of_several_writes_before_a_commit_counts(self, engine: Engine) -> None:
        engine.index([titled(1, "Tram"), titled(1, "Bus"), titled(2, "Ferry")])
        engine.delete([2])
        engine.index([titled(3, "Metro")])
        engine.delete([3])
        engine.index([titled(3, "Cable car")])
        engine.commit(1)
        engine.refresh()
        assert list(engine.ids()) == [1, 3]
        assert (self.found(engine, "tram"), self.found(engine, "metro"), self.found(engine, "cable")) == ([], [], [3])

    def test_nothing_is_seen_before_commit_and_refresh(self, engine: Engine) -> None:
        engine.index([titled(1, "Tram")])
        assert not engine.refresh()
        assert self.found(engine, "tram") == []
        engine.commit(1)
        assert self.found(engine, "tram") == []
        assert engine.refresh()
        assert self.found(engine, "tram") == [1]
        assert not engine.refresh()

    def test_what_was_rolled_back_is_not_in_a_later_commit(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Tram"))
        engine.index([titled(2, "Bus")])
        engine.delete([1])
        engine.rollback()
        engine.commit(5)
        engine.refresh()
        assert list(engine.ids()) == [1]
        assert engine.stats().last_change == 5

    def test_the_last_change_comes_with_its_commit(self, engine: Engine) -> None:
        assert engine.stats().last_change == 0
        engine.index([titled(1, "Tram")])
        engine.commit(41)
        assert engine.stats().last_change == 0
        engine.refresh()
        assert engine.stats().last_change == 41

    def test_a_filter_without_values_or_with_unknown_ones_finds_nothing(self, engine: Engine) -> None:
        self.fill(engine, Document(1, "Tram", "", {"goal": ("11",)}))
        for filters in ({"goal": []}, {"goal": ["99"]}, {"unheard-of": ["11"]}, {"goal": ["11"], "region": []}):
            assert engine.search(Query(parse("tram"), filters=filters)).total == 0
            assert engine.search(Query(filters=filters)).total == 0
        assert engine.search(Query(filters={"goal": ["11", "99"]})).total == 1

    def test_a_facet_counts_what_choosing_another_value_would_find(self, engine: Engine) -> None:
        self.fill(
            engine,
            Document(1, "Tram", "", {"goal": ("11", "13"), "region": ("africa",)}),
            Document(2, "Tram", "", {"goal": ("11",), "region": ("asia",)}),
            Document(3, "Bus", "", {"goal": ("9",), "region": ("asia",)}),
        )
        result = engine.search(Query(parse("tram"), filters={"region": ["asia"]}, facets=("goal", "region")))
        assert result.total == 1
        assert result.facets == {"goal": {"11": 1}, "region": {"africa": 1, "asia": 1}}

    @pytest.mark.parametrize("limit", [0, 1, 7, 500])
    def test_the_total_does_not_depend_on_the_limit(self, engine: Engine, limit: int) -> None:
        self.fill(engine, *(titled(id_, "Tram line", "tram " * (id_ % 5)) for id_ in range(300)))
        assert engine.search(Query(parse("tram line"), limit=limit)).total == 300

    def test_a_page_beyond_the_end_is_empty(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Tram"))
        result = engine.search(Query(parse("tram"), offset=10**9))
        assert (result.total, result.hits) == (1, [])

    def test_documents_that_match_as_well_come_by_id_whatever_the_order_of_writing(self, engine: Engine) -> None:
        for ids in ([9, 3], [7, 1], [5, 2**62]):
            self.fill(engine, *(titled(id_, "Tram") for id_ in ids))
        assert self.found(engine, "tram") == self.found(engine, "") == [1, 3, 5, 7, 9, 2**62]
        assert self.found(engine, "tram", limit=2) == [1, 3]
        assert self.found(engine, "tram", offset=2, limit=2) == [5, 7]

    def test_unknown_dates_and_levels_of_evidence_come_last(self, engine: Engine) -> None:
        self.fill(
            engine,
            Document(1, "b", ""),
            Document(2, "Ä", "", newest=-3, evidence=0),
            Document(3, "c", "", newest=9, evidence=5),
        )
        assert self.found(engine, "", sort="newest") == self.found(engine, "", sort="evidence") == [3, 2, 1]
        assert self.found(engine, "", sort="title") == [2, 1, 3]

    def test_titles_stand_as_readers_look_for_them(self, engine: Engine) -> None:
        titles = [
            "10 squares",
            "9 squares",
            "“Smart” city",
            "Smart water",
            "Łódź moves",
            "Lund moves",
            "Of rain",
            "Çorum",
        ]
        self.fill(engine, *(titled(number, title) for number, title in enumerate(titles)))
        found = [titles[number] for number in self.found(engine, "", sort="title")]
        assert found == [
            "9 squares", "10 squares", "Çorum", "Łódź moves", "Lund moves", "Of rain", "“Smart” city", "Smart water",
        ]  # fmt: skip

    def test_exclusions_alone_find_everything_else(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Tram"), titled(2, "Bus"), titled(3, "Bus and tram"))
        assert self.found(engine, "-tram") == [2]
        assert self.found(engine, 'bus -"bus and tram"') == [2]

    def test_a_title_that_is_exactly_so_comes_first(self, engine: Engine) -> None:
        self.fill(
            engine, titled(1, "Nice nice", "nice nice"), titled(2, "Plan", "nice"), titled(3, "Nice", "a city " * 9)
        )
        assert self.found(engine, "nice")[0] == 3
        assert self.found(engine, '"nice"')[0] == 3
        assert self.found(engine, "nice -city") == [1, 2]

    def test_stop_words_alone_find_the_title_that_they_are_and_nothing_else(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "Of", "a city"), titled(2, "State of the art"))
        assert self.found(engine, "of") == self.found(engine, "OF") == [1]
        for typed in ("the", '""', "-", "of the"):
            assert engine.search(Query(parse(typed))).total == 0
        assert self.found(engine, "") == [1, 2]

    def test_among_some_documents_only_those_are_found_and_words_mean_what_they_do_elsewhere(
        self, engine: Engine
    ) -> None:
        self.fill(engine, titled(1, "Solar roof"), titled(2, "Solar tram"), titled(3, "Tram line"), titled(4, "Roof"))
        assert self.found(engine, "solar", among=(2, 3, 99)) == [2]
        assert self.found(engine, "solar roof", among=(2, 4)) == [], "another has both words, so both must be there"
        assert self.found(engine, "", among=(3, 1)) == [1, 3]
        assert self.found(engine, "-solar", among=(1, 3)) == [3]
        assert self.found(engine, "solar", among=()) == []

    def test_few_words_must_all_match_and_many_may(self, engine: Engine) -> None:
        self.fill(engine, titled(1, "solar roof"), titled(2, "solar"), titled(3, "wind"))
        assert self.found(engine, "solar roof") == [1]
        loosened = engine.search(Query(parse("solar harbour")))
        assert ([id_ for id_, _ in loosened.hits], loosened.mode) == ([2, 1], "any")
        assert self.found(engine, "solar harbour", mode="all") == []
        assert set(self.found(engine, "solar wind roof harbour")) == {1, 2, 3}

    def test_a_phrase_in_a_sentence_is_wanted_and_in_a_few_words_required(self, engine: Engine) -> None:
        self.fill(
            engine,
            titled(1, "Trams", "trams and solar power on farms"),
            titled(2, "Trams", "trams and a farm of solar power"),
            titled(3, "Trams", "trams and a farm of wind"),
        )
        pasted = 'Do trams run on "solar power on farms" or on "power of the sun", as they say in Kassel?'
        assert self.found(engine, pasted) == [1, 2, 3], "with the phrase, with its words, without"
        assert self.found(engine, 'trams "solar power on farms"') == [1]
        assert self.found(engine, 'trams "power of the sun"') == []
        assert self.found(engine, pasted, mode="all") == []

    def test_a_sentence_is_ranked_by_its_rare_words_and_by_titles(self, engine: Engine) -> None:
        common = [titled(id_, f"Plan {id_}", "a city with a project for people") for id_ in range(10, 60)]
        self.fill(
            engine,
            *common,
            titled(1, "Plan 1", "a project for people with a project in a city of people, a city project"),
            titled(2, "Plan 2", "composting"),
            titled(3, "Composting", "a large plan"),
        )
        found = self.found(engine, "Which project of a city helps people with composting?")
        assert found[:3] == [3, 2, 1]

    def test_a_filter_never_changes_what_the_words_mean(self, engine: Engine) -> None:
        self.fill(
            engine,
            titled(1, "solar roof"),
            Document(2, "solar", "", {"goal": ("7",)}),
            Document(3, "x", "", {"goal": ()}),
        )
        result = engine.search(Query(parse("solar roof"), filters={"goal": ["7"]}))
        assert (result.total, result.mode) == (0, "all")

    def test_many_small_commits_and_deletions_keep_every_document(self, engine: Engine) -> None:
        model = BruteForce()
        for number in range(120):
            document = Document(number % 75, f"Line {number}", "tram " * (number % 4), {"goal": (str(number % 3),)})
            engine.index([document])
            model.documents[document.id] = document
            if number % 10 == 9:
                engine.delete([number % 75 - 5])
                model.documents.pop(number % 75 - 5, None)
            engine.commit(number)
        engine.refresh()
        assert engine.stats().segments < 12
        for text in ("tram", "line", "", "-tram", '"tram tram"'):
            agrees(engine, model, Query(parse(text), facets=("goal",), filters={"goal": ["1"]}))

    def test_a_catalogue_of_thousands_agrees_with_brute_force(self, engine: Engine) -> None:
        chance = random.Random(11)  # noqa: S311 - a catalogue made up, the same at every run
        model = BruteForce()
        vocabulary = [f"w{number}" for number in range(400)]
        weights = [1 / (number + 1) for number in range(400)]
        for last_change, size in enumerate((2000, 300, 40, 1), start=1):
            batch = [
                Document(
                    chance.randrange(2500),
                    chance.choice(vocabulary),
                    " ".join(chance.choices(vocabulary, weights, k=20)),
                    {"goal": tuple({chance.choice("abc") for _ in range(2)}), "city": (str(chance.randrange(500)),)},
                    newest=chance.choice((None, 1, 2, 3)),
                )
                for _ in range(size)
            ]
            engine.index(batch)
            model.documents |= {document.id: document for document in batch}
            gone = [chance.randrange(2500) for _ in range(size // 10)]
            engine.delete(gone)
            for id_ in gone:
                model.documents.pop(id_, None)
            engine.commit(last_change)
        engine.refresh()
        texts = "w0", "w0 w399", "w0 w1 w2", "w3 OR w300 w0", '"w0 w1"', "w39*", "w0 -w1", "", "w9 w8 w7 w6 w399"
        for text in texts:
            for filters in ({}, {"goal": ["a"]}, {"goal": ["b", "c"], "city": ["7", "8", "9"]}):
                for sort, offset in (("relevance", 0), ("newest", 30)):
                    agrees(engine, model, Query(parse(text), "auto", filters, ("goal", "city"), sort, offset))

    def test_an_empty_index_answers_everything(self, engine: Engine) -> None:
        for text in ("", "tram", '"a tram"', "tr*", "-tram"):
            for sort in ("relevance", "newest", "title"):
                result = engine.search(Query(parse(text), sort=sort, filters={"goal": ["1"]}, facets=("goal",)))
                assert (result.total, result.hits, result.facets) == (0, [], {"goal": {}})
