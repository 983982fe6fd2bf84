"""What a person may type is cleaned or told in plain words, and never lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.catalogue.entries import schema_of
from kb.core.column_types import now
from kb.editorial.errors import Invalid
from kb.editorial.validation import blank, load, validate
from tests.factories import make_city, make_leader, make_place

from .editorial_factories import initiative_data

pytestmark = pytest.mark.one_database


def said(session: Session, kind: str = "initiative", **fields: Any) -> dict[str, list[str]]:
    return {
        path: [str(message) for message in messages]
        for path, messages in validate(session, kind, fields).errors.items()
    }


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Made-up\t tram \u200b", "Made-up tram"),
        ("Made-up\0 tr\u202eam", "Made-up tram"),
        ("Bogota\u0301", "Bogotá"),
        ("\ud800Made-up", "Made-up"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (" \n ", None),
    ],
)
def test_a_title_is_cleaned_of_what_nobody_sees(session: Session, typed: str, kept: str | None) -> None:
    assert validate(session, "initiative", {"title": typed}).data["title"] == kept


def test_long_text_keeps_its_lines(session: Session) -> None:
    typed = "First.  \r\n\r\nSecond.\u00a0"
    assert validate(session, "initiative", {"problem": typed}).data["problem"] == "First.\n\nSecond."


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("start_year", "2015", 2015),
        ("start_year", "1800", 1800),
        ("start_year", str(now().year + 50), now().year + 50),
        ("cost_amount", "1,200,000", 1_200_000),
        ("cost_amount", "1\u202f200\u202f000", 1_200_000),
        ("cost_amount", 12.0, 12),
        ("cost_currency", "usd", "USD"),
        ("language", "pt_br", "pt-BR"),
        ("language", " bangla ", "bn"),
        ("language", "Norwegian Bokmål", "nb"),
        ("cost_is_citys_own", "no", False),
        ("evidence_level", "", None),
        ("stage", " pilot ", "pilot"),
        ("funding", ["ppp", "bond", "ppp"], ["bond", "ppp"]),
        ("challenges", ["heat", "flooding", "heat"], ["flooding", "heat"]),
        (
            "sources",
            [{"url": "www.example.org/a"}],
            [{"url": "https://www.example.org/a", "title": None, "seen_on": None}],
        ),
    ],
)
def test_what_is_typed_in_another_way_is_understood(session: Session, field: str, typed: Any, kept: Any) -> None:
    checked = validate(session, "initiative", {field: typed})
    assert field not in checked.errors
    assert sorted(checked.data[field]) == sorted(kept) if isinstance(kept, list) else checked.data[field] == kept


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("start_year", "soon", "soon is not a year. Write four figures, such as 2019."),
        ("start_year", 1799, "not from 1800"),
        ("start_year", True, "not a year"),
        ("cost_amount", "1,5", "not a whole number. Write it in figures, such as 1,200,000."),
        ("cost_amount", -1, "not from"),
        ("language", "klingonese", "klingonese is not the English name or the code of a language"),
        ("cost_currency", "XXQ", "not the code of a currency"),
        ("stage", "flying", "flying is not one of the choices."),
        ("title", "t" * 301, "301 characters. At most 300"),
        ("title", 5, "should be text"),
        ("challenges", ["flooding", "dragons"], "There is no challenge called dragons."),
        ("cities", ["place:1"], "There is no city here called place:1."),
        ("leader", "nobody", "There is no leader here called nobody."),
        ("goals", [{"goal": 18}], "not from"),
        ("targets", [{"target": "99.z"}], "There is no target 99.z."),
        ("sources", [{"url": "javascript:alert(1)"}], "should begin with https://"),
        ("sources", [{"url": "https://user:word@example.org/"}], "should begin with https://"),
        ("sources", [{"url": "https://example.org/", "seen_on": "2099-01-01"}], "is in the future"),
        ("sources", [{"url": "https://example.org/", "seen_on": "yesterday"}], "is not a day"),
        (
            "outcomes",
            [{"measure": "x", "value": "many"}],
            "many is not a number. Write figures, with a point before decimals, such as 12.5.",
        ),
        ("outcomes", [{"measure": "x", "value": float("inf")}], "is not a number."),
    ],
)
def test_what_cannot_be_is_told_in_words_at_its_field(session: Session, field: str, typed: Any, words: str) -> None:
    errors = said(session, **{field: typed})
    assert errors.keys() == {path for path in errors if path.split(".")[0] == field}
    assert any(words in sentence for sentences in errors.values() for sentence in sentences), errors


@pytest.mark.parametrize(
    "sent",
    [
        {"colour": "red"},
        {"colour": None},
        {"partners": [{"name": "x", "colour": "red"}]},
        {"partners": ["Acme"]},
        {"partners": "Acme"},
        {"goals": "11"},
        {"stage": ["pilot"]},
        {"title": {}},
        {"challenges": [["heat"]]},
        {"title": object()},
        {"title": "t" * 1_000_001},
    ],
)
def test_what_no_form_sends_is_refused_even_in_a_draft(session: Session, sent: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        validate(session, "initiative", sent)


def test_what_is_wrong_is_kept_as_it_was_typed_and_the_rest_is_cleaned(session: Session) -> None:
    sent = {
        "title": "  Made-up  ",
        "start_year": "20",
        "challenges": ["dragons"],
        "sources": [{}, {"url": "example.org", "title": " T "}],
    }
    data = validate(session, "initiative", sent).data
    assert data["start_year"] == "20"
    assert data["challenges"] == ["dragons"]
    assert data["sources"] == [{"url": "example.org", "title": "T", "seen_on": None}]
    assert data["title"] == "Made-up"


def test_what_publishing_needs_is_said_field_by_field(session: Session) -> None:
    checked = validate(session, "initiative", {"partners": [{"name": None, "role": "lead"}]})
    assert checked.errors == {}
    needed = {"title", "cities", "summary", "stage", "challenges", "goals", "sources", "partners.0.name"}
    assert checked.missing.keys() == needed
    assert load(session, "initiative", {}, "draft") == blank("initiative")
    with pytest.raises(Invalid):
        load(session, "initiative", {})
    assert validate(session, "initiative", initiative_data(session)).problems == {}


def test_a_cost_needs_its_currency(session: Session) -> None:
    assert said(session, cost_amount=5) == {"cost_currency": ["Choose the currency of the cost."]}


def test_nothing_ends_before_it_began(session: Session) -> None:
    late = "2010 is before 2020."
    assert said(session, start_year=2020, end_year=2010) == {"end_year": [late]}
    assert said(session, "vision", adopted_year=2020, horizon_year=2010) == {"horizon_year": [late]}
    terms = [{"start_year": 2021, "end_year": 2021}, {"start_year": 2020, "end_year": 2010}]
    assert said(session, "leader", terms=terms) == {"terms.1.end_year": [late]}
    assert said(session, start_year="soon", end_year=2010).keys() == {"start_year"}


def test_a_place_with_a_page_is_written_as_the_page(session: Session) -> None:
    city, place = make_city(session), make_place(session)
    data = validate(session, "initiative", {"cities": [f"place:{city.place_id}", city.slug, f"place:{place.id}"]}).data
    assert data["cities"] == [city.slug, f"place:{place.id}"]


def test_a_place_gets_one_page_only(session: Session) -> None:
    city = make_city(session)
    errors = said(session, "city", name="Made-up", place=city.place_id)
    assert errors == {"place": [f"This place already has a page: {city.name}."]}
    assert validate(session, "city", {"name": "Made-up", "place": city.place_id}, city).errors == {}


def test_terms_of_office_stand_with_the_latest_first(session: Session) -> None:
    city = make_city(session)
    make_leader(session, city=city)
    terms = [{"city": city.slug, "title": "Mayor", "start_year": year} for year in (None, 2001, 2020)]
    data = validate(session, "leader", {"name": "Made-up", "terms": terms}).data
    assert [term["start_year"] for term in data["terms"]] == [2020, 2001, None]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", ["initiative", "city", "leader", "vision", "challenge", "technology"])
@given(data=st.data())
def test_whatever_is_sent_is_read_or_refused_and_reading_again_changes_nothing(
    sqlite_database: Any, kind: str, data: st.DataObject
) -> None:
    sent = {name: data.draw(JUNK) for name in data.draw(st.lists(st.sampled_from(list(schema_of(kind).fields))))}
    with sqlite_database.reading() as session:
        try:
            checked = validate(session, kind, sent)
        except Invalid:
            return
        again = validate(session, kind, checked.data)
        assert again.data == checked.data
        assert again.errors.keys() == checked.errors.keys()


def test_a_blank_in_a_list_of_which_something_is_wrong_is_left_out_at_once(sqlite_database: Any) -> None:
    with sqlite_database.reading() as session:
        assert validate(session, "challenge", {"aims": [False, " \u200b"]}).data["aims"] == [False]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" floods ,waterlogging,, floods ,", "floods, waterlogging"),
        (", ,\u200b;", None),
        ("مدن، حارة؛ قيظ", "مدن, حارة, قيظ"),
        ("内涝、洪水，水浸", "内涝, 洪水, 水浸"),
        ("storm  water\nfloods\r\n", "storm water, floods"),
    ],
)
def test_other_words_for_a_term_have_commas_between_them(sqlite_database: Any, typed: str, kept: str | None) -> None:
    with sqlite_database.reading() as session:
        checked = validate(session, "technology", {"synonyms": typed})
        assert checked.data["synonyms"] == kept
        assert "synonyms" not in checked.errors


def test_signs_that_cannot_be_seen_say_nothing(sqlite_database: Any) -> None:
    with sqlite_database.reading() as session:
        checked = validate(session, "technology", {"code": "\x1b", "label": "\u200b"})
    assert (checked.data["code"], checked.data["label"], checked.errors) == (None, None, {})


def test_a_number_without_an_end_is_read_as_the_word_for_it_both_times(sqlite_database: Any) -> None:
    with sqlite_database.reading() as session:
        checked = validate(session, "technology", {"code": float("inf")})
        again = validate(session, "technology", checked.data)
    assert (again.data, again.errors) == (checked.data, checked.errors)
