"""The search page in all its states; no address of it is an error."""

import html
import json
import re
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from .page_readers import words_of


def _search(visitor: FlaskClient, *pairs: tuple[str, str]) -> str:
    page = visitor.get(f"/search?{urlencode(pairs)}")
    assert page.status_code == 200
    return page.text


def test_an_official_searches_and_narrows_down(visitor: FlaskClient) -> None:
    text = _search(visitor, ("q", "flood early warning"), ("income", "lower-middle"))
    assert "/initiatives/surat-end-to-end-flood-early-warning-system" in text
    assert "<mark>flood</mark>" in text
    assert re.search(r'name="income"\s+value="lower-middle"[^>]*\schecked', text)
    assert "Income of the country: Lower-middle income" in words_of(text)
    assert 'href="/search?q=flood+early+warning"' in text  # the chip that removes the filter


def test_a_link_beside_the_count_leads_to_what_can_be_done_with_the_results(visitor: FlaskClient) -> None:
    page = visitor.get("/search?q=flood").text
    link, results, row = 'href="#results-actions"', 'class="result-list"', 'id="results-actions"'
    assert page.index(link) < page.index(results) < page.index(row)
    assert "#results-actions" not in visitor.get("/search?q=qzxqzx").text, "where nothing is found"


@pytest.mark.parametrize(
    ("typed", "cited"),
    [('"early warning"', "“early warning”"), ('"early warning" flood', '“"early warning" flood”')],
)
def test_a_phrase_is_cited_in_one_pair_of_quotation_marks(visitor: FlaskClient, typed: str, cited: str) -> None:
    assert f" for {cited}" in html.unescape(words_of(_search(visitor, ("q", typed))))


def test_words_too_common_to_search_for_list_nothing_and_the_page_says_so(visitor: FlaskClient) -> None:
    text = words_of(_search(visitor, ("q", "of the")))
    assert "Nothing found" in text
    assert "These words are too common to search for" in text


def test_a_phrase_in_a_pasted_paragraph_does_not_empty_the_result_and_the_page_says_so(visitor: FlaskClient) -> None:
    pasted = 'Our river floods; we want what they call "a warning nobody can miss" before the dam upstream is opened.'
    page = _search(visitor, ("q", pasted))
    assert "/initiatives/surat-end-to-end-flood-early-warning-system" in page
    told = "Entries do not have to contain all of them. Words in quotes do not have to be side by side."
    assert told in words_of(page)
    strict = words_of(_search(visitor, ("q", 'flood "a warning nobody can miss"')))
    assert "Nothing found" in strict
    without = words_of(_search(visitor, ("q", pasted.replace('"', ""))))
    assert "Entries do not have to contain all of them." in without
    assert "No entry has all of these words." in words_of(_search(visitor, ("q", "flood tram zeppelin")))


def test_what_is_said_of_a_leader_is_quoted_only_where_it_shows_what_matched(visitor: FlaskClient) -> None:
    by_country = words_of(_search(visitor, ("q", "USA"), ("kind", "leader")))
    assert by_country.count("Mayor, Chicago") == 1
    assert "<mark>Chicago</mark>" in _search(visitor, ("q", "Chicago"), ("kind", "leader"))


def test_several_choices_of_one_facet_stay_chosen(visitor: FlaskClient) -> None:
    text = _search(visitor, ("goal", "11"), ("goal", "13"), ("kind", "initiative"))
    assert len(re.findall(r'type="checkbox"[^>]*\schecked', text)) == 2
    assert re.findall(r'name="kind" value="([a-z]*)"[^>]*\schecked', text) == ["initiative"]


def test_only_a_plain_question_is_for_robots(visitor: FlaskClient) -> None:
    assert 'content="noindex,nofollow"' not in _search(visitor, ("q", "flood"))
    for pair in (("goal", "11"), ("page", "2"), ("sort", "newest")):
        assert 'content="noindex,nofollow"' in _search(visitor, ("q", "flood"), pair)


def test_facets_work_without_javascript(visitor: FlaskClient) -> None:
    text = _search(visitor, ("q", "flood"))
    boxes = re.findall(r'<input type="checkbox"[^>]*>', text)
    assert boxes
    assert all('form="search"' in box for box in boxes)
    assert '<button type="submit" form="search" formaction="/search#results-title">' in text
    assert 'href="#filters"' in text
    assert '<div class="facets" id="filters"' in text


