"""An organiser prepares a session at the desk: it is drafted, filled, put in order, announced; two people are told."""

import re
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from kb.accounts.models import AuditEvent
from kb.core.column_types import now
from kb.core.db import Database
from kb.forum.live import moderation, session_control
from kb.forum.live.queries import session_to_change, steps_of
from kb.forum.models import ForumSession, LiveStatus, Question, Slot, SlotInitiative, Speaker, Statement
from tests.factories import make_city, make_initiative, make_leader, make_session, make_user, make_vision
from tests.forum_factories import asked
from tests.sign_in import signed_in, token_in

from .page_readers import counted_queries

DETAILS = {
    "title": "Made-up Dialogue",
    "new_forum": "Made-up Forum",
    "theme": "Made-up floods",
    "day": "2027-06-01",
    "time": "14:30",
    "timezone": "Europe/Zurich",
    "planned_minutes": "60",
    "place": "Geneva",
    "languages": "en, fr",
    "organisers": "Made-up Institute\nMade-up Union",
    "guiding_questions": "What helps?",
    "sources": "www.example.org/made-up",
}


@pytest.fixture
def organiser(client: FlaskClient, database: Database) -> FlaskClient:
    """An editor at the desk."""
    with database.writing() as session:
        user = make_user(session, "editor")
    return signed_in(client, user)


@pytest.fixture
def session_slug(database: Database) -> str:
    """The slug of a draft with two speakers and the usual run of show."""
    with database.writing() as session:
        return make_session(
            session, "Made-up Draft", cities=(make_city(session), make_city(session)), state="draft"
        ).slug


def send(client: FlaskClient, path: str, expected: int = 303, **fields: str) -> str:
    """Send a form as its page has it: with the token, and the version that stands in it unless told otherwise."""
    shown = client.get(path if "/move" not in path and "/state" not in path else "/desk/forum/new").text
    answer = client.post(path, data={"csrf_token": token_in(shown), **fields})
    assert answer.status_code == expected, answer.text[:2000]
    return answer.headers.get("Location", "") if expected == 303 else answer.text


def read(database: Database, slug: str) -> ForumSession:
    with database.reading() as session:
        forum_session = session.scalars(select(ForumSession).where(ForumSession.slug == slug)).one()
        _ = (
            [(speaker.leader, speaker.city) for speaker in forum_session.speakers],
            forum_session.statements,
            forum_session.forum,
            forum_session.sources,
        )
        _ = [(slot.speaker, slot.initiatives, slot.vision) for slot in forum_session.slots]
        return forum_session


def test_a_visitor_is_sent_to_sign_in_and_a_contributor_may_not(client: FlaskClient, database: Database) -> None:
    assert client.get("/desk/forum").status_code == 302
    with database.writing() as session:
        user = make_user(session, "contributor")
    assert signed_in(client, user).get("/desk/forum").status_code == 403


@pytest.mark.both_databases
def test_a_session_is_drafted_and_seen_by_nobody_else(organiser: FlaskClient, database: Database, app: Flask) -> None:
    where = send(organiser, "/desk/forum/new", **DETAILS)
    assert where == "/desk/forum/made-up-dialogue"
    forum_session = read(database, "made-up-dialogue")
    assert forum_session.starts_at == datetime(2027, 6, 1, 12, 30, tzinfo=UTC)
    assert (forum_session.forum.title, forum_session.languages, forum_session.organisers) == (
        "Made-up Forum", ["en", "fr"], ["Made-up Institute", "Made-up Union"],
    )  # fmt: skip
    assert [source.url for source in forum_session.sources] == ["https://www.example.org/made-up"]
    assert organiser.get(where).status_code == 200
    assert app.test_client().get("/forum/made-up-dialogue").status_code == 404
    with database.reading() as session:
        assert "prepare-session" in session.scalars(select(AuditEvent.verb)).all()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", " ", "Please fill this in."),
        ("day", "soon", "This is not a day"),
        ("time", "25:00", "This is not a time"),
        ("timezone", "Atlantis", "There is no such time zone"),
        ("planned_minutes", "0", "Minutes must be from 1 to 1,440."),
        ("planned_minutes", "ten", "This is not a whole number."),
        ("languages", "Klingonese", "One of these languages is not known."),
        ("sources", "javascript:alert(1)", "Each line must be the address of a page"),
        ("organisers", "a\n" * 10_001, "This is too long: 20,001 characters. At most 20,000 are allowed."),
        ("new_forum", "", "Choose an event from the list, or name a new one here."),
        ("forum", "no-such-event", "There is no such event"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    organiser: FlaskClient, field: str, value: str, said: str
) -> None:
    token = token_in(organiser.get("/desk/forum/new").text)
    answer = organiser.post("/desk/forum/new", data={**DETAILS, field: value, "csrf_token": token})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Made-up floods" in answer.text


