"""Addresses of searches: whatever they hold, a question comes out."""

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from kb.search.answers import FACETS
from kb.web.schemas import LAST_PAGE, SORTS, SearchSchema

_names = st.sampled_from([*FACETS, "q", "sort", "page", "unheard-of"])


def _read(*pairs: tuple[str, str]):
    return SearchSchema().load(MultiDict(pairs))


def test_repeated_names_are_several_values_each_once() -> None:
    question = _read(("q", " flood "), ("goal", "11"), ("goal", "13"), ("goal", "11"), ("kind", ""))
    assert question.text == "flood"
    assert question.chosen == {"goal": ("11", "13")}


def test_what_makes_no_sense_falls_back() -> None:
    for page, read in (("0", 1), ("-3", 1), ("two", 1), ("3", 3), ("٣", 1), ("9" * 5000, LAST_PAGE)):
        assert _read(("page", page)).page == read
    assert _read(("sort", "sideways")).sort == "relevance"
    assert _read(("sort", "newest")).sort == "newest"


@given(st.lists(st.tuples(_names, st.text(max_size=200)), max_size=40))
def test_no_address_is_an_error_and_nothing_unstorable_comes_through(pairs: list[tuple[str, str]]) -> None:
    question = _read(*pairs)
    assert "\0" not in question.text
    assert question.sort in SORTS
    assert 1 <= question.page <= LAST_PAGE
    assert set(question.chosen) <= set(FACETS)
    assert all(values and "\0" not in "".join(values) for values in question.chosen.values())