def test_of_a_long_facet_eight_values_are_shown_the_chosen_ones_among_them(visitor: FlaskClient) -> None:
    text = _search(visitor, ("country", "UY"))
    countries = text[text.index('id="facet-country"') :].split("</fieldset>", 1)[0]
    assert 'value="UY"' in countries
    assert countries.count('type="checkbox"') == 8


def test_the_other_values_of_a_facet_come_when_it_is_unfolded_and_stay_with_the_next_choice(
    visitor: FlaskClient,
) -> None:
    text = _search(visitor, ("q", "flood"), ("goal", "11"))
    link = html.unescape(re.search(r'<a id="more-country" href="([^"]+)"', text)[1])
    assert link == "/search?q=flood&goal=11&more=country#facet-country"
    more = int(re.search(r'<a id="more-country".*?>(\d+) more', text, re.DOTALL)[1])
    unfolded = visitor.get(link.partition("#")[0]).text
    countries = unfolded[unfolded.index('id="facet-country"') :].split("</fieldset>", 1)[0]
    assert countries.count('type="checkbox"') == 8 + more
    assert '<input type="hidden" name="more" value="country" form="search">' in countries
    assert re.search(r'id="facet-country"\s+open', unfolded)
    assert "more=country&more=technology" in html.unescape(unfolded)


def test_three_facets_are_open_and_every_one_in_which_something_is_chosen(visitor: FlaskClient) -> None:
    def folds(*pairs: tuple[str, str]) -> dict[str, bool]:
        text = _search(visitor, ("q", "flood"), *pairs)
        return {name: bool(state) for name, state in re.findall(r'id="facet-([a-z]+)" (open)?', text)}

    plain = folds()
    assert [name for name, is_open in plain.items() if is_open] == ["challenge", "technology", "goal"]
    assert len(plain) > 6
    assert folds(("country", "IN"))["country"]


def test_an_address_may_name_several_kinds(visitor: FlaskClient) -> None:
    text = _search(visitor, ("q", "flood"), ("kind", "city"), ("kind", "initiative"))
    assert re.findall(r'<input type="hidden" name="kind" value="([a-z]+)" form="search">', text) == [
        "city",
        "initiative",
    ]
    assert not re.search(r'name="kind" value="[a-z]*"[^>]*\schecked', text)


@pytest.mark.parametrize(
    ("typed", "said", "address"),
    [
        ("Beira", "Beira, Mozambique has no page yet.", "/peers?place=1052373"),
        ("beira, mozambique", "Beira, Mozambique has no page yet.", "/peers?place=1052373"),
        ("Bombay", "Mumbai, India has no page yet.", "/peers?place=1275339"),
        ("Gwalior", "Gwalior, India has no page yet.", "/peers?place=1270583"),
        ("Of", "Of, Türkiye has no page yet.", "/peers?place=741240"),
        ("Surat", "Surat, India has a page.", "/cities/surat/peers"),
        ("Djakarta", "Jakarta, Indonesia has a page.", "/cities/jakarta/peers"),
    ],
)
def test_searching_for_a_place_leads_to_it(visitor: FlaskClient, typed: str, said: str, address: str) -> None:
    text = _search(visitor, ("q", typed))
    assert said in words_of(text)
    assert f'href="{address}"' in text
    assert visitor.get(address).status_code == 200


@pytest.mark.parametrize("typed", ["flood", "open data", "bus", "x" * 900, "", ", ", "beira OR maputo"])
def test_other_words_name_no_place(visitor: FlaskClient, typed: str) -> None:
    said = words_of(_search(visitor, ("q", typed)))
    assert "has a page." not in said
    assert "has no page yet." not in said


def test_a_place_is_named_on_the_first_page_of_the_plain_question_only(visitor: FlaskClient) -> None:
    assert "place-card" in _search(visitor, ("q", "Surat"))
    assert "place-card" not in _search(visitor, ("q", "Surat"), ("kind", "initiative"))


@pytest.mark.parametrize(
    ("typed", "label", "address"),
    [
        ("beir", "Beira, Mozambique", "/peers?place=1052373"),
        ("bombay", "Mumbai, India", "/peers?place=1275339"),
        ("东京", "Tokyo, Japan", "/peers?place=1850147"),
    ],
)
def test_a_place_without_a_page_is_suggested_with_its_peers(
    visitor: FlaskClient, typed: str, label: str, address: str
) -> None:
    suggestions = visitor.get("/suggest", query_string={"q": typed}).json["suggestions"]
    expected = {"label": label, "kind": "place", "kind_label": "No page yet. See its peers", "url": address}
    assert expected in suggestions
    places = [one for one in visitor.get("/suggest?q=be").json["suggestions"] if one["kind"] == "place"]
    assert places == []


