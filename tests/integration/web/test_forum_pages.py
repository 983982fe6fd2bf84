"""The forum for everybody: lists, the page of a session, calendars and the programme on paper."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from kb.core.db import Database
from kb.forum.models import SlotInitiative, Statement
from tests.factories import make_city, make_initiative, make_leader, make_session, make_vision

from .page_readers import counted_queries

GENEVA = "/forum/mayors-dialogue-smart-cities-drivers-of-innovative-sustainable-development"
TALK = "/forum/smart-city-leaders-talk-safe-smart-cities-and-climate-frustration"


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_a_visitor_finds_the_sessions_that_were(visitor: FlaskClient) -> None:
    page = text(visitor, "/forum")
    assert page.index("climate frustration") < page.index("Mayors&#39; dialogue")
    assert "No session is announced at present." in page
    assert "Monday, 30 May 2022, from 14:30, end not known" in page


def test_a_session_shows_its_times_in_its_own_zone(visitor: FlaskClient) -> None:
    page = text(visitor, GENEVA)
    assert '<time datetime="2022-05-30T12:50:00+00:00">14:50</time>' in page
    assert "Europe/Zurich, UTC+2" in page
    assert "length not known" in page


def test_a_session_in_utc_does_not_say_how_far_that_is_from_utc(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        slug = make_session(session, cities=(make_city(session),), timezone="UTC").slug
    for path in (f"/forum/{slug}", "/forum"):
        page = text(client, path)
        assert "UTC" in page, path
        assert "UTC+0" not in page, path


def test_a_session_over_the_change_of_the_clocks_tells_both_offsets(client: FlaskClient, database: Database) -> None:
    begins = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    with database.writing() as session:
        slug = make_session(session, cities=(make_city(session),), starts_at=begins, planned_minutes=60).slug
    page = text(client, f"/forum/{slug}")
    assert "Sunday, 31 October 2027, 02:30 (UTC+2) to 02:30 (UTC+1)" in page
    assert "Europe/Zurich, UTC+2" not in page
    times = re.findall(r'<time datetime="2027-10-31T0(\d:\d\d):00\+00:00">(.+?)</time>', page)
    assert times[0] == ("0:30", "02:30")
    assert {(told.endswith(">UTC+1</span>"), told[:2]) for at, told in times if at >= "1:00"} == {(True, "02")}
    assert not any("UTC" in told for at, told in times if at < "1:00")


def test_a_speaker_leads_to_leader_and_city_where_they_have_pages(visitor: FlaskClient) -> None:
    page = text(visitor, TALK)
    assert '<a href="/leaders/yousef-shawarbeh">Yousef Al Shawarbeh</a>' in page
    assert '<a href="/cities/amman">Amman</a>, Jordan' in page
    assert "Anne Hidalgo" in page
    assert "Paris, France" in page
    assert "Amman ties its smart-city strategy to climate action" in page
    assert "the sources do not say whether they spoke" in page


def test_a_session_tells_machines_that_it_is_an_event(visitor: FlaskClient) -> None:
    page = text(visitor, TALK)
    assert '"@type": "Event"' in page
    assert '"startDate": "2025-07-08T14:00:00+02:00"' in page
    assert '"endDate": "2025-07-08T15:00:00+02:00"' in page


@pytest.mark.parametrize("path", [f"{GENEVA}.ics", f"{TALK}.ics", "/forum.ics"])
def test_a_calendar_can_be_read_with_its_zone(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.mimetype == "text/calendar"
    read = Calendar.from_ical(answer.data)
    assert read.get_missing_tzids() == set()
    assert read.timezones[0].tz_name == "Europe/Zurich"
    assert all(event["uid"] and event["dtstamp"] for event in read.events)


def test_a_calendar_has_the_hours_of_a_session(visitor: FlaskClient) -> None:
    (event,) = Calendar.from_ical(visitor.get(f"{TALK}.ics").data).events
    assert event.start == datetime(2025, 7, 8, 14, 0, tzinfo=ZoneInfo("Europe/Zurich"))
    assert event.end == datetime(2025, 7, 8, 15, 0, tzinfo=ZoneInfo("Europe/Zurich"))
    (open_ended,) = Calendar.from_ical(visitor.get(f"{GENEVA}.ics").data).events
    assert "dtend" not in open_ended


def test_the_programme_can_be_taken_along_as_pdf(visitor: FlaskClient) -> None:
    answer = visitor.get(f"{GENEVA}/programme.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")


def test_sessions_are_in_the_sitemap_and_on_the_first_page(visitor: FlaskClient) -> None:
    assert f"{TALK}</loc>" in text(visitor, "/sitemaps/pages.xml")
    assert TALK in text(visitor, "/")


@pytest.mark.parametrize("ending", ["", ".ics", "/programme.pdf"])
def test_nobody_sees_a_draft(client: FlaskClient, database: Database, ending: str) -> None:
    with database.writing() as session:
        slug = make_session(session, "Made-up Secret", state="draft").slug
    assert client.get(f"/forum/{slug}{ending}").status_code == 404
    for path in ("/forum", "/forum.ics", "/sitemaps/pages.xml", "/"):
        assert slug not in text(client, path)


def test_a_session_that_was_called_off_says_so(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        slug = make_session(session, state="cancelled").slug
    assert "This session was cancelled." in text(client, f"/forum/{slug}")
    (event,) = Calendar.from_ical(client.get(f"/forum/{slug}.ics").data).events
    assert event["status"] == "CANCELLED"


def test_a_talk_shows_what_it_presents(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        city = make_city(session)
        forum_session = make_session(session, cities=(city,))
        talk = next(slot for slot in forum_session.slots if slot.kind == "talk")
        talk.presented = [SlotInitiative(initiative=make_initiative(session, "Made-up Buses", cities=(city,)))]
        talk.vision = make_vision(session, city, title="Made-up Vision of Buses")
        talk.notes = "A made-up secret of the chair"
        slug = forum_session.slug
    page = text(client, f"/forum/{slug}")
    assert page.count("Made-up Buses") >= 2
    assert "Made-up Vision of Buses" in page
    assert "secret" not in page


def test_what_somebody_typed_cannot_become_markup(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        forum_session = make_session(session, "<script>Made-up</script>", theme="<img src=x>", note="<b>Made-up</b>")
        forum_session.statements = [Statement(kind="point", text="<i>Made-up</i>")]
        forum_session.speakers[0].name = "</script><script>Made-up"
        slug = forum_session.slug
    page = text(client, f"/forum/{slug}")
    assert all(bad not in page for bad in ("<script>Made-up", "<img src=x>", "<b>Made-up", "<i>Made-up"))


def fill(session, sessions: int, people: int) -> str:
    slug = ""
    for _ in range(sessions):
        cities = tuple(make_city(session) for _ in range(people))
        forum_session = make_session(session, cities=cities)
        slug = forum_session.slug
        for number, slot in enumerate(one for one in forum_session.slots if one.kind == "talk"):
            slot.presented = [SlotInitiative(initiative=make_initiative(session, cities=cities))]
            slot.vision = make_vision(session, cities[number])
            assert slot.speaker
            slot.speaker.leader = make_leader(session, city=cities[number])
            forum_session.statements.append(Statement(kind="point", text="A made-up point.", speaker=slot.speaker))
    return slug


@pytest.mark.parametrize("path", ["/forum", "/forum/{slug}", "/forum.ics", "/sitemaps/pages.xml"])
def test_three_cost_as_many_queries_as_one(app: Flask, database: Database, path: str) -> None:
    counted = []
    for several in (1, 3):
        with database.writing() as session:
            slug = fill(session, several, several)
        client = app.test_client()
        client.get(path.format(slug=slug))
        with counted_queries(app) as asked:
            assert client.get(path.format(slug=slug)).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_names_on_the_small_map_stay_inside_it(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        west, east = make_city(session, "Westmade-up"), make_city(session, "Eastmade-up")
        west.place.latitude, west.place.longitude = 8.0, -13.0
        east.place.latitude, east.place.longitude = -7.0, 112.0
        slug = make_session(session, cities=(west, east)).slug
    page = text(client, f"/forum/{slug}")
    names = re.findall(r'class="mark-name( mark-name-before)?"[^>]*>(\w+)made-up<', page)
    assert sorted(names) == [("", "West"), (" mark-name-before", "East")]
