"""A session is held, as people without JavaScript meet it: the chair, a moderator, and people of the audience."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.accounts.models import AuditEvent
from kb.core.column_types import now
from kb.core.db import Database
from kb.forum.live import chairs, queries, session_control
from kb.forum.models import Block, ChairLink, ClockStep, ForumSession, Question, Statement, Vote
from kb.web.forum import participants
from tests.factories import make_user
from tests.forum_factories import NOON, asked, make_dialogue
from tests.sign_in import send, signed_in, token_in

from .desk.desk_forms import fields_in
from .page_readers import counted_queries

CONSOLE = "/forum/made-up-dialogue/console"
QUEUE = "/forum/made-up-dialogue/questions"
CHAIRS = "/forum/made-up-dialogue/chairs"


@pytest.fixture
def running_session(database: Database) -> ForumSession:
    """An announced session."""
    with database.writing() as session:
        return make_dialogue(session)


@pytest.fixture
def chair(app: Flask, database: Database, running_session: ForumSession) -> FlaskClient:
    """An editor who is signed in, and leads."""
    with database.writing() as session:
        editor = make_user(session, "editor", name="Made-up Chair")
    return signed_in(app.test_client(), editor)


@pytest.fixture
def person(app: Flask, running_session: ForumSession) -> FlaskClient:
    """Somebody in the audience, who has opened the page."""
    made = app.test_client()
    assert made.get(f"/f/{running_session.short_code}").status_code == 200
    return made


def step(client: FlaskClient, kind: str, **more: object):
    page = client.get(CONSOLE).text
    seen = more.pop("seen", None) or re.search(r'name="seen" value="(\d+)"', page)[1]
    data = {"step": kind, "seen": seen, "csrf_token": token_in(page), **more}
    return client.post(CONSOLE, data=data)


def moderate(client: FlaskClient, question: int, action: str, seen: str, **more: object):
    return send(client, QUEUE, question=question, moderation_action=action, seen=seen, **more)


def link_shown(client: FlaskClient, answer: Any) -> str:
    """The link to the console that was made just now, as the page shows it to which the answer leads."""
    page = client.get(answer.location)
    assert "no-store" in page.headers["Cache-Control"]
    (path,) = re.findall(r'value="http://localhost(/chair/[^"]+)"', page.text)
    return str(path)


def ask(client: FlaskClient, running_session: ForumSession, text: str, **more: object):
    return send(client, f"/f/{running_session.short_code}/ask", text=text, **more)


def vote(client: FlaskClient, running_session: ForumSession, question: int, **more: object):
    data = {"question": question, "csrf_token": token_of(client, running_session), **more}
    return client.post(f"/f/{running_session.short_code}/vote", data=data)


def question(database: Database, text: str) -> Question:
    with database.reading() as session:
        return session.query(Question).filter_by(text=text).one()


def test_a_code_may_be_typed_in_capitals_and_a_wrong_one_is_explained(
    person: FlaskClient, running_session: ForumSession
) -> None:
    answer = person.get(f"/f/{running_session.short_code.upper()}", follow_redirects=True)
    assert answer.status_code == 200
    assert answer.request.path == f"/f/{running_session.short_code}"
    wrong = person.get("/f/aaaaaa")
    assert wrong.status_code == 404
    assert "No session has this code." in wrong.text
    assert 'href="/forum"' in wrong.text


@pytest.mark.both_databases
def test_a_session_is_led_and_the_audience_sees_what_is_on(
    chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    assert "Starts at 13:00" in person.get(f"/f/{running_session.short_code}").text
    assert step(chair, "started").status_code == 303
    assert "Welcome" in person.get(f"/f/{running_session.short_code}").text
    step(chair, "next")
    page = person.get(f"/f/{running_session.short_code}").text
    assert "Made-up Ana Lopez" in page
    assert "Made-up flood watch of" in page
    assert "A note for the chair" not in page
    assert "A note for the chair 1" in chair.get(CONSOLE).text


def token_of(client: FlaskClient, running_session: ForumSession) -> str:
    return re.search(r'data-token="([^"]+)"', client.get(f"/f/{running_session.short_code}").text)[1]


def begins(database: Database, running_session: ForumSession, at: datetime) -> None:
    """Put a session at another time."""
    with database.writing() as session:
        session.get_one(ForumSession, running_session.id).starts_at = at


@pytest.mark.both_databases
def test_a_question_goes_from_the_audience_to_the_wall_and_gets_its_answer(
    app: Flask, database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    asked = ask(
        person, running_session, "Who pays for it?", name="Made-up Asker", speaker=running_session.speakers[0].id
    )
    assert asked.status_code == 303
    assert "was sent" in person.get(asked.location).text
    other = app.test_client()
    assert "Who pays" not in other.get(f"/f/{running_session.short_code}").text
    key = question(database, "Who pays for it?").id
    assert "Who pays for it?" in chair.get(QUEUE).text

    assert moderate(chair, key, "approve", "waiting").status_code == 303
    assert "Who pays for it?" in other.get(f"/f/{running_session.short_code}").text
    assert vote(other, running_session, key).status_code == 303
    assert vote(other, running_session, key).status_code == 303
    assert moderate(chair, key, "pin", "approved").status_code == 303
    screen = other.get("/forum/made-up-dialogue/screen").text
    assert re.search(r"wall-text[^>]*>Who pays for it\?", screen)
    assert "1 vote" in screen
    moderate(chair, key, "answered", "approved", answer="The state pays half.", by=running_session.speakers[0].id)
    page = other.get(f"/f/{running_session.short_code}").text
    assert "The state pays half." in page
    assert "Answer by Made-up Ana Lopez" in page


def test_a_remark_is_the_chairs_and_not_of_the_speaker_whom_it_follows(
    database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    with database.writing() as session:
        forum_session = session.get_one(ForumSession, running_session.id)
        forum_session.slots[2].kind = "remark"
        forum_session.slots[2].speaker = forum_session.speakers[0]
    for kind in ("started", "next", "next"):
        step(chair, kind)
    slug = "/forum/made-up-dialogue"
    for path in (f"/f/{running_session.short_code}", f"{slug}/screen", CONSOLE, QUEUE, slug, f"/desk{slug}"):
        page = unescape(chair.get(path).text)
        assert "Chair's remark after Made-up Ana Lopez" in page, path
        assert not re.search(r">\s*Chair's remark\s*<", page), path
    remark = chair.get(slug).text.split("show-remark")[1].split("</li>")[0]
    assert "show-who" not in remark


def test_what_comes_next_is_told_by_its_kind_too_since_one_person_is_introduced_and_then_talks(
    database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    with database.writing() as session:
        forum_session = session.get_one(ForumSession, running_session.id)
        forum_session.slots[0].kind = "introduction"
        forum_session.slots[0].speaker = forum_session.speakers[0]
    step(chair, "started")
    for path in (f"/f/{running_session.short_code}", "/forum/made-up-dialogue/screen", CONSOLE):
        assert re.search(r"Next\W.*?\bTalk, Made-up Ana Lopez", chair.get(path).text, re.DOTALL), path
    console = chair.get(CONSOLE).text
    assert "Now: Introduction, Made-up Ana Lopez" in console
    assert "Next: Talk, Made-up Ana Lopez" in console


def test_what_was_said_is_taken_down(database: Database, chair: FlaskClient, running_session: ForumSession) -> None:
    step(chair, "started")
    step(chair, "next")
    assert (
        send(chair, f"{CONSOLE}/said", CONSOLE, text="We began with\r\ntwo sensors.", kind="point").status_code == 303
    )
    with database.reading() as session:
        statement = session.query(Statement).one()
        assert (statement.text, statement.speaker.name, statement.slot.kind) == (
            "We began with\ntwo sensors.",
            "Made-up Ana Lopez",
            "talk",
        )
    assert send(chair, f"{CONSOLE}/said", CONSOLE, text="  ").status_code == 422


def test_a_second_console_is_told_and_does_not_step_twice(
    database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    assert step(chair, "next", seen="1").status_code == 303
    late = step(chair, "next", seen="1")
    assert late.status_code == 409
    assert "Someone else was first" in late.text
    assert 'name="seen" value="2"' in late.text
    with database.reading() as session:
        assert session.query(ClockStep).count() == 2


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (CONSOLE, {"step": "jump", "seen": "0"}),
        (CONSOLE, {"step": "started"}),
        (CONSOLE, {"step": "next", "seen": "0"}),
        (QUEUE, {"question": "1", "moderation_action": "applaud", "seen": "waiting"}),
        (QUEUE, {"question": "x", "moderation_action": "approve", "seen": "waiting"}),
        (QUEUE, {"question": "9" * 25, "moderation_action": "approve", "seen": "waiting"}),
        (CONSOLE, {"step": "next", "seen": "0", "slot": "2147483648"}),
    ],
)
def test_nonsense_is_told_and_changes_nothing(
    database: Database, chair: FlaskClient, path: str, sent: dict[str, str]
) -> None:
    answer = send(chair, path, **sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with database.reading() as session:
        assert session.query(ClockStep).count() == 0


def test_somebody_who_asks_badly_is_told_and_loses_nothing(
    chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    long = "Why? " * 150
    answer = ask(person, running_session, long, name="Made-up Asker")
    assert answer.status_code == 422
    assert "At most 500 are allowed." in answer.text
    assert long.strip() in answer.text
    assert "Made-up Asker" in answer.text
    for sent in (
        {"text": "\u200b"},
        {"text": "To whom?", "speaker": "9" * 25},
        {"text": "What?", "initiative": "2147483648"},
    ):
        assert ask(person, running_session, **sent).status_code == 422
    step(chair, "ended")
    data = {"text": "Too late?", "csrf_token": token_of(person, running_session)}
    late = person.post(f"/f/{running_session.short_code}/ask", data=data)
    assert late.status_code == 422
    assert "Questions are closed" in late.text
    assert "Too late?" in late.text


def test_questions_are_closed_with_one_click(
    chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    assert send(chair, f"{QUEUE}/open", QUEUE, open="").status_code == 303
    assert "Questions are closed" in person.get(f"/f/{running_session.short_code}").text
    send(chair, f"{QUEUE}/open", QUEUE, open="1")
    assert "Ask a question" in person.get(f"/f/{running_session.short_code}").text


def test_people_are_told_what_is_kept_and_take_their_names_off(
    app: Flask, database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    form = person.get(f"/f/{running_session.short_code}/ask").text
    assert "deleted 90 days after the session" in form
    assert "each person votes once" in form
    ask(person, running_session, "Who pays for it?", name="Made-up Asker")
    key = question(database, "Who pays for it?").id
    stranger = app.test_client()
    stranger.get(f"/f/{running_session.short_code}")
    page = f"/f/{running_session.short_code}/ask"
    assert send(stranger, f"/f/{running_session.short_code}/name-off", page, question=key).status_code == 404
    assert "Made-up Asker" in person.get(f"/f/{running_session.short_code}").text
    assert send(person, f"/f/{running_session.short_code}/name-off", page, question=key).status_code == 303
    assert question(database, "Who pays for it?").asker_name is None


def test_a_moderator_takes_a_name_off_blocks_and_lets_in_again(
    database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    ask(person, running_session, "A made-up rudeness", name="Made-up Asker")
    key = question(database, "A made-up rudeness").id
    moderate(chair, key, "name-off", "waiting")
    assert question(database, "A made-up rudeness").asker_name is None
    moderate(chair, key, "block", "waiting")
    refused = ask(person, running_session, "Again?")
    assert refused.status_code == 422
    assert "blocked questions from your browser" in refused.text
    with database.reading() as session:
        blocked = session.query(Block).one().asker_hash
    send(chair, f"{QUEUE}/unblock", QUEUE, blocked=blocked)
    assert ask(person, running_session, "Again?").status_code == 303


@pytest.mark.both_databases
def test_a_flood_from_one_address_is_held_back_and_removed_at_once_while_the_hall_still_asks(
    app: Flask, database: Database, chair: FlaskClient, running_session: ForumSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participants, "QUESTIONS_BY_ADDRESS", "3 per 5 minutes")
    step(chair, "started")
    phones = [app.test_client() for _ in range(6)]
    codes = [ask(phone, running_session, f"Flood {number}?").status_code for number, phone in enumerate(phones)]
    assert codes == [303] * 6
    assert ask(app.test_client(), running_session, "Honest, and in the same hall?").status_code == 303
    page = chair.get(QUEUE).text
    shown, held_back = page.split('id="held"')[0], page.split('id="held"')[1].split("</details>\n")[0]
    assert "Flood 2?" in shown
    assert "Flood 3?" not in shown
    assert "Honest, and in the same hall?" in page.split('id="held-list"')[1]
    assert '<span class="count">4</span>' in held_back

    key = question(database, "Honest, and in the same hall?").id
    assert moderate(chair, key, "approve", "waiting").status_code == 303
    look = chair.get(f"{QUEUE}/remove?held_back=1")
    assert "Remove 3 questions?" in look.text
    assert "Flood 5?" in look.text
    assert "Flood 2?" not in look.text
    fields = dict(re.findall(r'name="(held_back|up_to)" value="([^"]+)"', look.text))
    removed = send(chair, f"{QUEUE}/remove", f"{QUEUE}/remove?held_back=1", **fields)
    page = chair.get(removed.location).text
    assert "3 questions were removed together." in page
    assert send(chair, f"{QUEUE}/restore", QUEUE, removal=1).status_code == 303
    assert question(database, "Flood 5?").state == "waiting"


@pytest.mark.both_databases
def test_all_of_one_asker_or_since_a_time_are_looked_at_and_removed(
    database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    for number in (1, 2):
        ask(person, running_session, f"Spam {number}?")
    key = question(database, "Spam 2?").id
    since = (now() - timedelta(minutes=5)).astimezone(ZoneInfo(running_session.timezone)).strftime("%H:%M")
    for selection in (f"question={key}&on=console", f"since={since}"):
        path = f"{QUEUE}/remove?{selection}"
        look = chair.get(path).text
        assert "Remove 2 questions?" in look
        fields = dict(re.findall(r'name="(question|since|up_to|on)" value="([^"]+)"', look))
        removed = send(chair, f"{QUEUE}/remove", path, **fields)
        assert removed.location == (CONSOLE if "console" in selection else QUEUE)
        assert question(database, "Spam 1?").state == "declined"
        assert "Nothing to remove" in chair.get(path).text
        number = re.search(r'name="removal" value="(\d+)"', chair.get(removed.location).text)[1]
        assert send(chair, f"{QUEUE}/restore", QUEUE, removal=number).status_code == 303


@pytest.mark.parametrize("selection", ["", "since=25:99", "since=14:05&held_back=1", "question=0", "question=x"])
def test_a_removal_of_nothing_in_particular_is_told(
    chair: FlaskClient, running_session: ForumSession, selection: str
) -> None:
    answer = chair.get(f"{QUEUE}/remove?{selection}")
    assert answer.status_code == 422
    assert "Please choose which questions to remove" in answer.text
    assert send(chair, f"{QUEUE}/remove", QUEUE, since="14:05").status_code == 422
    assert send(chair, f"{QUEUE}/restore", QUEUE, removal="x").status_code == 422


def test_questions_are_numbered_from_one_in_each_session_and_joined_by_these_numbers(
    database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    with database.writing() as session:
        other = make_dialogue(session, "made-up-other")
        for forum_session in (other, session.get_one(ForumSession, running_session.id)):
            session_control.take_step(session, forum_session, "started", 0, NOON)
        for number in (1, 2, 3):
            asked(session, other, "Of another session?", number)
        first, second = (
            asked(session, session.get_one(ForumSession, running_session.id), "Who pays?", one) for one in (1, 2)
        )
    page = chair.get(QUEUE).text
    assert re.findall(r'queued-number">(No. \d+)<', page) == ["No. 1", "No. 2"]
    assert re.findall(r'<option value="(\d+)">Who pays', page) == ["1", "2"]
    assert moderate(chair, second.id, "merge", "waiting", into=first.number).status_code == 303
    assert "with no. 1" in chair.get(QUEUE).text
    assert moderate(chair, first.id, "merge", "waiting", into=3).status_code == 422, "there is no third in this session"


def test_an_administrator_reads_what_moderators_did_and_nothing_of_who_asked(
    app: Flask, database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    begins(database, running_session, now())
    guest = app.test_client()
    guest.get(link_shown(chair, send(chair, CHAIRS, name="Made-up Guest Chair")))
    step(chair, "started")
    ask(person, running_session, "Who pays for it?", name="Made-up Asker")
    key = question(database, "Who pays for it?").id
    moderate(guest, key, "approve", "waiting")
    moderate(chair, key, "block", "approved")
    send(guest, f"{QUEUE}/open", QUEUE, open="")
    with database.writing() as session:
        administrator = make_user(session, "administrator", name="Made-up Administrator")
    page = signed_in(app.test_client(), administrator).get("/desk/audit?kind=session").text
    told = re.sub(r"<[^>]+>|\s+", " ", page)
    told = " ".join(told.split())
    assert "Made-up Guest Chair approved a question · Session made-up-dialogue question: 1; link: 1" in told
    assert "Made-up Chair blocked a person · Session made-up-dialogue question: 1" in told
    assert "Made-up Guest Chair closed the questions" in told
    assert "Made-up Asker" not in page
    assert question(database, "Who pays for it?").asker_hash[:6] not in page


def test_nothing_that_tells_who_it_was_is_stored_or_shown(
    app: Flask, database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    ask(person, running_session, "Who pays for it?")
    asked = question(database, "Who pays for it?")
    moderate(chair, asked.id, "approve", "waiting")
    other = app.test_client()
    other.get(f"/f/{running_session.short_code}")
    vote(other, running_session, asked.id)
    with database.reading() as session:
        voted = session.query(Vote).one()
        assert re.fullmatch(r"[0-9a-f]{64}", voted.voter_hash)
        stored = [asked.asker_hash, voted.voter_hash]
    cookie = person.get_cookie("voice").value
    for path in (
        f"/f/{running_session.short_code}",
        f"/f/{running_session.short_code}/now",
        "/forum/made-up-dialogue/screen",
    ):
        text = other.get(path).text
        assert not any(sign in text for sign in [*stored, cookie])
    assert cookie not in repr(stored)


def test_the_cookie_of_the_audience_cannot_be_made_up(
    app: Flask, database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    forger = app.test_client()
    forger.set_cookie("voice", "made-up.signature")
    page = app.test_client()
    token = token_of(page, running_session)
    forger.set_cookie("session", page.get_cookie("session").value)
    answer = forger.post(f"/f/{running_session.short_code}/ask", data={"text": "Who pays?", "csrf_token": token})
    assert answer.status_code == 422
    assert "sent no cookie" in answer.text


def test_a_page_that_knows_the_newest_is_answered_in_one_line(
    chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    first = person.get(f"/f/{running_session.short_code}/now")
    assert first.status_code == 200
    assert first.headers["X-Now"].isdigit()
    again = person.get(f"/f/{running_session.short_code}/now", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    step(chair, "started")
    changed = person.get(f"/f/{running_session.short_code}/now", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    version = re.compile(r'data-version="(\d+)"')
    assert int(version.search(changed.text)[1]) > int(version.search(first.text)[1])
    console = chair.get(CONSOLE)
    assert chair.get(CONSOLE, headers={"If-None-Match": console.headers["ETag"]}).status_code == 304


def test_a_packed_part_says_the_same(person: FlaskClient, running_session: ForumSession) -> None:
    import gzip

    plain = person.get(f"/f/{running_session.short_code}/now")
    packed = person.get(f"/f/{running_session.short_code}/now", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_pages_renew_themselves_without_javascript(person: FlaskClient, running_session: ForumSession) -> None:
    for path in (f"/f/{running_session.short_code}", "/forum/made-up-dialogue/screen"):
        assert '<noscript><meta http-equiv="refresh"' in person.get(path).text
    assert "http-equiv" not in person.get(f"/f/{running_session.short_code}/ask").text


def test_a_short_link_leads_to_the_page_and_its_code_says_so(
    person: FlaskClient, running_session: ForumSession
) -> None:
    drawing = person.get(f"/f/{running_session.short_code}/qr.svg")
    assert drawing.mimetype == "image/svg+xml"
    assert drawing.text.startswith("<?xml")
    assert f"/f/{running_session.short_code}" in person.get("/forum/made-up-dialogue/poster").text
    for path in ("/f/nocode", "/f/nocode/now", "/f/nocode/ask", "/forum/no-such/screen"):
        assert person.get(path).status_code == 404


def test_nobody_sees_a_draft(app: Flask, database: Database) -> None:
    with database.writing() as session:
        draft = make_dialogue(session, state="draft")
    for path in (f"/f/{draft.short_code}", f"/f/{draft.short_code}/now", "/forum/made-up-dialogue/screen"):
        assert app.test_client().get(path).status_code == 404


LED = [
    ("get", CONSOLE),
    ("post", CONSOLE),
    ("post", f"{CONSOLE}/said"),
    ("get", QUEUE),
    ("post", QUEUE),
    ("post", f"{QUEUE}/open"),
    ("post", f"{QUEUE}/unblock"),
    ("get", "/forum/made-up-dialogue/chairs"),
    ("post", "/forum/made-up-dialogue/chairs"),
    ("post", "/forum/made-up-dialogue/chairs/revoke"),
]


@pytest.mark.parametrize("role", [None, "contributor", "editor", "administrator"])
def test_only_those_who_may_lead_get_in(
    app: Flask, database: Database, running_session: ForumSession, role: str | None
) -> None:
    client = app.test_client()
    if role:
        with database.writing() as session:
            person = make_user(session, role)
        signed_in(client, person)
    token = {"csrf_token": token_of(client, running_session)}
    headers = {"Sec-Fetch-Site": "same-origin"}
    for method, path in LED:
        answer = client.open(path, method=method.upper(), data=token if method == "post" else None, headers=headers)
        if role is None:
            kept_out = answer.status_code == 401 if method == "post" else answer.location.startswith("/sign-in")
            assert kept_out, (method, path)
        elif role == "contributor":
            assert answer.status_code == 403, (method, path)
        else:
            assert answer.status_code in {200, 303, 404, 422}, (method, path)


def test_a_note_that_is_sent_twice_is_in_the_record_once(
    database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    begins(database, running_session, now())
    path = f"{CONSOLE}/said"
    fields = fields_in(chair.get(CONSOLE).text, path) | {"text": "The city pays."}
    answers = [chair.post(path, data=fields) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, CONSOLE)] * 2
    with database.reading() as session:
        assert session.query(Statement).count() == 1


def test_a_forged_form_is_refused(chair: FlaskClient, running_session: ForumSession) -> None:
    of_the_audience = [f"/f/{running_session.short_code}/{form}" for form in ("ask", "vote")]
    for path in (*(path for method, path in LED if method == "post"), *of_the_audience):
        answer = chair.post(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 400, path


def test_a_chair_comes_in_by_a_link_until_it_is_taken_back(
    app: Flask, database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    begins(database, running_session, now())
    link = link_shown(chair, send(chair, CHAIRS, name="Made-up Guest Chair"))
    with database.reading() as session:
        chair_link = session.query(ChairLink).one()
        assert link.rsplit("/", 1)[1] not in chair_link.token_hash
    assert link not in chair.get("/forum/made-up-dialogue/chairs").text

    guest = app.test_client()
    come = guest.get(link)
    assert (come.status_code, come.location) == (303, CONSOLE)
    assert come.headers["Referrer-Policy"] == "no-referrer"
    console = guest.get(CONSOLE)
    assert console.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in console.headers["Cache-Control"]
    assert step(guest, "started").status_code == 303
    with database.reading() as session:
        assert session.query(ClockStep).one().by == "Made-up Guest Chair"

    send(chair, "/forum/made-up-dialogue/chairs/revoke", "/forum/made-up-dialogue/chairs", link=chair_link.id)
    for page in (guest.get(CONSOLE), app.test_client().get(link)):
        assert page.status_code == 410
        assert "This link was cancelled." in page.text
    assert app.test_client().get("/chair/made-up").status_code == 404
    with database.reading() as session:
        noted = session.query(AuditEvent).filter_by(kind="session", key="made-up-dialogue").order_by(AuditEvent.id)
        assert [event.verb for event in noted] == ["make-chair-link", "revoke-chair-link"]


def test_a_link_runs_out_a_day_after_the_session_and_says_so(
    app: Flask, database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    begins(database, running_session, now() - timedelta(hours=24))
    link = link_shown(chair, send(chair, CHAIRS, name="Made-up Guest Chair"))
    assert "24 hours after the planned end" in chair.get(CHAIRS).text
    guest = app.test_client()
    assert guest.get(link).status_code == 303
    assert guest.get(CONSOLE).status_code == 200
    begins(database, running_session, now() - timedelta(hours=25))
    for page in (guest.get(CONSOLE), guest.get(QUEUE), app.test_client().get(link)):
        assert page.status_code == 410
        assert "This link has expired" in page.text
    page = chair.get("/forum/made-up-dialogue/chairs").text
    assert "All links to this session expired on" in page
    assert "Cancel link" not in page
    assert chair.get(CONSOLE).status_code == 200, "whoever has an account may still put the record right"


def test_a_link_is_given_anew_and_the_old_one_is_over(
    app: Flask, database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    begins(database, running_session, now())
    first = link_shown(chair, send(chair, CHAIRS, name="Made-up Guest Chair"))
    second = link_shown(chair, send(chair, f"{CHAIRS}/renew", CHAIRS, link=1))
    assert app.test_client().get(first).status_code == 410
    guest = app.test_client()
    assert guest.get(second).status_code == 303
    assert "Made-up Guest Chair" in guest.get(CONSOLE).text
    assert send(chair, f"{CHAIRS}/renew", CHAIRS, link=7).status_code == 404


@pytest.mark.parametrize("act", ["make", "renew"])
def test_a_link_whose_form_is_sent_twice_is_one_and_both_answers_show_it(
    database: Database, chair: FlaskClient, running_session: ForumSession, act: str
) -> None:
    begins(database, running_session, now())
    path, typed, before = CHAIRS, {"name": "Made-up Guest Chair"}, 0
    if act == "renew":
        send(chair, CHAIRS, **typed)
        path, typed, before = f"{CHAIRS}/renew", {}, 1
    fields = fields_in(chair.get(CHAIRS).text, path) | typed
    first, second = (chair.post(path, data=fields) for _ in range(2))
    assert link_shown(chair, first) == link_shown(chair, second)
    with database.writing() as session:
        links = session.query(ChairLink).order_by(ChairLink.id).all()
        assert len(links) == before + 1
        links[-1].made_at -= chairs.SHOWN_FOR
    assert 'value="http://localhost/chair/' not in chair.get(first.location).text, "it was shown long enough"


def test_a_link_opens_its_own_session_alone(
    app: Flask, database: Database, chair: FlaskClient, running_session: ForumSession
) -> None:
    with database.writing() as session:
        make_dialogue(session, "made-up-other")
    begins(database, running_session, now())
    guest = app.test_client()
    guest.get(link_shown(chair, send(chair, CHAIRS, name="Made-up Guest Chair")))
    assert guest.get(CONSOLE).status_code == 200
    assert guest.get("/forum/made-up-other/console").status_code == 302
    assert guest.get("/forum/made-up-dialogue/chairs").status_code == 302


def test_over_https_the_console_takes_forms_though_links_tell_little(
    app_with: Callable[..., Flask], database: Database, running_session: ForumSession
) -> None:
    app = app_with(site_url="https://peers.example", secret_key="x" * 40)
    client = app.test_client()
    with database.writing() as session:
        editor = make_user(session, "editor")
    base = {"base_url": "https://peers.example", "headers": {"Referer": "https://peers.example/x"}}
    token = token_in(client.get("/sign-in", **base).text)
    from tests.factories import PASSWORD

    client.post("/sign-in", data={"email": editor.email, "password": PASSWORD, "csrf_token": token}, **base)
    page = client.get(CONSOLE, **base)
    data = {"step": "started", "seen": "0", "csrf_token": token_in(page.text)}
    assert client.post(CONSOLE, data=data, **base).status_code == 303
    assert "Secure" in client.get(f"/f/{running_session.short_code}", **base).headers["Set-Cookie"]


def test_hundreds_behind_one_address_are_let_in_and_one_who_hammers_is_not(
    app_with: Callable[..., Flask], database: Database, running_session: ForumSession
) -> None:
    app = app_with(rate_limit="5 per minute")
    news = f"/f/{running_session.short_code}/now"
    for _ in range(20):
        person = app.test_client()
        assert person.get(f"/f/{running_session.short_code}").status_code == 200 or pytest.fail("somebody was kept out")
        etag = person.get(news).headers["ETag"]
    statuses = [person.get(news, headers={"If-None-Match": etag}).status_code for _ in range(250)]
    assert (statuses[0], statuses[-1]) == (304, 429)


def test_a_hall_that_follows_a_link_is_let_in(
    app_with: Callable[..., Flask], database: Database, running_session: ForumSession
) -> None:
    app = app_with(rate_limit="5 per minute")
    page, news = "/forum/made-up-dialogue", f"/f/{running_session.short_code}/now"
    for _ in range(20):
        person = app.test_client()
        person.get(f"/f/{running_session.short_code}")
        assert person.get(page).status_code == 200
    etag = person.get(news).headers["ETag"]
    for _ in range(250):
        person.get(news, headers={"If-None-Match": etag})
    assert person.get(page).status_code == 429, "whoever hammers is kept out"


def test_a_longer_session_costs_no_more_queries(
    app: Flask, database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    # What the chair may read out is made once in a while, not for each look.
    chair.get(CONSOLE)
    counts = []
    for number in (1, 3):
        for extra in range(number):
            other = app.test_client()
            other.get(f"/f/{running_session.short_code}")
            ask(
                other,
                running_session,
                f"Question {number} {extra}?",
                initiative=running_session.slots[1].initiatives[0].id,
            )
            moderate(chair, question(database, f"Question {number} {extra}?").id, "approve", "waiting")
        found = []
        for client, path in ((person, f"/f/{running_session.short_code}"), (chair, CONSOLE), (chair, QUEUE)):
            with counted_queries(app) as statements:
                assert client.get(path).status_code == 200
            found.append(len(statements))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 22


def test_the_queue_is_sorted_as_asked(
    app: Flask, database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    ask(person, running_session, "First, to Ben?", speaker=running_session.speakers[1].id)
    ask(person, running_session, "Second, to Ana?", speaker=running_session.speakers[0].id)
    for text in ("First, to Ben?", "Second, to Ana?"):
        moderate(chair, question(database, text).id, "approve", "waiting")
    other = app.test_client()
    other.get(f"/f/{running_session.short_code}")
    vote(other, running_session, question(database, "Second, to Ana?").id)
    assert chair.get(f"{QUEUE}?sort=time").text.rindex("First, to Ben?") < chair.get(f"{QUEUE}?sort=time").text.rindex(
        "Second, to Ana?"
    )
    for sort in ("votes", "speaker", "nonsense"):
        text = chair.get(f"{QUEUE}?sort={sort}").text
        assert text.rindex("Second, to Ana?") < text.rindex("First, to Ben?")


@pytest.mark.both_databases
def test_votes_of_the_session_are_those_in_the_database(
    app: Flask, database: Database, chair: FlaskClient, person: FlaskClient, running_session: ForumSession
) -> None:
    step(chair, "started")
    ask(person, running_session, "Who pays for it?")
    key = question(database, "Who pays for it?").id
    moderate(chair, key, "approve", "waiting")
    headers = {"Accept": "application/json"}
    for _ in range(2):
        other = app.test_client()
        token = token_of(other, running_session)
        answer = other.post(
            f"/f/{running_session.short_code}/vote", data={"question": key}, headers={**headers, "X-CSRFToken": token}
        )
        assert answer.json == {"voted": True}
    own = person.post(
        f"/f/{running_session.short_code}/vote",
        data={"question": key},
        headers={**headers, "X-CSRFToken": token_of(person, running_session)},
    )
    assert (own.status_code, own.json) == (422, {"error": "This is your own question."})
    with database.reading() as session:
        assert queries.votes_of(session, running_session.id) == {key: 2}