def test_another_name_of_a_city_with_a_page_suggests_the_page_once(visitor: FlaskClient) -> None:
    suggestions = visitor.get("/suggest?q=djakarta").json["suggestions"]
    assert [one["url"] for one in suggestions if "akarta" in one["label"]] == ["/cities/jakarta"]
    of_surat = visitor.get("/suggest?q=surat").json["suggestions"]
    assert [one["url"] for one in of_surat].count("/cities/surat") == 1
    assert len(of_surat) <= 8


def _ways_out(text: str) -> list[tuple[str, str, int]]:
    """The address of each way out of an empty result, its words, and how many entries it promises."""
    out = text[text.index('<div class="nothing">') :]
    found = re.findall(r'<a href="([^"]+)" rel="nofollow">(without [^<]+)</a>\s*<span class="count">(\d+)', out)
    return [(html.unescape(address), html.unescape(words), int(count)) for address, words, count in found]


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("q", "flood"), ("technology", "blockchain")], "without Technology: Blockchain"),
        ([("q", "flood"), ("country", "CH"), ("country", "LI")], "without any Country filter"),
        ([("q", "flood"), ("country", "CH"), ("technology", "blockchain")], "without any filter"),
    ],
)
def test_an_empty_result_says_which_filters_to_drop_and_keeps_its_promise(
    visitor: FlaskClient, pairs: list[tuple[str, str]], words: str
) -> None:
    text = _search(visitor, *pairs)
    assert "Nothing found" in text
    ways = _ways_out(text)
    assert words in [one for _address, one, _count in ways]
    for address, _words, count in ways:
        assert re.search(rf"\b{count} entr(y|ies) for", words_of(visitor.get(address).text)), address


def test_a_filter_that_no_list_knows_is_named(visitor: FlaskClient) -> None:
    words = words_of(_search(visitor, ("q", "flood"), ("goal", "99")))
    assert "Goal: there is no “99”. It was left out." in words
    assert "Nothing found" not in words
    assert "Order: there is no “sideways”" in words_of(_search(visitor, ("q", "flood"), ("sort", "sideways")))


def test_a_mistyped_word_is_answered_with_a_nearer_one(visitor: FlaskClient) -> None:
    assert re.search(r'Did you mean <a href="/search\?q=flood[^"]*"', _search(visitor, ("q", "floood warning")))


def test_where_few_entries_have_all_words_those_with_some_are_one_click_away(visitor: FlaskClient) -> None:
    few = _search(visitor, ("q", "heat elderly"), ("kind", "initiative"))
    assert "No other entries have all of your words." in few
    more = html.unescape(re.search(r'href="([^"]+)" rel="nofollow">See entries with some of them', few)[1])
    assert more == "/search?q=heat+OR+elderly&kind=initiative"
    totals = [int(re.search(r"\b(\d+) entr(?:y|ies) for", words_of(page))[1]) for page in (few, visitor.get(more).text)]
    assert 0 < totals[0] < totals[1]
    for typed in ("flood", "elderly", '"heat elderly"'):
        assert "No other entries" not in _search(visitor, ("q", typed))


def test_a_page_beyond_the_last_leads_back(visitor: FlaskClient) -> None:
    text = _search(visitor, ("q", "flood"), ("page", "999999999999"))
    assert "Back to the first page" in text


