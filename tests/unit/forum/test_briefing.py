"""The chair's brief: at most 90 words for each speaker, nothing that the record does not hold, and own words kept."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Country, Initiative, InitiativeSource, Outcome, Place, Source, Vision
from kb.core.db import Database
from kb.core.errors import Conflict
from kb.forum import actions, briefing
from kb.forum.briefing import turns
from kb.forum.briefing.material import Material
from kb.forum.models import BriefEdit, ForumSession, Slot, SlotInitiative, Speaker
from kb.forum.queries import any_session
from kb.peers.service import Peers
from tests.factories import make_city, make_initiative, make_session, make_source, make_user, make_vision
from tests.sampling import examples

TEXT = st.text(st.characters(categories=["L", "Nd", "Zs", "P"]), min_size=1, max_size=300)
YEARS = st.one_of(st.none(), st.integers(1950, 2100))


@st.composite
def speakers(draw: st.DrawFn) -> tuple[Material, Speaker]:
    """A speaker of a city of which anything may be known or unknown, with words of any length."""
    country = Country(code="IN", name="India")
    place = Place(id=1, name="x", population=draw(st.one_of(st.none(), st.integers(0, 40_000_000))))
    city = City(id=1, name=draw(TEXT), country=country, place=place)
    maybe = st.one_of(st.none(), TEXT)
    speaker = Speaker(
        id=1, name=draw(TEXT), title=draw(maybe), organisation=draw(maybe), is_former=draw(st.booleans()),
        city=city, city_id=1, city_name=city.name, country=draw(st.sampled_from([country, None])),
    )  # fmt: skip
    visions = [Vision(title=draw(TEXT), adopted_year=draw(YEARS), horizon_year=draw(YEARS))]
    initiative = Initiative(
        id=1, title=draw(TEXT), stage=draw(st.sampled_from(["operational", "discontinued"])), start_year=draw(YEARS)
    )
    initiative.outcomes = [
        Outcome(
            measure=draw(TEXT), value=draw(st.one_of(st.none(), st.floats(-1e9, 1e9))), unit=draw(maybe),
            year=draw(YEARS), is_target=draw(st.booleans()),
        )
    ]  # fmt: skip
    initiative.citations = [InitiativeSource(source=Source(url="https://example.org"))]
    known = draw(st.booleans())
    return (
        Material(
            speakers=[speaker],
            talks={},
            cities={1: city},
            initiatives={1: [initiative] if known else []},
            visions={1: visions if draw(st.booleans()) else []},
            alike={},
            goals=[],
        ),
        speaker,
    )


def numbers(text: str) -> set[str]:
    """Runs of digits of a text, without the separators of thousands."""
    return set(re.findall(r"\d+", text.replace(",", "")))


@settings(max_examples=examples(300))
@given(speakers())
def test_an_introduction_has_at_most_ninety_words_and_no_number_that_is_not_on_record(given: Any) -> None:
    material, speaker = given
    lines = turns.introduction(material, speaker)
    text = " ".join(str(line.message) for line in lines)
    assert 0 < len(text.split()) <= turns.LONGEST
    city, (vision, *_), (deed, *_) = (
        material.cities[1],
        [*material.visions[1], None],
        [*material.initiatives[1], None],
    )
    record = [speaker.name, speaker.title, speaker.organisation, city.name, city.place.population]
    record += [vision.title, vision.adopted_year, vision.horizon_year] if vision else []
    record += [deed.title, deed.start_year] if deed else []
    record += [
        value
        for outcome in (deed.outcomes if deed else [])
        for value in (outcome.measure, outcome.unit, outcome.year, f"{outcome.value or 0:.0f} {outcome.value or 0:,}")
    ]
    numbers_in_record = numbers(" ".join(str(value) for value in record if value is not None))
    assert numbers(text) <= numbers_in_record
    assert speaker.name.split()[:1] == str(lines[0].message).split()[:1] or not speaker.name.split()


def test_what_makes_an_introduction_longer_than_ninety_words_is_left_out_from_the_end() -> None:
    words = "made up words of a long name " * 10
    country = Country(code="IN", name="India")
    city = City(id=1, name=words, country=country, place=Place(id=1, name="x", population=1_000_000))
    speaker = Speaker(
        id=1, name=words, title=words, organisation=words, is_former=False, city=city, city_id=1, country=country
    )
    initiative = Initiative(id=1, title=words, stage="operational", start_year=2020, citations=[])
    initiative.outcomes = [Outcome(measure=words, value=5.0, unit=words, year=2021, is_target=False)]
    material = Material(
        speakers=[speaker], talks={}, cities={1: city}, initiatives={1: [initiative]},
        visions={1: [Vision(title=words, horizon_year=2030)]}, alike={}, goals=[],
    )  # fmt: skip
    all_said = [len(str(line.message).split()) for line in turns._introducing(material, speaker)]
    kept = [len(str(line.message).split()) for line in turns.introduction(material, speaker)]
    assert kept == all_said[: len(kept)]
    assert sum(kept) <= 90 < sum(all_said[: len(kept) + 1])


@given(speakers())
def test_every_line_of_an_introduction_after_the_first_cites_the_record(given: Any) -> None:
    material, speaker = given
    assert all(line.cites for line in turns.introduction(material, speaker)[1:])


@pytest.fixture
def announced_session(session: Session) -> ForumSession:
    """A session of two cities that share floods and a goal, and a third that shares nothing."""
    city = make_city(session, "Made-up One", challenges=("flooding", "heat", "air-quality"))
    two = make_city(session, "Made-up Two", challenges=("flooding",))
    made_session = make_session(session, cities=(city, two, make_city(session, "Made-up Three", country="PE")))
    good = make_initiative(
        session, "Made-up Warnings", cities=(city,), goals=(11, 13), evidence_level=3, sources=(make_source(session),)
    )
    make_initiative(session, "Made-up Pumps", cities=(two,), goals=(11,), stage="discontinued", lessons="Ask first.")
    good.outcomes = [
        Outcome(measure="Made-up hours of warning", value=6, unit="hours", year=2020),
        Outcome(measure="Made-up promise", value=12, is_target=True),
    ]
    make_vision(session, city, title="Made-up Vision", horizon_year=2040)
    talk = next(slot for slot in made_session.slots if slot.kind == "talk")
    talk.presented = [SlotInitiative(initiative=good)]
    session.flush()
    return made_session


def test_the_overview_says_what_is_shared_what_is_covered_and_what_failed(
    session: Session, announced_session: ForumSession
) -> None:
    brief = briefing.make_brief(session, announced_session)
    text_by_section = {section.key.removeprefix("overview-"): section.drawn() for section in brief.overview.values()}
    assert text_by_section["shared"] == "Flooding: named by Made-up One, Made-up Two."
    assert text_by_section["alone"] == "Only Made-up One names: Air pollution, Extreme heat."
    assert text_by_section["goals"].startswith("Goal 11, Sustainable cities and communities: Made-up One, Made-up Two.")
    assert "goals 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 17" in text_by_section["missing"]
    assert text_by_section["evidence"] == "“Made-up Warnings”, Made-up One: evidence 3 of 5."
    assert text_by_section["stopped"] == "“Made-up Pumps”, Made-up Two, was stopped. Ask first."


def test_a_speaker_is_introduced_with_what_the_talk_presents(session: Session, announced_session: ForumSession) -> None:
    first = briefing.make_brief(session, announced_session).turns[0]
    assert first.introduction.drawn().split("\n") == [
        "Made-up Speaker of Made-up One is Mayor in Made-up One, India.",
        "Made-up One has 400,000 people.",
        "Its strategy is “Made-up Vision”, with the target year 2040.",
        "One initiative: “Made-up Warnings”.",
        "Its result: Made-up hours of warning, 6 hours (2020).",
    ]


def test_questions_come_from_promises_gaps_and_failures(session: Session, announced_session: ForumSession) -> None:
    turn, two, _ = briefing.make_brief(session, announced_session).turns
    assert "“Made-up Warnings” has this target: Made-up promise, 12" in turn.questions.drawn()
    assert "What did “Made-up Warnings” cost, and who paid?" in turn.questions.drawn()
    assert "Made-up One and Made-up Two both face this: Flooding." in turn.questions.drawn()
    assert "“Made-up Pumps” was stopped: what should others not repeat?" in two.questions.drawn()


def test_a_bridge_says_what_two_cities_have_in_common_or_that_nothing_is_known(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, "Made-up One", challenges=("flooding",))
        elsewhere = {"latitude": 9.0, "population": 4_000_000}
        two = make_city(session, "Made-up Two", challenges=("flooding",), place=elsewhere)
        made_session = make_session(session, cities=(city, two, make_city(session, "Made-up Three", country="PE")))
        made_session.speakers[3].city = None
    with database.reading() as session:
        forum_session = session.get_one(ForumSession, made_session.id)
        first, second, last = briefing.make_brief(session, forum_session, Peers(database)).turns
    assert first.bridge is not None
    assert second.bridge is not None
    assert "Made-up One and Made-up Two: both in India." in first.bridge.drawn()
    assert "Made-up One and Made-up Two both name this challenge: Flooding." in first.bridge.drawn()
    assert "has no page here" in second.bridge.drawn()
    assert last.bridge is None


def test_the_chair_reads_the_overview_then_who_comes_and_after_a_talk_what_leads_on(
    session: Session, announced_session
) -> None:
    first = announced_session.speakers[1]
    kinds = ("thematic-presentation", "introduction", "talk", "remark")
    slots = [Slot(kind=kind, position=90, speaker=first) for kind in kinds]
    announced_session.slots.extend(slots)
    session.flush()
    drawn = briefing.make_brief(session, announced_session)
    turn = drawn.turns[0]
    overview, introduction, talk, remark = (
        briefing.texts_by_slot(session, announced_session)[slot.id] for slot in slots
    )
    assert drawn.overview["The cities"].drawn() in overview
    assert introduction == talk == turn.introduction.drawn().replace("\n", " ")
    assert remark == turn.bridge.drawn().replace("\n", " ")


def test_who_did_not_come_is_not_introduced(session: Session, announced_session: ForumSession) -> None:
    announced_session.speakers[1].status = "did-not-come"
    assert announced_session.speakers[1] not in [
        turn.speaker for turn in briefing.make_brief(session, announced_session).turns
    ]


def test_the_chairs_own_words_stay_when_the_record_moves_on(session: Session, announced_session: ForumSession) -> None:
    user = make_user(session, "editor")
    section = briefing.make_brief(session, announced_session).turns[0].introduction
    own = {"text": "My own words.", "version": None}
    actions.write_brief(session, user, announced_session, section.key, section.drawn(), own)
    after = briefing.make_brief(session, announced_session).turns[0].introduction
    assert (after.text(), after.has_moved_on()) == ("My own words.", False)
    talk = Slot(kind="talk", position=90, speaker=announced_session.speakers[1])
    announced_session.slots.append(talk)
    session.flush()
    assert briefing.texts_by_slot(session, announced_session)[talk.id] == "My own words."
    announced_session.speakers[1].title = "Governor"
    session.flush()
    moved = briefing.make_brief(session, announced_session).turns[0].introduction
    assert (moved.text(), moved.has_moved_on()) == ("My own words.", True)
    with pytest.raises(Conflict):
        actions.write_brief(session, user, announced_session, section.key, moved.drawn(), own)
    assert moved.edit is not None
    actions.write_brief(
        session, user, announced_session, section.key, moved.drawn(), {"text": None, "version": moved.edit.version}
    )
    assert session.query(BriefEdit).count() == 0


def test_three_speakers_cost_as_many_queries_as_one(database: Database) -> None:
    counted = []
    for several in (1, 3):
        with database.writing() as session:
            cities = tuple(make_city(session, challenges=("heat",)) for _ in range(several))
            made_session = make_session(session, cities=cities)
            for city in cities:
                make_vision(session, city)
                make_initiative(session, cities=(city,), goals=(11,), sources=(make_source(session),))
        asked: list[str] = []

        def note(_connection, _cursor, statement, *_rest, asked=asked) -> None:
            asked.append(statement)

        with database.reading() as session:
            forum_session = any_session(session, made_session.slug)
            event.listen(database.engine, "before_cursor_execute", note)
            brief = briefing.make_brief(session, forum_session)
            for section in brief.sections.values():
                section.drawn()
            event.remove(database.engine, "before_cursor_execute", note)
        counted.append(len(asked))
    assert counted[0] == counted[1]
