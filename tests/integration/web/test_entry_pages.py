"""What an entry's page tells, and that it says so where nothing is known."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.catalogue.models import InitiativeFunding, LeaderTerm, Outcome, Partner
from tests.factories import make_city, make_initiative, make_leader, make_source, make_vision

from .page_readers import jsonld_of, words_of

STORY = [
    "The problem",
    "What was done",
    "Did it work, and how do we know?",
    "What did it cost?",
    "What would we need?",
    "What went wrong, and what was learned",
    "Who to ask",
    "Where it says so",
]


def test_an_adviser_reads_the_story_in_the_order_of_the_questions(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session)
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    places = [text.index(f">{heading}</h2>") for heading in STORY]
    assert places == sorted(places)


def test_what_nobody_knows_is_said_and_not_left_out(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session)
    session.commit()
    words = words_of(client.get(f"/initiatives/{initiative.slug}").text)
    for phrase in (
        "Years Not known",
        "Leader Not known",
        "Scale Not known",
        "Cost Not known",
        "The problem Not known",
        "Evidence: not known",
        "What did it cost? Not known",
        "Mandate Not known",
        "Time Not known",
        "No figure has been published that we know of.",
        "Where it says so Not known",
    ):
        assert phrase in words


def test_promises_stand_apart_from_results(session: Session, client: FlaskClient) -> None:
    initiative = make_initiative(session)
    initiative.outcomes = [
        Outcome(measure="Made-up floods", value=12, unit="floods", year=2020, baseline_value=40, direction="positive"),
        Outcome(measure="Made-up promise", value=99.5, unit="%", is_target=True),
    ]
    session.commit()
    text = client.get(f"/initiatives/{initiative.slug}").text
    results, promises = text.split(">Promises</h3>")
    assert "Made-up floods" in results
    assert "Made-up promise" not in results
    assert "Made-up promise" in promises
    assert "99.5%" in promises
    assert "They are not results." in words_of(text)


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
    for phrase in ("INR\N{NO-BREAK SPACE}1,200,000", "Indian Rupee", "Prices of 2019", "not the city", "Made-up note."):
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
    city = make_city(session, challenges=("flooding",), place={"latitude": -6.2146, "longitude": 106.8451})
    leader = make_leader(session, city=city)
    vision = make_vision(session, city)
    initiative = make_initiative(session, cities=(city,), goals=(11,))
    session.commit()
    text = client.get(f"/cities/{city.slug}").text
    words = words_of(text)
    for phrase in (
        "Income of the country Lower-middle income",
        "Population 400,000",
        "6.21° S, 106.85° E",
        "Asia/Kolkata",
        "GeoNames",
        "Flooding Not known Not known",
        "Website Not known",
        f"{leader.name} Mayor, from 2020, end not known",
    ):
        assert phrase in words
    for link in (f"/leaders/{leader.slug}", f"/visions/{vision.slug}", f"/initiatives/{initiative.slug}", "/goals/11"):
        assert f'href="{link}"' in text


def test_a_city_of_which_little_is_known_still_has_a_page(session: Session, client: FlaskClient) -> None:
    city = make_city(session, place={"population": None, "timezone": None})
    session.commit()
    words = words_of(client.get(f"/cities/{city.slug}").text)
    assert "Population Not known" in words
    assert "Time zone Not known" in words
    assert "No initiative of this city is on record yet." in words


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
        assert "Not known" in text


def test_a_name_with_a_percent_sign_breaks_nothing(session: Session, client: FlaskClient) -> None:
    city = make_city(session, challenges=("heat",))
    city.challenges[0].severity = "under-95-percent"
    make_leader(session, "Made-up %(name)s 100%", city)
    session.commit()
    text = client.get(f"/cities/{city.slug}").text
    assert "Under 95% of the target met" in text
    assert "Made-up %(name)s 100%" in text


def test_a_cost_that_is_not_the_citys_own_says_so_at_a_glance(session: Session, client: FlaskClient) -> None:
    cost = {"cost_amount": 40_000_000_000, "cost_currency": "USD"}
    private = make_initiative(session, **cost, cost_is_citys_own=False, cost_note="The developers' money.").slug
    public = make_initiative(session, **cost, cost_is_citys_own=True).slug
    silent = make_initiative(session, cost_note="Nobody says.").slug
    session.commit()
    glances = {}
    for slug in (private, public, silent):
        text = client.get(f"/initiatives/{slug}").text
        glances[slug] = text[text.index('class="glance"') : text.index("</aside>")]
    assert [slug for slug, glance in glances.items() if "Not the city's own money" in glance] == [private]
    assert [slug for slug, glance in glances.items() if 'href="#cost">See what it covers' in glance] == [private]


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
    assert f", Mayor, {city.name}, from 2014, end not known." in words["open"]


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
        (None, "Not yet confirmed by anyone responsible"),
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
