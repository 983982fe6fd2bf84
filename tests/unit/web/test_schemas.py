"""Addresses of searches, of the map and of lists: whatever they hold, something to show comes out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from kb.search.facets import FILTERS
from kb.search.results import SearchQuery
from kb.web.catalogue.schemas import CitiesSchema, MapFilter, MapQuery, MapSchema
from kb.web.core.query_schemas import LAST_PAGE, LONGEST_VALUE, VALUES_OF_A_NAME, QuerySchema, RefusedValues
from kb.web.core.search_schema import LONGEST_QUESTION, SORTS, SearchSchema
from kb.web.search.views import SuggestSchema

_names = st.sampled_from([*FILTERS, "q", "sort", "page", "area", "unheard-of"])
_addresses = st.lists(st.tuples(_names, st.text(max_size=200)), max_size=40)


def _read(schema: type[QuerySchema], *pairs: tuple[str, str]) -> tuple[Any, RefusedValues]:
    return schema().read(MultiDict(pairs))


def _question(*pairs: tuple[str, str]) -> SearchQuery:
    return _read(SearchSchema, *pairs)[0]


def test_repeated_names_are_several_values_each_once() -> None:
    question = _question(("q", " flood "), ("goal", "11"), ("goal", "13"), ("goal", "11"), ("kind", ""))
    assert question.text == "flood"
    assert question.chosen == {"goal": ("11", "13")}


def test_what_makes_no_sense_falls_back_and_is_said() -> None:
    for page in ("0", "-3", "two", "1e9"):
        question, refused = _read(SearchSchema, ("page", page))
        assert (question.page, refused) == (1, (("page", page),))
    question, refused = _read(SearchSchema, ("q", "flood"), ("sort", "sideways"), ("page", "2"))
    assert (question.text, question.sort, question.page) == ("flood", "relevance", 2)
    assert refused == (("sort", "sideways"),)
    assert _question(("sort", "newest")).sort == "newest"


def test_what_is_left_empty_is_not_given() -> None:
    assert _read(SearchSchema, ("q", ""), ("sort", ""), ("page", " "), ("goal", "")) == (SearchQuery(), ())
    assert _read(MapSchema, ("goal", ""), ("stage", "")) == (MapQuery(MapFilter()), ())


def test_what_is_too_long_is_cut() -> None:
    question = _question(("q", "x" * 50_000), ("goal", "1" * 5000), *(("region", str(n)) for n in range(300)))
    assert len(question.text) == LONGEST_QUESTION
    assert question.chosen["goal"] == ("1" * LONGEST_VALUE,)
    assert len(question.chosen["region"]) == VALUES_OF_A_NAME
    assert _question(("page", "9" * 5000)).page == LAST_PAGE
    assert len(_read(SuggestSchema, ("q", "x" * 5000))[0]["q"]) == LONGEST_VALUE


def test_a_map_is_asked_for_by_a_goals_number() -> None:
    assert _read(MapSchema, ("goal", "11"), ("area", "asia")) == (MapQuery(MapFilter(goal=11, area="asia")), ())
    strange = [("goal", "99"), ("stage", "\0"), ("area", "atlantis"), ("challenge", "heat")]
    asked, refused = _read(MapSchema, *strange)
    assert asked == MapQuery(MapFilter(challenge="heat"))
    assert dict(refused) == {"goal": "99", "stage": "\0", "area": "atlantis"}


@given(_addresses)
def test_no_address_is_an_error_and_nothing_unstorable_comes_through(pairs: list[tuple[str, str]]) -> None:
    question = _question(*pairs)
    assert "\0" not in question.text
    assert question.sort in SORTS
    assert 1 <= question.page <= LAST_PAGE
    assert set(question.chosen) <= set(FILTERS)
    assert all(values and "\0" not in "".join(values) for values in question.chosen.values())
    asked = _read(MapSchema, *pairs)[0].map_filter
    assert asked.goal is None or 1 <= asked.goal <= 17
    assert "\0" not in (asked.challenge or "")
    assert _read(CitiesSchema, *pairs)[0]["page"] >= 1