def test_what_is_wrong_is_listed_in_the_order_of_the_fields(organiser: FlaskClient) -> None:
    wrong = dict.fromkeys(("title", "day", "time"), "") | {"timezone": "Atlantis", "planned_minutes": "ten"}
    page = send(organiser, "/desk/forum/new", 422, **DETAILS | wrong)
    listed = re.findall(r'<li>\s*<a href="#(\w+)">', page)
    assert listed == ["title", "day", "time", "planned_minutes", "timezone"]
    places = [page.index(f'id="{name}"') for name in listed]
    assert places == sorted(places)


def test_a_time_that_the_clocks_skip_is_refused(organiser: FlaskClient) -> None:
    page = send(organiser, "/desk/forum/new", 422, **DETAILS | {"day": "2027-03-28", "time": "02:30"})
    assert "This time does not exist on that day" in page


@pytest.mark.both_databases
def test_two_sessions_of_one_title_get_addresses_of_their_own(organiser: FlaskClient) -> None:
    assert send(organiser, "/desk/forum/new", **DETAILS) != send(organiser, "/desk/forum/new", **DETAILS)


@pytest.mark.both_databases
def test_two_organisers_at_once_are_told_and_lose_nothing(organiser: FlaskClient, session_slug: str, database) -> None:
    path = f"/desk/forum/{session_slug}/details"
    page = organiser.get(path).text
    stale = re.search(r'name="version" value="(\d+)"', page)[1]
    fields = {name: DETAILS[name] for name in ("day", "time", "timezone", "new_forum")}
    send(organiser, path, title="The first one's title", version=stale, **fields)
    late = send(organiser, path, 422, title="The second one's title", version=stale, **fields)
    assert "Someone else saved first." in late
    assert "The second one&#39;s title" in late
    assert "The first one&#39;s title" in late
    assert read(database, session_slug).title == "The first one's title"
    fresh = re.search(r'name="version" value="(\d+)"', late)[1]
    send(organiser, path, title="The second one's title", version=fresh, **fields)
    assert read(database, session_slug).title == "The second one's title"


