"""What an entry's page tells, and that it leaves out what nobody knows and says so in one line."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import CatalogueIdentity, CityChallenge, InitiativeFunding, LeaderTerm, Outcome, Partner
from kb.editorial import actions
from kb.editorial.validation import blank
from tests.entries import publish
from tests.factories import make_city, make_initiative, make_leader, make_source, make_user, make_vision
from tests.sign_in import signed_in

from .page_readers import jsonld_of, words_of

STORY = [
    "The problem",
    "What was done",
    "Did it work, and how do we know?",
    "What did it cost?",
    "What would another city need?",
    "What went wrong, and what was learned",
    "Who to ask",
    "Sources",
]


def test_an_adviser_reads_the_story_in_the_order_of_the_questions(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(
        session,
        problem="A made-up problem.",
        action="A made-up action.",
        results="Made-up results.",
        cost_note="A made-up cost.",
        needs_staff="Made-up staff.",
        lessons="A made-up lesson.",
        contact="A made-up office.",
        sources=(make_source(session),),
    )
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    places = [text.index(f">{heading}</h2>") for heading in STORY]
    assert places == sorted(places)


def test_what_nobody_knows_is_left_out_and_named_in_one_line(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session, start_year=2019, lessons="A made-up lesson.", stage="operational")
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    words = words_of(text)
    assert "Not known" not in text
    assert [heading for heading in STORY if f">{heading}</h2>" in text] == ["What went wrong, and what was learned"]
    assert (
        "Not published: scale, leader, strategy it belongs to, the problem, what was done, who benefits, partners, "
        "technologies, results, strength of the evidence, cost, who paid, how it was bought, legal basis, staff, time, "
        "prerequisites, contact, sources. Do you know? Tell us"
    ) in words
    assert f'<a href="/initiatives/{initiative.slug}/report" rel="nofollow">Tell us</a>' in text
    assert "since 2019" in words


@pytest.mark.parametrize("stage", ["completed", "discontinued"])
def test_the_last_year_is_missing_only_of_what_is_over(session: Session, client: FlaskClient, stage: str) -> None:
    initiative = make_initiative(session, start_year=2019, stage=stage)
    session.commit()
    words = words_of(client.get(f"/initiatives/{initiative.slug}").text)
    assert "Years from 2019" in words
    assert "Not published: year it ended, scale," in words


def test_whoever_is_signed_in_is_led_to_the_desk_to_tell_what_is_missing(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    city = make_city(session)
    initiative = make_initiative(session, cities=(city,))
    person = make_user(session)
    session.commit()
    desk = signed_in(client, person)
    for kind, folder, entry in (("initiative", "initiatives", initiative), ("city", "cities", city)):
        path = f"/desk/entries/{kind}/{entry.slug}"
        assert f'<a href="{path}" rel="nofollow">Tell us</a>' in desk.get(f"/{folder}/{entry.slug}").text
        assert desk.get(path).status_code == 200


def test_promises_stand_apart_from_results(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session)
    initiative.outcomes = [
        Outcome(measure="Made-up floods", value=12, unit="floods", year=2020, baseline_value=40, direction="positive"),
        Outcome(measure="Made-up promise", value=99.5, unit="%", is_target=True),
    ]
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    results, promises = text.split(">Targets</h3>")
    assert "Made-up floods" in results
    assert "Made-up promise" not in results
    assert "Made-up promise" in promises
    assert "99.5%" in promises
    assert "These were announced. They are not results." in words_of(text)


def test_zero_is_a_value_and_not_unknown(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session, evidence_level=0, needs_months=0)
    initiative.outcomes = [Outcome(measure="Made-up deaths", value=0, unit="deaths")]
    session.commit()
    words = words_of(client.get(f"/initiatives/{initiative.slug}").text)
    assert "0 of 5" in words
    assert "A claim only" in words
    assert "0 deaths" in words
    assert "Time 0 months" in words


def test_money_comes_with_currency_year_and_whose_it_is(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(
        session,
        cost_amount=1_200_000,
        cost_currency="INR",
        cost_year=2019,
        cost_is_citys_own=False,
        cost_note="Made-up note.",
    )
    initiative.funding = [InitiativeFunding(kind="philanthropy")]
    session.commit()
    words = words_of(client.get(f"/initiatives/{initiative.slug}").text)
    for phrase in (
        "INR\N{NO-BREAK SPACE}1.2 million",
        "INR\N{NO-BREAK SPACE}1,200,000",
        "Indian Rupee",
        "Prices of 2019",
        "not the city",
        "Made-up note.",
    ):
        assert phrase in words.replace("&#39;", "'")
    assert "Who paid Philanthropy" in words


def test_sources_say_when_they_were_seen(session: Session, client: FlaskClient) -> None:
    source = make_source(session, "https://www.example.org/page", title=None, seen_on=date(2026, 11, 23))
    initiative = make_initiative(session, sources=(source,))
    session.commit()
    words = words_of(client.get(f"/initiatives/{initiative.slug}").text)
    assert "example.org seen 23 Nov 2026" in words


def test_what_people_wrote_is_never_markup(session: Session, client: FlaskClient) -> None:
    nasty = "</script><script>alert(1)</script><b>&"
    initiative = make_initiative(session, title=f"Made-up {nasty}", problem=nasty, lessons=nasty)
    initiative.summary = nasty
    initiative.partners = [Partner(name=nasty)]
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    assert "<script>alert" not in text
    assert "<b>" not in text
    assert jsonld_of(text)["name"] == f"Made-up {nasty}"


def test_a_stopped_initiative_leads_straight_to_its_lessons(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session, stage="discontinued", lessons="Made-up lesson.")
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    assert 'href="#lessons"' in text
    assert "Made-up lesson." in text


def test_a_city_shows_its_context_and_what_is_not_known_of_it(session: Session, client: FlaskClient) -> None:
    place = {"latitude": -6.2146, "longitude": 106.8451, "climate_zone": "Am", "elevation_m": 8}
    city = make_city(session, challenges=("flooding",), place=place)
    leader = make_leader(session, city=city)
    vision = make_vision(session, city)
    initiative = make_initiative(session, cities=(city,), goals=(11,))
    session.commit()
    text = client.get(f"/cities/{city.slug}").text
    words = words_of(text)
    for phrase in (
        "Income of the country Lower-middle income",
        "Population 400,000 people",
        "Climate zone Tropical, monsoon (Am)",
        "Elevation 8 m above the sea",
        "Not known Height difference within 50 km",
        "Largest places within 100 km",
        "Languages of the country",
        "Capital status",
        "6.21° S, 106.85° E",
        "Asia/Kolkata",
        "GeoNames",
        "Challenges Named by the city Flooding What it did",
        f"{leader.name} Mayor , from 2020, end of term not known",
        "Not published: title of its leader, website.",
    ):
        assert phrase in words
    for link in (f"/leaders/{leader.slug}", f"/visions/{vision.slug}", f"/initiatives/{initiative.slug}", "/goals/11"):
        assert f'href="{link}"' in text


def test_a_city_of_which_little_is_known_still_has_a_page(session: Session, client: FlaskClient) -> None:
    city = make_city(session, place={"population": None, "timezone": None})
    session.commit()
    words = words_of(client.get(f"/cities/{city.slug}").text)
    assert words.count("Not known") == 1
    assert "Not known Population; Climate zone; Elevation; Height difference within 50 km; Capital status" in words
    assert "Not published: time zone, title of its leader, website, challenges named by the city, " in words
    assert "No initiative of this city is recorded yet." in words


def test_a_leader_and_a_vision_lead_to_their_initiatives(session: Session, client: FlaskClient) -> None:
    city = make_city(session)
    leader = make_leader(session, city=city, start_year=None)
    vision = make_vision(session, city, goals=(13,))
    initiative = make_initiative(session, cities=(city,), leader=leader, vision=vision)
    session.commit()
    for path in (f"/leaders/{leader.slug}", f"/visions/{vision.slug}"):
        text = client.get(path).text
        assert f'href="/initiatives/{initiative.slug}"' in text
        assert f'href="/cities/{city.slug}"' in text
        assert "Not known" not in text
        assert "Not published: " in words_of(text)


def test_a_name_with_a_percent_sign_breaks_nothing(session: Session, client: FlaskClient) -> None:
    city = make_city(session, challenges=("heat",))
    city.challenges[0].severity = "under-95-percent"
    make_leader(session, "Made-up %(name)s 100%", city)
    session.commit()
    text = client.get(f"/cities/{city.slug}").text
    assert "Nearly solved: under 95% of the target met" in text
    assert "Made-up %(name)s 100%" in text


def test_a_cost_that_is_not_the_citys_own_says_so_among_the_key_figures(session: Session, client: FlaskClient) -> None:
    cost = {"cost_amount": 40_000_000_000, "cost_currency": "USD"}
    private = make_initiative(session, **cost, cost_is_citys_own=False, cost_note="The developers' money.").slug
    public = make_initiative(session, **cost, cost_is_citys_own=True).slug
    silent = make_initiative(session, cost_note="Nobody says.").slug
    session.commit()
    figures = {}
    for slug in (private, public, silent):
        text = client.get(f"/initiatives/{slug}").text
        figures[slug] = re.sub(r"<dt>Years.*", "", text.partition('class="key-figures"')[2].partition("</dl>")[0])
    assert [slug for slug, figure in figures.items() if "not the city's own money" in figure] == [private]
    assert [slug for slug, figure in figures.items() if 'href="#cost">what it covers' in figure] == [private]
    assert [slug for slug, figure in figures.items() if "USD\N{NO-BREAK SPACE}40 billion" in figure] == [
        private,
        public,
    ]


def key_figures(text: str) -> str:
    """The words of the figures at the head of a page."""
    figures = text.partition('class="key-figures"')[2].partition("</dl>")[0]
    return words_of(f"<main{figures}</main>")


def test_the_key_figures_are_those_that_tell_most(session: Session, client: FlaskClient) -> None:
    source = make_source(session, title="Made-up report")
    initiative = make_initiative(session, start_year=2014, end_year=2018, sources=(make_source(session), source))
    initiative.outcomes = [
        Outcome(measure="Made-up target", value=1, is_target=True),
        Outcome(measure="Made-up sensors", value=50, unit="sensors", position=1),
        Outcome(measure="Made-up riders", value=2_345_678, unit="people", year=2019, qualifier="about", position=2),
        Outcome(
            measure="Made-up floods", value=12, unit="floods", year=2020, baseline_value=40, baseline_year=2015,
            direction="positive", source=source, position=3,
        ),
    ]  # fmt: skip
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    assert key_figures(text) == (
        "Made-up floods [2] 12 floods in 2020; before: 40 floods (2015) "
        "Made-up riders about 2.35 million people in 2019 Years 2014 to 2018"
    )


def test_a_page_without_figures_has_none_at_its_head(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session)
    initiative.outcomes = [
        Outcome(measure="Made-up floods", baseline_value=40),
        Outcome(measure="Told", is_target=True),
    ]
    session.commit()
    assert "key-figures" not in client.get(f"/initiatives/{initiative.slug}").text


def test_a_number_from_before_has_its_unit_and_a_later_one_that_is_missing_is_not_known(
    session: Session, client: FlaskClient
) -> None:
    initiative = make_initiative(session)
    initiative.outcomes = [
        Outcome(measure="Made-up area", unit="percent", qualifier="about", baseline_value=75, baseline_year=2006),
        Outcome(measure="Made-up floods", unit="floods", qualifier="about", value=3, baseline_value=40, position=1),
    ]
    session.commit()
    words = words_of(client.get(f"/initiatives/{initiative.slug}").text)
    assert "Made-up area about 75% 2006 Not known Made-up floods 40 floods about 3 floods" in words
    brief = words_of(client.get(f"/shortlist/brief.html?initiative={initiative.slug}").text)
    assert "before: about 75%" in brief
    assert "before: 40 floods" in brief


def test_an_outcome_with_its_own_source_leads_to_it_and_back(session: Session, client: FlaskClient) -> None:
    first, own = make_source(session, title="Made-up first"), make_source(session, title="Made-up own")
    initiative = make_initiative(session, sources=(first,))
    initiative.outcomes = [
        Outcome(measure="Made-up floods", value=3, source=own, position=0),
        Outcome(measure="Made-up deaths", value=4, source=first, position=1),
        Outcome(measure="Made-up promise", value=5, source=own, is_target=True, position=2),
        Outcome(measure="Made-up claim", value=6, position=3),
    ]
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    notes = re.findall(r'<a id="note-(\S+)"\s+href="#source-(\d)" aria-label="([^"]+)">\[(\d)\]</a>', text)
    assert notes == [
        ("outcome-1", "2", "Source 2: Made-up own", "2"),
        ("outcome-2", "1", "Source 1: Made-up first", "1"),
        ("outcome-4", "2", "Source 2: Made-up own", "2"),
    ]
    sources = text.partition('<ol class="sources">')[2].partition("</ol>")[0].split("<li ")[1:]
    backs = [re.findall(r'href="#note-(\S+)" aria-label="([^"]+)"', source) for source in sources]
    assert backs == [
        [("outcome-2", "Back to: Made-up deaths")],
        [("outcome-1", "Back to: Made-up floods"), ("outcome-4", "Back to: Made-up promise")],
    ]
    assert ['id="source-1"' in sources[0], 'id="source-2"' in sources[1]] == [True, True]
    assert "Every fact points" not in text


def test_a_change_is_drawn_and_told(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session)
    initiative.outcomes = [
        Outcome(measure="Made-up floods", value=10, unit="floods", year=2020, baseline_value=40, baseline_year=2015,
                direction="positive", position=0),
        Outcome(measure="Made-up complaints", value=80, baseline_value=20, unit="%", direction="negative", position=1),
        Outcome(measure="Below nought", value=-2, baseline_value=3, position=2),
        Outcome(measure="Without a value", baseline_value=3, position=3),
    ]  # fmt: skip
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    charts = re.findall(r'<figure class="outcome-change">(.*?)</figure>', text, re.DOTALL)
    told = [re.search(r'role="img" aria-label="([^"]+)"', chart)[1] for chart in charts]  # type: ignore[index] # each has one
    assert told == [
        "Before (2015): 40 floods. After (2020): 10 floods. It got better.",
        "Before: 20%. After: 80%. It got worse.",
    ]
    widths = [re.findall(r'<rect width="([\d.]+)" height="10"', chart) for chart in charts]
    assert widths == [["100.0", "25.0"], ["25.0", "100.0"]]
    assert ["direction-positive" in charts[0], "direction-negative" in charts[1]] == [True, True]


def test_a_page_shows_where_its_cities_are(session: Session, client: FlaskClient) -> None:
    kigali = make_city(session, "Kigali", place={"latitude": -1.95, "longitude": 30.06})
    quito = make_city(session, "Quito", place={"latitude": -0.23, "longitude": -78.52})
    one = make_initiative(session, cities=(kigali,), goals=(11, 13)).slug
    both = make_initiative(session, cities=(kigali, quito)).slug
    session.commit()
    text = client.get(f"/initiatives/{one}").text
    assert 'aria-label="Map: location of Kigali"' in text
    view = [float(part) for part in re.search(r'class="map locator" viewBox="([^"]+)"', text)[1].split()]  # type: ignore[index] # there is one
    x, y = (float(part) for part in re.search(r'class="here" cx="([\d.]+)" cy="([\d.]+)"', text).groups())  # type: ignore[union-attr] # there is one
    assert (abs(view[0] + view[2] / 2 - x) < 1, abs(view[1] + view[3] / 2 - y) < 1) == (True, True)
    head = text[: text.index('class="actions"')]
    assert ['href="/goals/11"' in head, 'href="/goals/13"' in head] == [True, True]
    assert len(re.findall('class="here"', client.get(f"/initiatives/{both}").text)) == 2


def test_a_page_can_be_shared_cited_printed_and_asked_about(session: Session, client: FlaskClient) -> None:
    city = make_city(session, "Surat")
    slug = make_initiative(session, title="Made-up & sirens", cities=(city,), contact="The office.").slug
    session.commit()
    text = client.get(f"/initiatives/{slug}").text
    address = f"http://localhost/initiatives/{slug}"
    assert f'href="mailto:?subject=Made-up%20%26%20sirens&amp;body=Made-up%20%26%20sirens%0A{quote(address)}"' in text
    assert f'href="/shortlist/brief.pdf?initiative={slug}"' in text
    assert f'class="action" href="/ask?initiative={slug}"' in text
    assert f'class="action" href="/initiatives/{slug}/report"' in text
    year = datetime.now(UTC).year
    assert f"CityPeers ({year}). Made-up &amp; sirens (Surat). Last changed " in text
    assert f"from {address}</p>" in text


def test_a_city_lists_what_its_initiatives_take_on_at_once_and_apart_from_what_it_named(
    session: Session, client: FlaskClient
) -> None:
    beira = make_city(session, "Beira", challenges=())
    editor = make_user(session, "editor")
    source = make_source(session)
    session.commit()
    assert "From its initiatives" not in client.get(f"/cities/{beira.slug}").text
    data = blank(EntryKind.INITIATIVE) | {
        "title": "Made-up flood basin", "summary": "A made-up basin.", "stage": "operational", "cities": [beira.slug],
        "challenges": ["flooding", "heat"], "goals": [{"goal": 11}], "sources": [{"url": source.url}],
    }  # fmt: skip
    publish(session, editor, EntryKind.INITIATIVE, data)
    session.commit()
    text = client.get(f"/cities/{beira.slug}").text
    assert "Challenges From its initiatives Its initiatives address these." in words_of(text)
    assert ['href="/challenges/flooding"' in text, 'href="/challenges/heat"' in text] == [True, True]
    assert "do not name any" not in text
    words = words_of(client.get("/challenges/flooding").text)
    assert "Cities that have named it None recorded." in words
    assert (
        "Other cities that work on it They have an initiative for it. No source says that they have named it. Beira"
        in words
    )

    beira.challenges.append(CityChallenge(challenge_code="flooding"))
    session.commit()
    words = words_of(client.get(f"/cities/{beira.slug}").text)
    named, others = words.split("From its initiatives")
    assert ["Flooding" in named, "Flooding" in others.split("What it did")[0]] == [True, False]
    words = words_of(client.get("/challenges/flooding").text)
    assert "Cities that have named it Beira" in words
    assert "Other cities that work on it" not in words


def test_a_leader_whose_term_is_over_is_called_former_with_the_years(session: Session, client: FlaskClient) -> None:
    city = make_city(session)
    this_year = datetime.now(UTC).year
    slugs = {}
    for name, end in (("over", this_year - 1), ("ending", this_year), ("open", None)):
        leader = make_leader(session, city=city, start_year=2014, end_year=end)
        slugs[name] = make_initiative(session, cities=(city,), leader=leader).slug
    session.commit()
    words = {name: words_of(client.get(f"/initiatives/{slug}").text) for name, slug in slugs.items()}
    assert f", former Mayor, {city.name}, 2014 to {this_year - 1}." in words["over"]
    assert f", Mayor, {city.name}, 2014 to {this_year}." in words["ending"]
    assert f", Mayor, {city.name}, from 2014, end of term not known." in words["open"]


def test_a_term_says_that_it_is_held_on_a_day_or_that_its_end_is_not_known(
    session: Session, client: FlaskClient
) -> None:
    city = make_city(session)
    shown = make_source(session, "https://example.org/still-in-office")
    held = make_leader(session, city=city, in_office_on=date(2026, 2, 27), end_source=shown, note="Re-elected in 2023.")
    unknown = make_leader(session, city=city, start_year=None)
    session.commit()
    page = client.get(f"/leaders/{held.slug}").text
    assert "in office on 27 February 2026" in words_of(page)
    assert "Re-elected in 2023." in words_of(page)
    assert 'id="note-term-end-1"' in page
    assert str(shown.url) in page
    words = words_of(client.get(f"/leaders/{unknown.slug}").text)
    assert f"Mayor, {city.name} , India · end of term not known" in words
    assert "Former" not in words
    words = words_of(client.get(f"/cities/{city.slug}").text)
    assert f"{held.name} Mayor , from 2020, in office on 27 February 2026 [1]" in words
    assert f"{unknown.name} Mayor , end of term not known" in words


def test_who_leads_no_city_is_shown_by_the_office_and_apart_from_leaders(session: Session, client: FlaskClient) -> None:
    city = make_city(session)
    mayor = make_leader(session, city=city)
    minister = make_leader(
        session, "Made-up Person", city=city, title="Minister of transport", leads_no_city=True, end_year=2022
    )
    slug = make_initiative(session, cities=(city,), leader=minister).slug
    session.commit()
    words = words_of(client.get(f"/cities/{city.slug}").text)
    led, others = words.split("People in other offices")
    assert [mayor.name in led, minister.name in led] == [True, False]
    assert f"{minister.name} Minister of transport , 2020 to 2022" in others
    words = words_of(client.get(f"/initiatives/{slug}").text)
    assert f"Minister of transport {minister.name}" in words
    assert f"{minister.name} , former Minister of transport, {city.name}, 2020 to 2022." in words
    assert "Leader" not in words
    words = words_of(client.get(f"/leaders/{minister.slug}").text)
    assert "Person in another office" in words
    assert "This office does not lead the city." in words
    assert "1 leader of a city " in words_of(client.get("/about").text)


def test_a_restored_site_says_from_when_it_is(session: Session, client: FlaskClient) -> None:
    assert "Restored from a backup" not in client.get("/about").text
    identity = session.get(CatalogueIdentity, 1) or CatalogueIdentity(id=1, name="made-up")
    identity.backup_made_at = datetime(2026, 1, 31, 2, tzinfo=UTC)
    identity.restored_at = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
    session.add(identity)
    session.commit()
    words = words_of(client.get("/about").text)
    assert "restored on 1 Feb 2026, 09:30 UTC from a backup made on 31 Jan 2026, 02:00 UTC." in words


def test_of_several_terms_the_one_in_which_an_initiative_began_is_told(session: Session, client: FlaskClient) -> None:
    city = make_city(session)
    leader = make_leader(session, city=city, start_year=2021)
    leader.terms.append(LeaderTerm(city=city, title="Mayor", start_year=2009, end_year=2016))
    slugs = [make_initiative(session, cities=(city,), leader=leader, start_year=year).slug for year in (2010, 2023)]
    session.commit()
    former, latest = (words_of(client.get(f"/initiatives/{slug}").text) for slug in slugs)
    assert f"former Mayor, {city.name}, 2009 to 2016." in former
    assert f"Mayor, {city.name}, from 2021, end of term not known." in latest


def test_what_its_authors_are_not_sure_of_asks_to_be_verified_until_it_is(
    session: Session, client: FlaskClient
) -> None:
    entry = make_initiative(session, needs_verification=True)
    session.commit()
    assert "Needs to be verified" in words_of(client.get(f"/initiatives/{entry.slug}").text)
    actions.confirm(session, None, EntryKind.INITIATIVE, entry.id)
    session.commit()
    words = words_of(client.get(f"/initiatives/{entry.slug}").text)
    assert "Needs to be verified" not in words
    assert "Confirmed within a year" in words


def test_of_several_offices_the_one_in_the_initiatives_city_is_named(session: Session, client: FlaskClient) -> None:
    here, elsewhere = make_city(session), make_city(session)
    leader = make_leader(session, city=elsewhere, title="Governor", start_year=2022)
    leader.terms.append(LeaderTerm(city=here, title="Mayor", start_year=2010, end_year=2018))
    slug = make_initiative(session, cities=(here,), leader=leader).slug
    session.commit()
    assert f"former Mayor, {here.name}, 2010 to 2018." in words_of(client.get(f"/initiatives/{slug}").text)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (10, "Confirmed within a year"),
        (500, "Confirmed over a year ago"),
        (900, "Confirmed over two years ago"),
        (None, "Not verified by the city"),
    ],
)
def test_every_entry_says_how_fresh_it_is(session: Session, client: FlaskClient, days: int | None, words: str) -> None:
    city = make_city(session)
    entries = {
        "cities": city,
        "initiatives": make_initiative(session, cities=(city,)),
        "leaders": make_leader(session, city=city),
        "visions": make_vision(session, city),
    }
    for entry in entries.values():
        entry.confirmed_on = None if days is None else datetime.now(UTC).date() - timedelta(days=days)
    session.commit()
    for folder, entry in entries.items():
        assert words in words_of(client.get(f"/{folder}/{entry.slug}").text)


def test_what_people_wrote_is_marked_with_its_language_and_direction(session: Session, client: FlaskClient) -> None:
    city = make_city(session, language="pt-BR")
    leader = make_leader(session, city=city)
    leader.language = "fa"
    vision = make_vision(session, city, language="fr")
    initiative = make_initiative(
        session, cities=(city,), language="ar", problem="A made-up problem.", leader=leader, vision=vision
    )
    session.commit()
    page = client.get(f"/initiatives/{initiative.slug}").text
    assert '<h1 lang="ar" dir="auto">' in page
    assert '<p lang="ar" dir="auto">A made-up problem.</p>' in page
    assert f'<span lang="fa" dir="auto">{leader.name}</span>' in page
    assert '<p lang="ar" dir="auto">Not known' not in page
    assert '<h1 lang="fa" dir="auto">' in client.get(f"/leaders/{leader.slug}").text
    assert '<p lang="fr" dir="auto">A made-up strategy for tests.</p>' in client.get(f"/visions/{vision.slug}").text
    page = client.get(f"/cities/{city.slug}").text
    assert '<h1 lang="pt-BR" dir="auto">' in page
    assert f'<span lang="ar" dir="auto">{initiative.title}</span>' in page


@pytest.mark.parametrize(
    ("scale", "stage"),
    [
        ("city-wide", "Scaled up"),
        ("several-cities", "Scaled up"),
        ("district", "Operational"),
        ("pilot", "Operational"),
        (None, "Operational"),
    ],
)
def test_scaled_up_is_said_only_where_the_scale_bears_it(
    session: Session, client: FlaskClient, scale: str | None, stage: str
) -> None:
    city = make_city(session)
    slug = make_initiative(session, cities=(city,), stage="scaled", scale=scale).slug
    session.commit()
    for path in (f"/initiatives/{slug}", f"/cities/{city.slug}"):
        text = client.get(path).text
        assert [words for words in ("Scaled up", "Operational") if words in words_of(text)] == [stage]
