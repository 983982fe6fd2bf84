"""The chair's brief at the desk: as a page with own words, and on paper."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kb.core.column_types import now
from kb.core.db import Database
from kb.forum.live import chairs
from kb.forum.models import ForumSession, SlotInitiative
from tests.factories import make_city, make_initiative, make_session, make_user, make_vision
from tests.sign_in import signed_in, token_in

from .page_readers import counted_queries


@pytest.fixture
def chair(client: FlaskClient, database: Database) -> FlaskClient:
    """An editor who leads sessions."""
    with database.writing() as session:
        user = make_user(session, "editor")
    return signed_in(client, user)


@pytest.fixture
def held(database: Database) -> tuple[str, int]:
    """The slug of a session, and the id of its first speaker."""
    with database.writing() as session:
        city = make_city(session, "Made-up One", challenges=("flooding",))
        made = make_session(session, cities=(city, make_city(session, challenges=("flooding",))), state="draft")
        return made.slug, made.speakers[1].id


def write(chair: FlaskClient, slug: str, section: str, text: str, version: str | None = None):
    token = token_in(chair.get(f"/desk/forum/{slug}/brief").text)
    fields = {"csrf_token": token, "text": text} | ({"version": version} if version else {})
    return chair.post(f"/desk/forum/{slug}/brief/{section}", data=fields)


def test_the_brief_is_for_those_who_lead(client: FlaskClient, database: Database, held) -> None:
    assert client.get(f"/desk/forum/{held[0]}/brief").status_code == 302
    with database.writing() as session:
        user = make_user(session, "contributor")
    assert signed_in(client, user).get(f"/desk/forum/{held[0]}/brief").status_code == 403


def test_the_chair_reads_what_the_record_says_with_where_it_says_so(chair: FlaskClient, held) -> None:
    page = chair.get(f"/desk/forum/{held[0]}/brief").text
    assert "Flooding: named by Made-up One" in page
    assert "Made-up Speaker of Made-up One is Mayor in Made-up One, India." in page
    assert re.search(r'<a href="http://localhost/cities/made-up-one-\d+">Made-up One</a>', page)


@pytest.mark.both_databases
def test_own_words_are_kept_until_the_chair_goes_back_to_the_records(chair: FlaskClient, held) -> None:
    slug, speaker = held
    section = f"introduction-{speaker}"
    assert write(chair, slug, section, "My own made-up words.").status_code == 303
    page = chair.get(f"/desk/forum/{slug}/brief").text
    assert "My own made-up words." in page
    late = write(chair, slug, section, "Words of somebody who came late.")
    assert late.status_code == 422
    assert "Someone else saved first." in late.text
    assert "Words of somebody who came late." in late.text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    assert write(chair, slug, section, "", version[1]).status_code == 303
    assert "My own made-up words." not in chair.get(f"/desk/forum/{slug}/brief").text


def test_there_is_no_section_that_the_brief_does_not_have(chair: FlaskClient, held) -> None:
    assert write(chair, held[0], "introduction-999999", "Made-up").status_code == 404


def test_the_brief_comes_on_paper(chair: FlaskClient, held) -> None:
    write(chair, held[0], f"introduction-{held[1]}", "<b>Made-up words</b>")
    answer = chair.get(f"/desk/forum/{held[0]}/brief.pdf")
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_three_speakers_cost_as_many_queries_as_one(chair: FlaskClient, app: Flask, database: Database) -> None:
    counted = []
    for several in (1, 3):
        with database.writing() as session:
            cities = tuple(make_city(session, challenges=("heat",)) for _ in range(several + 1))
            made = make_session(session, cities=cities)
            for slot in made.slots:
                if slot.kind == "talk" and slot.speaker and slot.speaker.city:
                    vision = make_vision(session, slot.speaker.city)
                    slot.vision = vision
                    slot.presented = [SlotInitiative(initiative=make_initiative(session, cities=cities, goals=(11,)))]
        path = f"/desk/forum/{made.slug}/brief"
        # What is derived from the database follows it first.
        for _ in range(2):
            chair.get(path)
        with counted_queries(app) as asked:
            assert chair.get(path).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_whoever_leads_by_a_link_reads_the_brief_without_an_account(
    client: FlaskClient, database: Database, held
) -> None:
    slug, _ = held
    assert client.get(f"/forum/{slug}/brief").status_code == 302
    with database.writing() as session:
        made = session.scalars(select(ForumSession).where(ForumSession.slug == slug)).one()
        made.state, made.starts_at = "announced", now()
        _link, token = chairs.create_link(session, None, made, "Made-up Chair")
    assert client.get(f"/forum/{slug}/brief").status_code == 302
    assert client.get(f"/chair/{token}").status_code in {302, 303}
    brief = client.get(f"/forum/{slug}/brief")
    assert brief.status_code == 200
    assert "Flooding: named by Made-up One" in brief.text
    assert "Edit" not in brief.text
    assert client.get(f"/forum/{slug}/brief.pdf").data.startswith(b"%PDF")
    assert client.get(f"/desk/forum/{slug}/brief").status_code == 302


def test_the_console_gives_the_introduction_to_read(chair: FlaskClient, database: Database, held) -> None:
    slug, speaker = held
    with database.writing() as session:
        made = session.scalars(select(ForumSession).where(ForumSession.slug == slug)).one()
        made.state = "announced"
        made.slots = [slot for slot in made.slots if slot.kind == "introduction"][:1]
        assert made.slots[0].speaker_id == speaker
    assert "Made-up Speaker of Made-up One is Mayor in Made-up One, India." in chair.get(f"/forum/{slug}/console").text