def test_a_leader_is_found_with_the_title_of_that_day(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        city = make_city(session, "Made-up Bogotá", country="CO")
        past = make_leader(session, "Made-up Núñez", city=city, title="Mayor", start_year=2010, end_year=2018)
        make_leader(session, "Made-up Ibáñez", city=city, title="Governor", start_year=2024)
    page = organiser.get(f"/desk/forum/{session_slug}/speakers/new?q=made-up+bogota").text
    assert page.index("Made-up Ibáñez") < page.index("Made-up Núñez")
    assert "no longer in office on that day" in page
    chosen = organiser.get(f"/desk/forum/{session_slug}/speakers/new?leader={past.slug}").text
    assert re.search(r'name="is_former"\s+value="1"\s+checked', chosen)
    send(
        organiser, f"/desk/forum/{session_slug}/speakers/new", leader=past.slug, name="Made-up Núñez", title="Mayor",
        is_former="1", city_name="Made-up Bogota", country_code="CO", role="speaker", status="announced",
    )  # fmt: skip
    speaker = read(database, session_slug).speakers[-1]
    assert speaker.leader is not None
    assert (speaker.leader.slug, speaker.is_former, speaker.city_id) == (past.slug, True, city.id)


def test_somebody_without_a_page_is_entered_by_hand(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    path = f"/desk/forum/{session_slug}/speakers/new"
    fields = {"name": "Made-up Guest", "title": "Director", "role": "moderator", "status": "confirmed"}
    assert "Please choose the country of the city." in send(organiser, path, 422, city_name="Nowhere", **fields)
    send(organiser, path, city_name="Nowhere", country_code="FR", attendance="remote", **fields)
    speaker = read(database, session_slug).speakers[-1]
    assert (speaker.name, speaker.city, speaker.city_name, speaker.attendance) == (
        "Made-up Guest", None, "Nowhere", "remote",
    )  # fmt: skip


def test_a_speaker_is_picked_and_nobody_types_an_address(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        city = make_city(session, "Made-up Bogotá", country="CO")
        leader = make_leader(session, "Made-up Núñez", city=city, title="Mayor", start_year=2020)
        other = make_session(session, "Made-up Other Session")
        other.speakers[0].name, other.speakers[0].title = "Made-up Guest of Honour", "Director"
        guest = other.speakers[0].id
    path = f"/desk/forum/{session_slug}/speakers/new"
    assert not re.search(r'<input type="text"\s+id="leader"', organiser.get(path).text)
    assert f"{path}?leader={leader.slug}" in organiser.get(f"{path}?q=nunez").text
    chosen = organiser.get(f"{path}?leader={leader.slug}").text
    assert re.search(rf'type="checkbox" id="leader" name="leader" value="{leader.slug}" checked', chosen)
    assert f"{path}?person={guest}" in organiser.get(f"{path}?q=honour").text
    assert 'value="Director"' in organiser.get(f"{path}?person={guest}").text
    for nobody in ("987654", "9" * 30, "-1"):
        assert organiser.get(f"{path}?person={nobody}").status_code == 404
    speaker = read(database, session_slug).speakers[1]
    edited = f"/desk/forum/{session_slug}/speakers/{speaker.id}"
    assert f"{edited}?leader={leader.slug}" in organiser.get(f"{edited}?q=nunez").text
    page = organiser.get(f"{edited}?leader={leader.slug}").text
    assert 'value="Made-up Núñez"' in page
    send(organiser, edited, version=str(speaker.version), leader=leader.slug, name=leader.name, role="speaker")
    again = read(database, session_slug).speakers[1]
    assert again.leader is not None
    assert again.leader.id == leader.id
    send(organiser, edited, version=str(again.version), name=leader.name, role="speaker")
    assert read(database, session_slug).speakers[1].leader is None


def test_languages_are_chosen_by_their_names(organiser: FlaskClient, session_slug: str, database: Database) -> None:
    path = f"/desk/forum/{session_slug}/details"
    page = organiser.get(path).text
    chosen = re.findall(r'<option value="(\w+)" selected>(\w+)</option>', page[page.index('id="languages"') :])
    assert chosen == [("en", "English")]
    assert ">Swahili</option>" in page
    form = DETAILS | {"languages": ["pt", "", "sw"], "version": str(read(database, session_slug).version)}
    answer = organiser.post(path, data={"csrf_token": token_in(page), **form})
    assert answer.status_code == 303
    assert read(database, session_slug).languages == ["pt", "sw"]


def test_minutes_are_changed_where_they_stand(organiser: FlaskClient, session_slug: str, database: Database) -> None:
    slot = read(database, session_slug).slots[0]
    page = f"/desk/forum/{session_slug}"

    def change(minutes: str, version: int) -> tuple[int, str]:
        data = {"csrf_token": token_in(organiser.get(page).text), "minutes": minutes, "version": str(version)}
        answer = organiser.post(f"{page}/slots/{slot.id}/minutes", data=data)
        return answer.status_code, answer.text

    code, text = change("many", slot.version)
    assert (code, "This is not a whole number." in text, 'value="many"' in text) == (422, True, True)
    assert change("11", slot.version)[0] == 303
    code, text = change("12", slot.version)
    assert (code, "Someone else saved first." in text) == (409, True)
    after = read(database, session_slug).slots[0]
    assert (after.minutes, after.kind, after.title) == (11, slot.kind, slot.title)
    assert change("", after.version)[0] == 303
    assert read(database, session_slug).slots[0].minutes is None


@pytest.mark.both_databases
def test_another_initiative_is_found_by_a_part_of_its_title(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        for title in ("Made-up Trams of Zed", "Made-up Trams of Yot", "Made-up Ferries"):
            make_initiative(session, title)
    offered = organiser.get("/desk/forum/initiatives.json?q=trams").json
    assert [row["label"] for row in offered["suggestions"]] == ["Made-up Trams of Yot", "Made-up Trams of Zed"]
    slot = read(database, session_slug).slots[4]
    path = f"/desk/forum/{session_slug}/slots/{slot.id}"
    bad = send(organiser, path, 422, version=str(slot.version), kind="talk", initiative="trams")
    assert "Please type more: Made-up Trams of Yot; Made-up Trams of Zed" in bad
    send(organiser, path, version=str(slot.version), kind="talk", initiative="ferries")
    assert [row.title for row in read(database, session_slug).slots[4].initiatives] == ["Made-up Ferries"]


def test_an_organiser_corrects_what_was_held(organiser: FlaskClient, session_slug: str, database: Database) -> None:
    talk = read(database, session_slug).slots[4]
    path = f"/desk/forum/{session_slug}/slots/{talk.id}"
    assert "Did it take place?" not in organiser.get(path).text
    with database.writing() as session:
        session.scalars(select(ForumSession)).one().state = "ended"
    assert "Did it take place?" in organiser.get(path).text
    for outcome, was_held in (("held", True), ("not-held", False), ("", False), ("unknown", None)):
        version = str(read(database, session_slug).slots[4].version)
        send(organiser, path, version=version, kind="talk", outcome=outcome)
        assert read(database, session_slug).slots[4].was_held is was_held, outcome


def test_who_did_not_come_is_marked(organiser: FlaskClient, session_slug: str, database: Database) -> None:
    speaker = read(database, session_slug).speakers[1]
    path = f"/desk/forum/{session_slug}/speakers/{speaker.id}"
    send(organiser, path, name=speaker.name, role="speaker", status="did-not-come", version=str(speaker.version))
    assert read(database, session_slug).speakers[1].status == "did-not-come"


def test_the_usual_run_of_show_is_laid_out_once(organiser: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        made = make_session(session, cities=(make_city(session),), state="draft")
        made.slots = []
        slug = made.slug
    for _ in range(2):
        token = token_in(organiser.get(f"/desk/forum/{slug}").text)
        version = str(read(database, slug).version)
        organiser.post(f"/desk/forum/{slug}/usual", data={"csrf_token": token, "version": version})
    forum_session = read(database, slug)
    assert [slot.kind for slot in forum_session.slots] == [
        "opening", "thematic-presentation", "flow", "introduction", "talk", "remark", "panel", "questions", "closing",
    ]  # fmt: skip
    assert forum_session.slots[0].speaker == forum_session.speakers[0]
    assert forum_session.slots[4].speaker == forum_session.speakers[1]


@pytest.mark.both_databases
def test_a_slot_moves_by_buttons_and_by_place(organiser: FlaskClient, session_slug: str, database: Database) -> None:
    def order() -> list[int]:
        return [slot.id for slot in read(database, session_slug).slots]

    def move(key: int, to: str, version: int | None = None) -> str:
        version = version or read(database, session_slug).version
        return send(organiser, f"/desk/forum/{session_slug}/slots/{key}/move", to=to, version=str(version))

    before = order()
    move(before[0], "up")
    assert order() == before
    move(before[0], "down")
    assert order() == [before[1], before[0], *before[2:]]
    move(before[0], "up")
    assert order() == before
    stale = read(database, session_slug).version
    move(before[-1], "0")
    assert order() == [before[-1], *before[:-1]]
    page = move(before[0], "3", stale)
    assert order() == [before[-1], *before[:-1]]
    assert "Someone else saved first" in organiser.get(page).text
    assert "Someone else saved first" not in organiser.get(page).text, "it is told once"


def test_a_talk_presents_initiatives_and_a_vision(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        speaker = session.scalars(select(Speaker).where(Speaker.role == "speaker")).first()
        ours = make_initiative(session, "Made-up Buses", cities=(speaker.city,))
        other = make_initiative(session, "Made-up Elsewhere")
        vision = make_vision(session, speaker.city, title="Made-up Vision of Buses")
        talk = session.scalars(select(Slot).where(Slot.speaker_id == speaker.id, Slot.kind == "talk")).one()
    path = f"/desk/forum/{session_slug}/slots/{talk.id}"
    page = organiser.get(path).text
    assert "Made-up Buses" in page
    assert "Made-up Vision of Buses" in page
    assert "Made-up Elsewhere" not in page
    fields = {"kind": "talk", "minutes": "9", "speaker": str(speaker.id)}
    bad = send(
        organiser, path, 422, version=str(talk.version), presented=ours.slug, initiative="No such thing", **fields
    )
    assert "No initiative has this title." in bad
    assert re.search(rf'value="{ours.slug}" checked', bad)
    send(
        organiser, path, version=str(talk.version), presented=ours.slug, vision=vision.slug,
        initiative=f"https://peers.example/initiatives/{other.slug}", **fields,
    )  # fmt: skip
    slot = next(one for one in read(database, session_slug).slots if one.id == talk.id)
    assert [initiative.id for initiative in slot.initiatives] == [ours.id, other.id]
    assert slot.vision is not None
    assert (slot.vision.id, slot.minutes) == (vision.id, 9)


def test_an_organiser_is_warned_when_it_runs_over(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        slot = session.scalars(select(Slot).where(Slot.kind == "panel")).one()
        slot.minutes = 300
    page = organiser.get(f"/desk/forum/{session_slug}").text
    assert re.search(r"This is \d+ minutes too long\.", page)


def test_a_session_is_announced_called_off_and_never_skips_a_state(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    def go(state: str) -> str:
        return send(
            organiser,
            f"/desk/forum/{session_slug}/state",
            state=state,
            version=str(read(database, session_slug).version),
        )

    assert 'role="alert"' in organiser.get(go("ended")).text
    organiser.get(go("announced"))
    with database.writing() as session:
        session.scalars(select(ForumSession)).one().starts_at = now()
    page = organiser.get(f"/desk/forum/{session_slug}").text
    assert "Mark as ended" not in page, "nobody has held it yet"
    assert "End it on the console" in page
    assert 'role="alert"' in organiser.get(go("ended")).text
    assert organiser.get(f"/forum/{session_slug}").status_code == 200
    go("cancelled")
    assert "This session was cancelled." in organiser.get(f"/forum/{session_slug}").text
    go("draft")
    assert organiser.get(f"/forum/{session_slug}").status_code == 404


def test_what_was_held_without_the_console_is_put_down_as_over_and_back(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        forum_session = session.scalars(select(ForumSession)).one()
        forum_session.state, forum_session.starts_at = "announced", now() - timedelta(minutes=61)
    for button, state in (("Mark as ended", "ended"), ("Mark as not ended", "announced")):
        assert button in organiser.get(f"/desk/forum/{session_slug}").text
        send(
            organiser,
            f"/desk/forum/{session_slug}/state",
            state=state,
            version=str(read(database, session_slug).version),
        )
        assert read(database, session_slug).state == state


def test_a_session_that_is_led_ends_at_the_desk_as_at_the_console(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        forum_session = session.scalars(select(ForumSession)).one()
        forum_session.state = "announced"
        session_control.take_step(session, forum_session, "started", 0, now())
    send(
        organiser, f"/desk/forum/{session_slug}/state", state="ended", version=str(read(database, session_slug).version)
    )
    with database.reading() as session:
        forum_session = session.scalars(select(ForumSession)).one()
        assert [step.kind for step in steps_of(session, forum_session.id)] == ["started", "ended"]
        assert not session.get_one(LiveStatus, forum_session.id).questions_open
    assert "Mark as not ended" not in organiser.get(f"/desk/forum/{session_slug}").text, (
        "the console takes the last step back"
    )


@pytest.mark.both_databases
def test_an_organiser_who_saves_while_a_moderator_marks_an_answer_waits_and_both_are_done(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        forum_session = session.scalars(select(ForumSession)).one()
        forum_session.state = "announced"
        session_control.take_step(session, forum_session, "started", 0, now())
        question = asked(session, forum_session, "Who pays?")
        moderation.approve(session, forum_session, question)
        slot = forum_session.slots[-1].id
    path = f"/desk/forum/{session_slug}/slots/{slot}"
    form = {"kind": "closing", "minutes": "4", "version": "1", "csrf_token": token_in(organiser.get(path).text)}
    answers: list[int] = []
    organising = threading.Thread(target=lambda: answers.append(organiser.post(path, data=form).status_code))
    with database.writing() as session:
        forum_session = session_to_change(session, slug=session_slug)
        organising.start()
        until_somebody_waits(database)
        moderation.answered(session, forum_session, session.get_one(Question, question.id), now(), "The state.")
    organising.join()
    after = read(database, session_slug)
    assert (answers, after.slots[-1].minutes) == ([303], 4)
    with database.reading() as session:
        assert session.get_one(Question, question.id).answer == "The state."


def until_somebody_waits(database: Database) -> None:
    """Until a transaction waits for the lock of another; with SQLite it waits before it begins."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    for _ in range(0 if database.is_sqlite else 200):
        with database.reading() as session:
            if session.scalar(text(waiting)):
                return
        time.sleep(0.02)


@pytest.mark.both_databases
def test_only_a_draft_is_taken_out(organiser: FlaskClient, session_slug: str, database: Database) -> None:
    def take_out() -> str:
        version = str(read(database, session_slug).version)
        token = token_in(organiser.get(f"/desk/forum/{session_slug}").text)
        return organiser.post(
            f"/desk/forum/{session_slug}/take-out", data={"csrf_token": token, "version": version}
        ).headers["Location"]

    with database.writing() as session:
        session.scalars(select(ForumSession)).one().state = "announced"
    assert 'role="alert"' in organiser.get(take_out()).text
    with database.writing() as session:
        session.scalars(select(ForumSession)).one().state = "draft"
    assert take_out() == "/desk/forum"
    with database.reading() as session:
        assert session.scalars(select(ForumSession)).all() == []
        assert session.scalars(select(Slot)).all() == []


def test_a_closing_statement_joins_the_record(organiser: FlaskClient, session_slug: str, database: Database) -> None:
    speaker = read(database, session_slug).speakers[1]
    path = f"/desk/forum/{session_slug}/statements/new"
    assert "Please fill this in." in send(organiser, path, 422, kind="closing", speaker=str(speaker.id))
    send(
        organiser, path, kind="closing", text="A made-up closing.", speaker=str(speaker.id),
        source="https://example.org/closing",
    )  # fmt: skip
    (statement,) = read(database, session_slug).statements
    assert (statement.kind, statement.text, statement.speaker_id) == ("closing", "A made-up closing.", speaker.id)


def test_an_organiser_sees_which_slots_go_with_a_speaker_before_they_do(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    speaker = read(database, session_slug).speakers[1]
    path = f"/desk/forum/{session_slug}/speakers/{speaker.id}/take-out"
    assert f'href="{path}"' in organiser.get(f"/desk/forum/{session_slug}").text
    page = organiser.get(path).text
    assert "These 3 items are removed too" in page
    going = re.findall(r"<span>([^<]+)</span>", page[page.index("leaving-time") :])
    assert [one.split("after")[0].strip() for one in going] == ["Introduction", "Talk", "Chair's remark"]
    early = send(organiser, path, 422, version="0")
    assert "Someone else saved first." in early
    assert len(read(database, session_slug).slots) == 12
    assert send(organiser, path, version=str(read(database, session_slug).version)).endswith("#speakers")
    after = read(database, session_slug)
    assert speaker.id not in {one.id for one in after.speakers}
    assert [slot.kind for slot in after.slots[3:-3]] == ["introduction", "talk", "remark"]
    assert {slot.speaker_id for slot in after.slots[3:-3]} == {after.speakers[1].id}
    assert organiser.get(path).status_code == 404


def test_an_organiser_is_told_that_somebody_who_has_spoken_stays(
    organiser: FlaskClient, session_slug: str, database: Database
) -> None:
    with database.writing() as session:
        speaker = session.scalars(select(Speaker).where(Speaker.role == "speaker")).first()
        speaker.status = "spoke"
    path = f"/desk/forum/{session_slug}/speakers/{speaker.id}/take-out"
    page = organiser.get(path).text
    assert "has spoken in this session" in page
    assert 'name="version"' not in page
    token = token_in(organiser.get(f"/desk/forum/{session_slug}").text)
    version = str(read(database, session_slug).version)
    refused = organiser.post(path, data={"csrf_token": token, "version": version})
    assert refused.status_code == 422
    assert "Nothing was removed" in refused.text
    assert len(read(database, session_slug).speakers) == 3


@pytest.mark.parametrize(
    "path", ["/desk/forum/{slug}", "/desk/forum/{slug}/slots/{slot}", "/desk/forum/{slug}/speakers/{speaker}"]
)
def test_parts_of_another_session_are_not_found(
    organiser: FlaskClient, session_slug: str, database: Database, path
) -> None:
    with database.writing() as session:
        other = make_session(session, cities=(make_city(session),))
        address = path.format(
            slug="no-such" if path.endswith("slug}") else session_slug,
            slot=other.slots[0].id,
            speaker=other.speakers[0].id,
        )
    assert organiser.get(address).status_code == 404


@pytest.mark.parametrize("path", ["/desk/forum", "/desk/forum/{slug}", "/desk/forum/{slug}/slots/{slot}"])
def test_three_cost_as_many_queries_as_one(organiser: FlaskClient, app: Flask, database: Database, path: str) -> None:
    counted = []
    for several in (1, 3):
        with database.writing() as session:
            for _ in range(several):
                cities = tuple(make_city(session) for _ in range(several))
                made = make_session(session, cities=cities)
                for slot in made.slots:
                    if slot.kind == "talk":
                        slot.presented = [SlotInitiative(initiative=make_initiative(session, cities=cities))]
                        slot.vision = make_vision(session, cities[0])
                made.statements = [Statement(kind="point", text="Made-up", speaker=made.speakers[1])]
            session.flush()
            address = path.format(slug=made.slug, slot=made.slots[4].id)
        organiser.get(address)
        with counted_queries(app) as asked:
            assert organiser.get(address).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]
