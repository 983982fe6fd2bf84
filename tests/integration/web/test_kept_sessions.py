"""What a session leaves behind: on its page, on cities and initiatives, at the desk, as files, and in the search."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from config import Config
from kb.catalogue.queries import last_change
from kb.core.db import Database
from kb.forum.models import ClockStep, ForumSession, Question, SlotInitiative, Statement
from kb.search import indexing
from kb.search.follower import Follower
from tests.factories import make_city, make_initiative, make_leader, make_session, make_user
from tests.sign_in import send, signed_in

from .page_readers import counted_queries, words_of

ASKED = datetime(2027, 6, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def past_session(database: Database) -> dict[str, str | int]:
    """A session that is over: a talk on buses, an answered question about them, and one that nobody answered."""
    with database.writing() as session:
        city = make_city(session, "Made-up Busville")
        leader = make_leader(session, "Made-up Leader of Busville", city=city)
        buses = make_initiative(session, "Made-up Buses", cities=(city,))
        made = make_session(session, "Made-up Dialogue on Zeppelins", cities=(city,), state="ended")
        speaker = made.speakers[1]
        speaker.leader, speaker.status = leader, "spoke"
        talk = next(slot for slot in made.slots if slot.kind == "talk")
        talk.presented = [SlotInitiative(initiative=buses)]
        made.statements = [Statement(kind="closing", text="=Made-up quokkas matter.", speaker=speaker)]
        common = {"session_id": made.id, "asked_at": ASKED, "asker_name": "Made-up Asker"}
        question = Question(
            number=1, text="Made-up: who paid for the wombats?", state="answered", answer="Made-up numbats paid.",
            answered_at=ASKED, initiative=buses, answered_by=speaker, speaker=speaker, **common,
        )  # fmt: skip
        waiting = Question(number=2, text="Made-up: and the bilbies?", state="approved", speaker=speaker, **common)
        hidden = Question(number=3, text="Made-up: the declined dingo", state="declined", speaker=speaker, **common)
        session.add_all([question, waiting, hidden])
        session.flush()
        return {
            "slug": made.slug, "city": city.slug, "initiative": buses.slug, "leader": leader.slug,
            "city_id": city.id, "answered": question.id, "waiting": waiting.id,
        }  # fmt: skip


def test_the_record_tells_who_spoke_what_was_said_and_what_was_asked(client: FlaskClient, past_session) -> None:
    page = client.get(f"/forum/{past_session['slug']}").text
    for said in ("Made-up quokkas matter.", "who paid for the wombats?", "Made-up numbats paid.", "and the bilbies?"):
        assert said in page
    assert "Not answered yet." in page
    assert "declined dingo" not in page


def test_answers_stand_on_the_initiative_and_the_city_they_are_about(client: FlaskClient, past_session) -> None:
    for path in (f"/initiatives/{past_session['initiative']}", f"/cities/{past_session['city']}"):
        page = client.get(path).text
        assert "Said in the forum" in page
        assert "Made-up numbats paid." in page
        assert f"/forum/{past_session['slug']}#slot-" in page
    assert "Made-up Dialogue on Zeppelins" in client.get(f"/leaders/{past_session['leader']}").text


def test_what_nobody_answered_goes_to_the_citys_people_and_their_answer_joins_the_record(
    client: FlaskClient, database: Database, past_session, app: Flask
) -> None:
    with database.writing() as session:
        ours = make_user(session, "contributor", city_id=past_session["city_id"])
        other = make_user(session, "contributor", city_id=make_city(session).id)
    stranger = signed_in(app.test_client(), other)
    assert "and the bilbies?" not in stranger.get("/desk/questions").text
    person = signed_in(client, ours)
    page = person.get("/desk/questions").text
    assert "and the bilbies?" in page
    assert "wombats" not in page
    empty = send(person, f"/desk/questions/{past_session['waiting']}", "/desk/questions", answer=" ")
    assert empty.status_code == 422
    done = send(
        person, f"/desk/questions/{past_session['waiting']}", "/desk/questions", answer="Made-up bilbies are well."
    )
    assert done.status_code == 303
    assert "Made-up bilbies are well." in app.test_client().get(f"/forum/{past_session['slug']}").text
    assert "and the bilbies?" not in person.get("/desk/questions").text


def test_nobody_answers_for_another_city(client: FlaskClient, database: Database, past_session) -> None:
    with database.writing() as session:
        other = make_user(session, "contributor", city_id=make_city(session).id)
    person = signed_in(client, other)
    answer = send(person, f"/desk/questions/{past_session['waiting']}", "/desk", answer="Made-up")
    assert answer.status_code == 403
    assert "This question is for the people of another city." in answer.text
    with database.reading() as session:
        assert session.get_one(Question, past_session["waiting"]).answer is None


def test_the_record_tells_when_each_slot_was_held_and_what_was_left_out(
    database: Database, client: FlaskClient, past_session
) -> None:
    before = next(
        csv.DictReader(io.StringIO(client.get(f"/forum/{past_session['slug']}/record.csv").data.decode("utf-8-sig")))
    )
    assert (before["began_at"], before["left_out"]) == ("", "")
    with database.writing() as session:
        made = session.scalars(select(ForumSession).where(ForumSession.slug == past_session["slug"])).one()
        first, second, third, *_ = made.slots
        steps = (("started", first.id, 3), ("skipped", third.id, 4), ("broken-off", second.id, 9), ("ended", None, 20))
        for number, (kind, slot_id, minute) in enumerate(steps, 1):
            at = made.starts_at + timedelta(minutes=minute)
            session.add(ClockStep(session_id=made.id, number=number, kind=kind, slot_id=slot_id, at=at))
        start, zone = made.local_start, made.local_start.tzinfo
    expected = [(start + timedelta(minutes=minute)).astimezone(zone) for minute in (3, 9, 20)]
    programme = client.get(f"/forum/{past_session['slug']}/record.json").get_json()["programme"]
    told = [(slot["began_at"], slot["ended_at"], slot["left_out"]) for slot in programme[:4]]
    moments = [moment.isoformat() for moment in expected]
    assert told == [
        (moments[0], moments[1], True),
        (moments[1], moments[2], False),
        (None, None, True),
        (None, None, False),
    ]
    words = words_of(client.get(f"/forum/{past_session['slug']}").text)
    assert f"stopped early took place from {expected[0]:%H:%M} to {expected[1]:%H:%M}" in words
    assert "skipped" in words


def test_the_record_is_a_table_without_formulas(client: FlaskClient, past_session) -> None:
    answer = client.get(f"/forum/{past_session['slug']}/record.csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    by_part = {part: [row for row in rows if row["part"] == part] for part in {row["part"] for row in rows}}
    assert by_part["statement"][0]["text"] == "'=Made-up quokkas matter."
    assert [row["answer"] for row in by_part["question"]] == ["Made-up numbats paid.", ""]
    assert by_part["programme"][4]["about"] == "Made-up Buses"
    assert "dingo" not in answer.text


def test_a_name_that_was_taken_away_is_in_no_file(client: FlaskClient, database: Database, past_session) -> None:
    assert client.get(f"/forum/{past_session['slug']}/record.json").json["questions"][0]["asked_by"] == "Made-up Asker"
    with database.writing() as session:
        for question in session.scalars(select(Question)):
            question.asker_name = None
    for ending in ("json", "csv"):
        assert "Made-up Asker" not in client.get(f"/forum/{past_session['slug']}/record.{ending}").text
    assert "Made-up Asker" not in client.get(f"/forum/{past_session['slug']}").text


@pytest.mark.both_databases
def test_the_record_for_machines_has_it_all(client: FlaskClient, past_session) -> None:
    record = client.get(f"/forum/{past_session['slug']}/record.json").json
    assert record["starts_at"] == "2027-06-01T14:00:00+02:00"
    assert record["speakers"][1]["status"] == "spoke"
    assert record["programme"][4]["initiatives"] == [f"http://localhost/initiatives/{past_session['initiative']}"]
    assert record["questions"][1] == {
        "text": "Made-up: and the bilbies?", "asked_by": "Made-up Asker",
        "to": "Made-up Speaker of Made-up Busville", "about": None, "answer": None, "answered_by": None,
        "answered_at": None,
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_a_draft_has_no_record(client: FlaskClient, database: Database, past_session, ending: str) -> None:
    with database.writing() as session:
        session.scalars(select(ForumSession)).one().state = "draft"
    assert client.get(f"/forum/{past_session['slug']}/record.{ending}").status_code == 404


def found(client: FlaskClient, words: str, kind: str | None = None) -> str:
    page = client.get("/search", query_string={"q": words} | ({"kind": kind} if kind else {})).text
    return page[page.index("<main") :]


FINDS = [
    ("zeppelins", "session", "Made-up Dialogue on Zeppelins"),
    ("quokkas", "session", "Made-up Dialogue on Zeppelins"),
    ("busville buses", "talk", "Made-up Speaker of Made-up"),
    ("numbats", "answer", "who paid for the"),
    ("wombats", "answer", "who paid for the"),
]


@pytest.mark.parametrize("with_index", [True, False])
def test_sessions_talks_and_answers_are_found_by_their_own_kind(
    client: FlaskClient, database: Database, config: Config, past_session, with_index: bool
) -> None:
    if with_index:
        indexing.rebuild(database, config.search_index)
    for words, kind, title in FINDS:
        if not with_index and words in {"quokkas", "busville buses"}:
            continue
        page = found(client, words, kind)
        assert 'class="result"' in page, (words, kind)
        assert title.split()[0] in page
        assert f"/forum/{past_session['slug']}" in page
    assert 'class="result"' not in found(client, "dingo", "answer")
    assert 'class="result"' not in found(client, "bilbies", "answer")


@pytest.mark.both_databases
def test_the_index_follows_what_is_announced_taken_back_and_answered(
    database: Database, config: Config, past_session, client: FlaskClient
) -> None:
    root = Path(config.search_index)
    indexing.rebuild(database, root)
    follower = Follower(database, root)

    def kinds() -> dict[str, int]:
        follower.step()
        assert indexing.check(database, root) == []
        return {
            kind: found(client, words, kind).count('class="result"')
            for kind, words in (("session", "zeppelins"), ("talk", "busville"), ("answer", "wombats OR bilbies"))
        }

    assert kinds() == {"session": 1, "talk": 1, "answer": 1}
    with database.writing() as session:
        question = session.get_one(Question, past_session["waiting"])
        question.state, question.answer, question.answered_at = "answered", "Made-up", ASKED
    assert kinds() == {"session": 1, "talk": 1, "answer": 2}
    with database.writing() as session:
        session.get_one(Question, past_session["answered"]).state = "declined"
    assert kinds() == {"session": 1, "talk": 1, "answer": 1}
    with database.writing() as session:
        session.scalars(select(ForumSession)).one().state = "draft"
    assert kinds() == {"session": 0, "talk": 0, "answer": 0}
    with database.writing() as session:
        session.scalars(select(ForumSession)).one().state = "ended"
    assert kinds() == {"session": 1, "talk": 1, "answer": 1}
    with database.writing() as session:
        session.delete(session.scalars(select(ForumSession)).one())
    assert kinds() == {"session": 0, "talk": 0, "answer": 0}
    follower.close()


def test_a_question_that_nobody_answered_leaves_the_change_log_alone(database: Database, past_session) -> None:
    with database.reading() as session:
        before = last_change(session)
    with database.writing() as session:
        made = session.scalars(select(ForumSession)).one()
        session.add(Question(session_id=made.id, number=4, text="Made-up", asked_at=ASKED))
        session.get_one(Question, past_session["waiting"]).text = "Made-up: other words"
    with database.reading() as session:
        assert last_change(session) == before


@pytest.mark.parametrize(
    "path", ["/cities/{city}", "/initiatives/{initiative}", "/forum/{slug}", "/forum/{slug}/record.csv"]
)
def test_three_answers_cost_as_many_queries_as_one(app: Flask, database: Database, past_session, path: str) -> None:
    address = path.format(**past_session)
    counted = []
    for before in (3, 5):
        client = app.test_client()
        client.get(address)
        with counted_queries(app) as asked:
            assert client.get(address).status_code == 200
        counted.append(len(asked))
        with database.writing() as session:
            first = session.get_one(Question, past_session["answered"])
            for number in (before + 1, before + 2):
                session.add(
                    Question(
                        session_id=first.session_id, number=number, text="Made-up more", state="answered",
                        answer="Made-up", answered_at=ASKED, asked_at=ASKED, initiative_id=first.initiative_id,
                        speaker_id=first.speaker_id, answered_by_id=first.answered_by_id,
                    )
                )  # fmt: skip
    assert counted[0] == counted[1]