@pytest.mark.parametrize(
    "query",
    [
        "q=the+of+and",
        "q=" + "flood+" * 1000,
        "q=" + "x" * 10_000,
        "q=%00",
        "q=fl%00ood",
        "q=%22unbalanced",
        "q=*",
        "q=-",
        "q=OR",
        "q=" + quote("<script>alert(1)</script>"),
        "q=%F0%9F%8C%8A",
        "q=%ff%fe",
        "sort=sideways",
        "page=-1",
        "page=1e9",
        "page=" + "9" * 5000,
        "page=%D9%A3",
        "goal=%00&goal=eleven&goal=" + "1" * 500,
        "kind=nonsense&income=&region=%00",
        "&".join(f"challenge=c{number}" for number in range(300)),
        "q=a&q=b&page=2&page=3",
    ],
)
def test_no_question_however_strange_is_an_error(visitor: FlaskClient, query: str) -> None:
    page = visitor.get(f"/search?{query}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert visitor.get(f"/suggest?{query}").status_code == 200


def test_the_page_answers_plainly_without_an_index(client: FlaskClient) -> None:
    page = client.get("/search?q=flood")
    assert page.status_code == 200
    assert "The search index is being rebuilt" in page.text


def test_only_what_the_catalogue_labels_is_translated_in_suggestions(seeded_app: Flask, monkeypatch) -> None:
    monkeypatch.setattr("kb.web.search.views.translated", lambda label: f"translated {label}")
    visitor = seeded_app.test_client()
    labels = [one["label"] for one in json.loads(visitor.get("/suggest?q=flood").text)["suggestions"]]
    assert "translated Flooding" in labels
    of_cities = json.loads(visitor.get("/suggest?q=jaka").text)["suggestions"]
    assert "Jakarta" in [of_city["label"] for of_city in of_cities]


def test_suggestions_lead_to_pages(visitor: FlaskClient) -> None:
    suggestions = json.loads(visitor.get("/suggest?q=jaka").text)["suggestions"]
    assert {"label": "Jakarta", "kind": "city", "kind_label": "City", "url": "/cities/jakarta"} in suggestions
    assert json.loads(visitor.get("/suggest?q=").text) == {"suggestions": []}
    flood = json.loads(visitor.get("/suggest?q=flooding").text)["suggestions"]
    assert any(one["url"] == "/challenges/flooding" for one in flood)
    technologies = json.loads(visitor.get("/suggest?q=early warn").text)["suggestions"]
    assert ("Technology", "/technologies/early-warning") in [(one["kind_label"], one["url"]) for one in technologies]


def test_a_question_that_was_cut_says_so(visitor: FlaskClient) -> None:
    notice = "Only the first 1,000 characters of your search were used"
    assert notice in words_of(_search(visitor, ("q", "flood " * 200)))
    assert notice not in words_of(_search(visitor, ("q", "flood")))


def test_a_country_of_which_there_is_nothing_leads_to_its_cities_and_their_peers(visitor: FlaskClient) -> None:
    page = visitor.get("/search?q=Swaziland").text
    assert "There is nothing from Eswatini yet." in words_of(page)
    assert "Did you mean" not in page
    address = re.search(r'<a href="(/peers\?place=\d+)">Manzini</a>', page)
    assert address
    assert visitor.get(address[1]).status_code == 200


def test_a_filter_by_a_country_without_entries_offers_the_nearest_ones_that_have_some(visitor: FlaskClient) -> None:
    page = visitor.get("/search?country=FJ&kind=initiative").text
    assert "There is nothing from Fiji yet." in words_of(page)
    near = re.findall(r'<a href="(/search\?country=[A-Z]{2})"[^>]*>([^<]+)</a>', page)
    assert [name for _, name in near][:2] == ["New Caledonia", "New Zealand"]
    assert all("Nothing found" not in visitor.get(address).text for address, _ in near)
    assert re.search(r'<a href="/peers\?place=\d+">Suva</a>', page)
    for with_entries in ("country=KE&q=zzzz", "country=FJ&country=WS", "country=KE&year_from=2099"):
        assert "There is nothing from" not in visitor.get(f"/search?{with_entries}").text


@pytest.mark.parametrize("country", ["KE", "NG", "USA"])
def test_a_search_for_a_country_begins_with_its_initiatives_and_cities(visitor: FlaskClient, country: str) -> None:
    page = visitor.get(f"/search?q={country}").text
    addresses = re.findall(r'<h3[^>]*>\s*<a href="/([a-z]+)/', page)
    assert len(addresses) > 2
    assert set(addresses[:3]) <= {"initiatives", "cities"}


@pytest.mark.parametrize(
    ("typed", "told", "page", "search"),
    [
        ("SDG 13", "Goal 13: Climate action", "/goals/13", "goal=13"),
        ("goal 11.2", "Target 11.2: Safe, affordable transport", "/goals/11#target-11.2", "target=11.2"),
        ("11.B", "Target 11.b: ", "/goals/11#target-11.b", "target=11.b"),
    ],
)
def test_a_goal_or_target_that_is_named_by_its_number_is_offered(
    visitor: FlaskClient, typed: str, told: str, page: str, search: str
) -> None:
    text = visitor.get("/search", query_string={"q": typed}).text
    assert told in text
    assert f'href="{page}"' in text
    assert f'href="/search?kind=initiative&amp;{search}"' in text


@pytest.mark.parametrize("typed", ["13", "goal 18", "11.99", "SDG 13 heat", "0.0"])
def test_other_numbers_name_no_goal(visitor: FlaskClient, typed: str) -> None:
    assert "See its initiatives" not in visitor.get("/search", query_string={"q": typed}).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("waterlogging", ["Challenge: Flooding"]),
        ("Stormwater in the old town", ["Challenge: Flooding"]),
        ("storms and storm water", ["Challenge: Flooding", "Challenge: Disaster risk"]),
        ("wheelchair", ["Challenge: Barriers for people with disabilities"]),
        ("heatwaves", ["Challenge: Extreme heat"]),
        ("Youth unemployment", ["Challenge: Youth unemployment"]),
        ("digital id", ["Technology: Digital identity"]),
        ("flood", []),
        ("the internet of things", ["Technology: Sensors and connected devices"]),
        ("inondation", ["Challenge: Flooding"]),
        ("los residuos sólidos", ["Challenge: Unmanaged waste"]),
        ("洪水", ["Challenge: Flooding"]),
        ("district heating", []),
        ("public", []),
        ("Surat", []),
    ],
)
def test_a_challenge_or_technology_is_offered_by_the_words_that_people_use(
    visitor: FlaskClient, typed: str, told: list[str]
) -> None:
    page = visitor.get("/search", query_string={"q": typed}).text
    assert (
        re.findall(r'<a href="/(?:challenges|technologies)/[a-z-]+">((?:Challenge|Technology): [^<]+)</a>', page)
        == told
    )


