"""A brief compares peers, says why they are peers and what is not known, whom to ask, and what to do next."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kb.briefs import Brief, Question, Section, brief_of
from kb.briefs.comparison import shortened
from kb.catalogue import queries
from kb.catalogue.models import City, Initiative, Outcome
from kb.core.db import Database
from kb.peers.loaders import place_summaries
from kb.peers.service import Peers
from tests.factories import make_city, make_initiative, make_leader

from .english import english

pytestmark = pytest.mark.one_database


@pytest.fixture
def home(session: Session) -> City:
    """The reader's city."""
    return make_city(session, "Made-up Home", challenges=("flooding",))


def _brief(database: Database, session: Session, entries: Sequence[City | Initiative], **asked: Any) -> Brief:
    """The brief of entries, loaded anew as a page loads them."""
    session.commit()
    slugs = {kind: [entry.slug for entry in entries if isinstance(entry, kind)] for kind in (City, Initiative)}
    by_slug: dict[str, Any] = {
        **queries.cities_by_slugs(session, slugs[City]),
        **queries.initiatives_by_slugs(session, slugs[Initiative]),
    }
    loaded = [by_slug[entry.slug] for entry in entries]
    return brief_of(session, Peers(database), loaded, Question(**asked), english(), date(2026, 11, 29))


def _asked(session: Session, city: City) -> dict[str, Any]:
    return {
        "place": place_summaries(session, {city.place_id})[city.place_id],
        "challenges": {"flooding": "Flooding"},
        "text": "How do we warn people?",
    }


def _words(section: Section) -> str:
    return " | ".join(
        ": ".join(filter(None, [item.label.words if item.label else "", " / ".join(line.words for line in item.lines)]))
        for item in section.items
    )


def _sections(brief: Brief) -> dict[str, str]:
    return {section.key: _words(section) for section in brief.sections}


def test_a_row_says_what_a_peer_did_what_it_cost_and_what_came_of_it(
    database: Database, session: Session, home: City
) -> None:
    place = {"climate_zone": "Aw", "elevation_m": 0}
    peer = make_city(session, "Made-up Peer", challenges=("flooding",), place=place)
    initiative = make_initiative(
        session,
        "Made-up sirens",
        cities=(peer,),
        challenges=("heat", "flooding"),
        action="It put up sirens.",
        lessons="Ask the fishers first.",
        evidence_level=2,
        cost_amount=5_000_000,
        cost_currency="INR",
        cost_year=2020,
        start_year=2019,
    )
    initiative.outcomes = [
        Outcome(measure="Sirens planned", value=90, is_target=True),
        Outcome(measure="Sirens", value=40, unit="sirens", year=2021, position=1),
    ]
    brief = _brief(database, session, [initiative], **_asked(session, home))
    assert (brief.title.words, brief.columns[0]) == ("How do we warn people?", "City")
    assert [item.lines[0].words for item in brief.asker] == [
        "Made-up Home, India; 400,000 people; Lower-middle income",
        "Flooding",
    ]
    (row,) = brief.compared
    assert [line.words for line in row.heading] == ["Made-up Peer", "India"]
    assert [" ".join(line.words for line in cell) for cell in row.cells] == [
        "400,000 people Lower-middle income Tropical, dry winter 0 m above the sea",
        "Flooding, Extreme heat",
        "Made-up sirens Operational, since 2019 It put up sirens.",
        "INR 5,000,000, prices of 2020",
        "2 of 5: Data that show a change",
        "Sirens: 40 sirens (2021)",
        "Ask the fishers first.",
    ], "the challenge of the question first, and a target is no result"


def test_a_city_brings_the_initiative_that_says_most_on_the_question(
    database: Database, session: Session, home: City
) -> None:
    peer, other = make_city(session, "Made-up Peer"), make_city(session, "Made-up Other")
    make_initiative(session, "Made-up trees", cities=(peer,), challenges=("heat",), evidence_level=4)
    make_initiative(session, "Made-up claim", cities=(peer,), challenges=("flooding",), evidence_level=0)
    make_initiative(session, "Made-up walls", cities=(peer,), challenges=("flooding",), evidence_level=3)
    make_initiative(session, "Made-up shade", cities=(other,), challenges=("heat",), evidence_level=3)
    brief = _brief(database, session, [peer, other], **_asked(session, home))
    assert [row.cells[2][0].words for row in brief.compared] == [
        "Made-up walls",
        "No initiative on these challenges is recorded.",
    ]
    assert [entry.title.words for entry in brief.entries] == ["Made-up Peer", "Made-up Other", "Made-up walls"]
    assert "No initiative on these challenges is recorded: Made-up Other" in _sections(brief)["unknown"]

    brief = _brief(database, session, [peer, other])
    assert [row.cells[2][0].words for row in brief.compared] == ["Made-up trees", "Made-up shade"], "without a question"


def test_why_a_city_is_a_peer_is_told_against_the_city_of_the_reader(
    database: Database, session: Session, home: City
) -> None:
    peer = make_city(session, "Made-up Peer", challenges=("flooding",))
    brief = _brief(database, session, [home, peer], **_asked(session, home))
    assert [row.heading[0].words for row in brief.compared] == ["Made-up Peer"], "one's own city is no peer"
    why = _sections(brief)["why"]
    assert "Made-up Peer, India: Strong peer. / Alike: both face Flooding" in why
    assert "both in India" in why
    brief = _brief(database, session, [home, peer])
    assert brief.sections[0].lead is not None
    assert "No city was chosen for this brief" in brief.sections[0].lead
    assert _sections(brief)["why"] == ""


def test_what_is_not_published_is_named_with_whom_it_is_missing(
    database: Database, session: Session, home: City
) -> None:
    cities = [make_city(session, f"Made-up {name}") for name in ("North", "South")]
    known = {"action": "It built.", "needs_months": 0, "cost_amount": 0, "cost_currency": "INR"}
    first = make_initiative(session, cities=(cities[0],), confirmed_on=date(2026, 1, 1), **known)
    second = make_initiative(session, cities=(cities[1],))
    brief = _brief(database, session, [first, second], **_asked(session, home))
    unknown = _sections(brief)["unknown"]
    assert "Cost: Not published: Made-up South" in unknown, "a cost of 0 is a cost"
    assert "Time: Not published: Made-up South" in unknown
    assert "Results: Not published for any of these initiatives" in unknown
    assert "Not verified by the city: Made-up South" in unknown
    assert brief.compared[1].cells[3][0].is_unknown


def test_whom_to_ask_is_a_contact_else_the_office_else_nobody(database: Database, session: Session, home: City) -> None:
    named = make_city(session, "Made-up Named")
    office = make_city(session, "Made-up Office", leader_title="Mayor", website="https://office.example")
    nobody = make_city(session, "Made-up Nobody")
    leader = make_leader(session, "Made-up Leader", nobody)
    entries = [
        make_initiative(session, cities=(named,), contact="Flood office, flood@city.example"),
        make_initiative(session, cities=(office,)),
        make_initiative(session, cities=(nobody,), leader=leader),
    ]
    ask = _sections(_brief(database, session, entries, **_asked(session, home)))["ask"]
    assert ask == (
        "Made-up Named: Flood office, flood@city.example"
        " | Made-up Office: No contact is recorded. Write to the office of the leader (Mayor). / https://office.example"
        " | Made-up Nobody: Leader named in the entry, who may have left office: Made-up Leader / Nobody is recorded."
    )


def test_next_steps_follow_from_what_the_entries_say(database: Database, session: Session, home: City) -> None:
    entries = [
        make_initiative(session, "Made-up proof", evidence_level=3, cost_amount=5, cost_currency="INR"),
        make_initiative(session, "Made-up failure", stage="discontinued", needs_mandate="A water law."),
    ]
    steps = _sections(_brief(database, session, entries, **_asked(session, home)))["next"]
    assert "Read first: “Made-up proof”" in steps
    assert "Find out why “Made-up failure”" in steps
    assert "Convert the costs" in steps
    assert "Check whether your city has the mandate" in steps
    quiet = _sections(_brief(database, session, [make_initiative(session)], **_asked(session, home)))["next"]
    assert "Read first" not in quiet
    assert "Convert the costs" not in quiet
    assert "Ask what it cost" in quiet


def test_a_single_entry_without_a_question_is_the_whole_brief(database: Database, session: Session) -> None:
    brief = _brief(database, session, [make_initiative(session, "Made-up sirens")])
    assert ([*brief.compared], [*brief.sections], len(brief.entries)) == ([], [], 1)
    assert brief.title.words == "Brief"


def test_nothing_at_all_says_what_to_do(database: Database, session: Session, home: City) -> None:
    brief = _brief(database, session, [], **_asked(session, home))
    assert (list(brief.entries), list(brief.sections)) == ([], [])
    assert "Save initiatives or cities first" in brief.empty


@pytest.mark.parametrize(
    ("text", "words", "short"),
    [
        ("It is short.", 5, "It is short."),
        ("It ends here. And it goes on for long.", 5, "It ends here."),
        ("One two three four five six seven", 5, "One two three four five…"),
        ("洪水預警系統" * 20, 5, "洪水預警系統" * 6 + "洪水預警…"),
    ],
)
def test_long_texts_are_cut_for_the_table(text: str, words: int, short: str) -> None:
    assert shortened(text, words) == short