def test_the_challenge_that_is_offered_leads_to_its_page_and_its_initiatives(visitor: FlaskClient) -> None:
    page = visitor.get("/search?q=waterlogging").text
    assert 'href="/challenges/flooding"' in page
    assert 'href="/search?kind=initiative&amp;challenge=flooding"' in page
    narrowed = visitor.get("/search?q=waterlogging&income=low").text
    assert "See its initiatives" not in narrowed
    assert "waterlogging" in words_of(visitor.get("/challenges/flooding").text)
    assert visitor.get("/suggest?q=waterl").json["suggestions"][0]["label"] == "Flooding"


@pytest.mark.parametrize(
    ("typed", "told", "search"),
    [
        (
            "flood in Africa since 2010",
            "Challenge: Flooding · Region: Northern Africa, Sub-Saharan Africa · Start year from: 2010",
            "kind=initiative&challenge=flooding&region=northern-africa&region=sub-saharan-africa&year_from=2010",
        ),
        (
            "buses in Brazil and Colombia",
            "“buses” · Country: Brazil, Colombia",
            "q=buses&kind=initiative&country=BR&country=CO",
        ),
        (
            "Everything on target 11.2 in secondary cities since 2015",
            "Target: 11.2 Safe, affordable transport for everyone · Start year from: 2015",
            "kind=initiative&target=11.2&year_from=2015",
        ),
    ],
)
def test_words_that_name_filters_are_offered_as_filters(
    visitor: FlaskClient, typed: str, told: str, search: str
) -> None:
    page = visitor.get("/search", query_string={"q": typed}).text
    assert f"Your words as filters: {told} See " in words_of(page)
    address, count = re.search(r'href="([^"]+)" rel="nofollow">See (\d+) initiative', page).groups()
    assert html.unescape(address) == f"/search?{search}"
    assert re.search(rf"\b{count} entr(y|ies)\b", words_of(visitor.get(html.unescape(address)).text))
    assert "Your words as filters" not in visitor.get("/search", query_string={"q": typed, "income": "high"}).text


def test_terms_that_begin_so_are_suggested_first_and_a_technology_among_many_challenges(visitor: FlaskClient) -> None:
    suggested = visitor.get("/suggest?q=p").json["suggestions"]
    assert [one["label"] for one in suggested if one["kind"] == "challenge"][:1] == ["Public health"]
    assert "technology" in {one["kind"] for one in visitor.get("/suggest?q=c").json["suggestions"]}
