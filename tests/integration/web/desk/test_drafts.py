"""A contributor writes up a project, step by step, without JavaScript."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind
from kb.catalogue.entries.schema import EntrySchema
from kb.catalogue.models import City, Initiative
from kb.core.db import Database
from kb.editorial import actions
from kb.editorial.models import Proposal
from tests.at_once import meet
from tests.factories import make_city, make_initiative, make_place, make_source, make_user
from tests.sign_in import send, signed_in, token_in

from ..page_readers import words_of
from .desk_forms import fields_in, fill, write_up


@pytest.fixture
def contributor(session: Session) -> User:
    """A person in a city."""
    user = make_user(session, city_id=make_city(session, "Surat").id)
    session.commit()
    return user


@pytest.fixture
def ana(client: FlaskClient, contributor: User) -> FlaskClient:
    """The contributor's browser."""
    return signed_in(client, contributor)


@pytest.fixture
def bo(app: Flask, session: Session) -> FlaskClient:
    """The browser of a contributor who may write for any city."""
    user = make_user(session)
    session.commit()
    return signed_in(app.test_client(), user)


def proposal(database: Database, key: int = 1) -> Proposal:
    with database.reading() as session:
        return session.get_one(Proposal, key)


def test_the_form_begins_with_the_city_of_whoever_writes(ana: FlaskClient) -> None:
    page = ana.get("/desk/new/initiative").text
    assert 'value="Surat"' in page


@pytest.fixture
def lagos(session: Session) -> City:
    """Another city than the contributor's."""
    lagos = make_city(session, "Lagos")
    session.commit()
    return lagos


ELSEWHERE = "You write for Surat, so it must be one of the cities"


def test_a_step_that_names_another_city_comes_back_as_it_was_typed(
    ana: FlaskClient, lagos: City, database: Database
) -> None:
    there = {"cities__0__typed": "Lagos", "cities__0__city": lagos.slug}
    answer = fill(ana, "/desk/new/initiative", title="Made-up Sensors", summary="They warn.", **there)
    assert answer.status_code == 422
    assert ELSEWHERE in words_of(answer.text)
    assert "They warn." in answer.text
    assert "Everything is saved." not in answer.text
    with database.reading() as session:
        assert session.scalars(select(Proposal)).all() == []

    fill(ana, "/desk/new/initiative", title="Made-up Sensors", summary="They warn.", stage="pilot")
    first = "/desk/proposals/1/write/what"
    for go in ("stay", "next", "check", "preview"):
        answer = fill(ana, first, go, summary="They warn twice.", **there)
        assert answer.status_code == 422, go
        assert ELSEWHERE in words_of(answer.text)
        assert "They warn twice." in answer.text
        assert "Not saved yet." in words_of(answer.text)
    kept = proposal(database).data
    assert lagos.slug not in kept["cities"]
    assert kept["summary"] == "They warn."


def test_a_script_that_saves_another_city_is_told_why_not(ana: FlaskClient, lagos: City, database: Database) -> None:
    fill(ana, "/desk/new/initiative", title="Made-up Sensors")
    path = "/desk/proposals/1/write/what"
    data = {"title": "Moved", "cities-0-typed": "Lagos", "cities-0-city": lagos.slug, "seen": "1"}
    headers = {"X-CSRFToken": token_in(ana.get(path).text), "Accept": "application/json"}
    response = ana.post(path, data=data, headers=headers)
    assert response.status_code == 422
    assert ELSEWHERE in response.json["error"]
    assert lagos.slug not in proposal(database).data["cities"]


def test_nobody_of_one_city_begins_to_change_the_entry_of_another(
    ana: FlaskClient, lagos: City, session: Session, database: Database
) -> None:
    entry = make_initiative(session, cities=(session.merge(lagos),))
    session.commit()
    answer = send(ana, f"/desk/entries/initiative/{entry.slug}/change", f"/desk/entries/initiative/{entry.slug}")
    assert answer.status_code == 409
    assert ELSEWHERE in words_of(answer.text)
    with database.reading() as reading:
        assert reading.scalars(select(Proposal)).all() == []


def test_all_that_is_wrong_with_a_step_is_told_at_once(bo: FlaskClient) -> None:
    typed = {"cities__0__typed": "Made-up Nowhere", "cities__0__city": "", "start_year": "soon"}
    page = fill(bo, "/desk/new/initiative", title="Made-up Sensors", **typed)
    assert page.status_code == 422
    assert [error in words_of(page.text) for error in ("There is no place with this name", "is not a year")] == [
        True
    ] * 2


def test_a_row_of_a_step_says_what_is_wrong_with_it_beside_a_city_that_is_not_clear(bo: FlaskClient) -> None:
    first = {"terms__0__typed": "", "terms__0__title": ""}
    second = {"terms__1__typed": "Made-up Nowhere", "terms__1__title": "Mayor", "terms__1__start_year": "soon"}
    page = fill(bo, "/desk/new/leader", name="Made-up Leader", **first, **second)
    assert page.status_code == 422
    assert set(re.findall(r'id="([\w-]+)-error"', page.text)) == {"terms-1-typed", "terms-1-start_year"}


def test_the_two_sources_of_a_term_of_office_are_told_apart(bo: FlaskClient) -> None:
    first = html.document_fromstring(bo.get("/desk/new/leader").text)
    labels = {label.get("for"): label.text_content().strip() for label in first.iter("label")}
    source, end_source = labels["terms-0-source"], labels["terms-0-end_source"]
    assert source.startswith("Source")
    assert end_source.startswith("Source for the end or this day")
    assert not source.startswith("Source for the end")


def test_looking_at_the_form_makes_no_draft(ana: FlaskClient, database: Database) -> None:
    ana.get("/desk/new/initiative")
    fill(ana, "/desk/new/initiative", cities__0__typed="", cities__0__city="")
    with database.reading() as session:
        assert session.scalars(select(Proposal)).all() == []


@pytest.mark.both_databases
def test_each_step_is_kept_and_leads_to_the_next(ana: FlaskClient, database: Database) -> None:
    answer = fill(ana, "/desk/new/initiative", title="Made-up Sensors", summary="They warn.", stage="pilot")
    assert answer.location == "/desk/proposals/1/write/story"
    answer = fill(ana, answer.location, problem="It floods.\r\n\r\nOften.")
    assert answer.location == "/desk/proposals/1/write/aims"
    kept = proposal(database).data
    assert kept["title"] == "Made-up Sensors"
    assert kept["problem"] == "It floods.\n\nOften."


def test_a_year_that_is_none_is_kept_as_typed_and_told_next_to_its_field(ana: FlaskClient, database: Database) -> None:
    answer = fill(ana, "/desk/new/initiative", title="Made-up Sensors", start_year="2O21")
    assert answer.status_code == 422
    assert 'href="#start_year"' in answer.text
    assert 'aria-describedby="start_year-error"' in answer.text
    assert 'value="2O21"' in answer.text
    assert proposal(database).data["start_year"] == "2O21"


def test_a_namesake_is_told_apart_and_nothing_is_guessed(session: Session, bo: FlaskClient, database: Database) -> None:
    make_place(session, "Cordoba", "AR", population=1_400_000, latitude=-31.4)
    spanish = make_place(session, "Cordoba", "ES", population=1_000_000)
    session.commit()
    answer = fill(bo, "/desk/new/initiative", title="Made-up Sensors", cities__0__typed="Cordoba", cities__0__city="")
    assert answer.status_code == 422
    assert "Argentina, 1,400,000 people" in answer.text
    assert "Spain, 1,000,000 people" in answer.text
    assert proposal(database).data["cities"] == []
    step = "/desk/proposals/1/write/what"
    fill(bo, step, cities__0__typed="Cordoba", cities__0__city=f"place:{spanish.id}")
    assert proposal(database).data["cities"] == [f"place:{spanish.id}"]
    assert "Spain, 1,000,000 people" in bo.get(step).text


def test_a_country_behind_a_comma_is_enough(session: Session, bo: FlaskClient, database: Database) -> None:
    argentine = make_place(session, "Cordoba", "AR")
    make_place(session, "Cordoba", "ES", latitude=37.9)
    session.commit()
    typed = {"cities__0__typed": "Cordoba, Argentina", "cities__0__city": ""}
    fill(bo, "/desk/new/initiative", title="Made-up Sensors", **typed)
    assert proposal(database).data["cities"] == [f"place:{argentine.id}"]


def test_rows_are_added_and_taken_away_without_javascript(ana: FlaskClient, database: Database) -> None:
    write_up(ana)
    step = "/desk/proposals/1/write/figures"
    answer = fill(ana, step, None, outcomes__0__measure="Made-up warnings", outcomes__0__value="12", add="outcomes")
    assert answer.location == f"{step}?add=outcomes#outcomes"
    page = ana.get(answer.location).text
    assert 'name="outcomes-1-measure"' in page
    fill(ana, f"{step}?add=outcomes", None, outcomes__1__measure="Made-up floods", remove="outcomes-0")
    assert [row["measure"] for row in proposal(database).data["outcomes"]] == ["Made-up floods"]


def test_suggested_goals_are_taken_one_by_one_and_remember_that_they_were_suggested(
    ana: FlaskClient, database: Database
) -> None:
    fill(ana, "/desk/new/initiative", title="Made-up Sensors")
    story = "Flooding harms poor people in slums; early warning of heavy rain under climate change was missing."
    fill(ana, "/desk/proposals/1/write/story", problem=story)
    step = "/desk/proposals/1/write/aims"
    page = words_of(ana.get(step).text)
    assert "13 Climate action" in page
    assert "climate change" in page
    fill(ana, step, None, accept="13", goals=["11"])
    assert proposal(database).data["goals"] == [
        {"goal": 11, "origin": "editor"},
        {"goal": 13, "origin": "suggestion"},
    ]
    fill(ana, step, "next", challenges=["flooding"])
    assert {"goal": 13, "origin": "suggestion"} in proposal(database).data["goals"]


def test_a_suggested_target_that_is_taken_brings_its_goal_along(ana: FlaskClient, database: Database) -> None:
    fill(ana, "/desk/new/initiative", title="Made-up Sensors")
    fill(ana, "/desk/proposals/1/write/aims", None, accept="13.1")
    data = proposal(database).data
    assert data["targets"] == [{"target": "13.1", "origin": "suggestion"}]
    assert data["goals"] == [{"goal": 13, "origin": "suggestion"}]


@pytest.mark.both_databases
def test_what_may_exist_already_is_said_on_the_first_step(
    session: Session, ana: FlaskClient, contributor: User
) -> None:
    make_initiative(session, "Made-up Flood Sensors on Bridges")
    session.commit()
    fill(ana, "/desk/new/initiative", "stay", title="Made-up flood sensors on the bridges")
    page = words_of(ana.get("/desk/proposals/1/write/what").text)
    assert "This may exist already" in page
    assert "Made-up Flood Sensors on Bridges" in page
    assert "This may exist already" in ana.get("/desk/alike?title=Flood+sensors+on+bridges,+made-up").text
    assert "This may exist already" not in ana.get("/desk/alike?title=Street+lamps").text


def test_a_change_of_what_is_public_is_not_taken_for_a_double(
    session: Session, ana: FlaskClient, contributor: User
) -> None:
    city = session.get_one(City, contributor.city_id)
    initiative = make_initiative(session, "Made-up Flood Sensors on Bridges", cities=(city,))
    make_initiative(session, "Made-up Flood Sensors on Other Bridges")
    session.commit()
    send(ana, f"/desk/entries/initiative/{initiative.slug}/change", f"/desk/entries/initiative/{initiative.slug}")
    page = words_of(ana.get("/desk/proposals/1/write/what").text)
    assert "A change to a public entry" in page
    assert "This may exist already" not in page


def test_the_last_step_says_what_is_missing_and_leads_there(ana: FlaskClient) -> None:
    fill(ana, "/desk/new/initiative", title="Made-up Sensors")
    page = ana.get("/desk/proposals/1/check").text
    assert 'href="/desk/proposals/1/write/sources#sources"' in page
    answer = fill(ana, "/desk/proposals/1/check", "send", note="Please look.")
    assert answer.status_code == 422
    assert "Name at least one source." in answer.text
    assert "Please look." in answer.text


def test_a_preview_is_the_public_page_and_publishes_nothing(
    session: Session, bo: FlaskClient, database: Database
) -> None:
    make_place(session, "Cordoba", "AR")
    session.commit()
    key = write_up(bo, city="Cordoba, Argentina", **{"cities-0-city": ""})
    fill(bo, f"/desk/proposals/{key}/write/figures", outcomes__0__measure="Made-up warnings", outcomes__0__year="2O21")
    page = words_of(bo.get(f"/desk/proposals/{key}/preview").text)
    assert "Made-up Flood Sensors" in page
    assert "Cordoba , Argentina" in page
    assert "Made-up warnings" in page
    assert "Sustainable cities and communities" in page
    with database.reading() as reading:
        assert reading.scalars(select(Initiative)).all() == []


def test_a_draft_with_a_title_alone_can_be_previewed(ana: FlaskClient) -> None:
    fill(ana, "/desk/new/initiative", "stay", title="Made-up Sensors")
    assert "No summary yet." in words_of(ana.get("/desk/proposals/1/preview").text)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("vision", {"title": "Made-up Plan", "city-typed": "Surat", "gist": "A made-up plan."}),
        ("leader", {"name": "Made-up Mayor", "terms-0-typed": "Surat", "terms-0-title": "Mayor"}),
        ("city", {"place-typed": "Gwalior"}),
    ],
)
def test_cities_leaders_and_visions_are_written_up_too(
    session: Session, bo: FlaskClient, database: Database, kind: str, typed: dict[str, str]
) -> None:
    make_place(session, "Gwalior", "IN")
    make_city(session, "Surat")
    session.commit()
    answer = fill(bo, f"/desk/new/{kind}", **typed)
    assert answer.status_code == 303, words_of(answer.text)
    kept = proposal(database)
    assert kept.kind == kind
    assert kept.title in {"Made-up Plan", "Made-up Mayor", "Gwalior"}
    assert bo.get(answer.location).status_code == 200
    assert bo.get("/desk/proposals/1/preview").status_code == 200


def test_a_draft_is_nobody_elses_business(app: Flask, session: Session, ana: FlaskClient) -> None:
    key = write_up(ana)
    others = [make_user(session, role) for role in ("contributor", "editor", "administrator")]
    session.commit()
    for other in others:
        browser = signed_in(app.test_client(), other)
        for page in ("", "/write/what", "/check", "/preview"):
            assert browser.get(f"/desk/proposals/{key}{page}").status_code == 404


def test_a_script_saves_in_the_background_and_hears_what_is_still_needed(ana: FlaskClient, database: Database) -> None:
    write_up(ana)
    step = "/desk/proposals/1/write/story"
    fields = fields_in(ana.get(step).text, step)
    token = fields.pop("csrf_token")[0]
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    answer = ana.post(step, data=fields | {"problem": "It floods."}, headers=headers)
    assert answer.status_code == 200
    assert proposal(database).data["problem"] == "It floods."
    assert answer.json["seen"] == proposal(database).version
    assert "checklist" in answer.json["needs"]
    stale = ana.post(step, data=fields | {"problem": "Old words."}, headers=headers)
    assert stale.status_code == 409
    assert proposal(database).data["problem"] == "It floods."


def test_the_language_of_a_text_is_asked_for_and_one_that_is_none_is_told(ana: FlaskClient, database: Database) -> None:
    assert fields_in(ana.get("/desk/new/initiative").text, "/desk/new/initiative")["language"] == ["en"]
    answer = fill(ana, "/desk/new/initiative", title="Made-up Sensors", language="Klingonese")
    assert answer.status_code == 422
    assert 'aria-describedby="language-hint language-error"' in answer.text
    assert fill(ana, "/desk/proposals/1/write/what", language="Spanish").status_code == 303
    assert proposal(database).data["language"] == "es"


def test_a_step_that_is_sent_is_validated_once(ana: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    load = EntrySchema.load

    def counted(schema: EntrySchema, data: Any, **settings: Any) -> Any:
        loaded.append(data)
        return load(schema, data, **settings)

    page = ana.get("/desk/new/initiative")
    typed = fields_in(page.text, "/desk/new/initiative") | {
        "title": "Made-up Sensors",
        "start_year": "2O21",
        "go": "next",
    }
    monkeypatch.setattr(EntrySchema, "load", counted)
    assert ana.post("/desk/new/initiative", data={**typed, "go": "next"}).status_code == 422
    assert [data["start_year"] for data in loaded if data].count("2O21") == 1


@pytest.mark.one_database
@pytest.mark.parametrize("kind", EntryKind)
def test_what_is_missing_or_wrong_leads_to_where_it_is_written(
    bo: FlaskClient, session: Session, kind: EntryKind
) -> None:
    wrong: dict[str, Any] = {"terms": [{"city": "Nowhere at all"}]} if kind == EntryKind.LEADER else {}
    author = session.scalars(select(User)).one()
    key = actions.start(session, author, kind, wrong).id
    session.commit()
    for path in (f"/desk/new/{kind}", f"/desk/proposals/{key}/check"):
        links = re.findall(r'href="(/desk/(?:new|proposals)/[^"#]+)#([^"]+)"', bo.get(path).text)
        assert links
        for page, place in links:
            assert f'id="{place}"' in bo.get(page).text


def test_of_a_draft_that_is_not_kept_only_the_first_step_can_be_written(bo: FlaskClient) -> None:
    page = bo.get("/desk/new/initiative").text
    assert 'href="/desk/new/initiative#title"' in page
    assert "#challenges" not in page


@pytest.mark.postgresql
class TestAtOnce:
    """An editor publishes the own change while another merges the entry."""

    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    def test_neither_waits_for_the_other_for_ever(
        self, client: FlaskClient, session: Session, database: Database
    ) -> None:
        editor, other = make_user(session, "editor"), make_user(session, "editor")
        kept, double = (make_initiative(session, sources=(make_source(session),)) for _ in range(2))
        key = actions.start(session, editor, EntryKind.INITIATIVE, entry_id=double.id).id
        session.commit()
        path = f"/desk/proposals/{key}/check"
        eva = signed_in(client, editor)
        fields = fields_in(eva.get(path).text, path) | {"go": ["publish"]}
        answers = []

        def publish_it(_session: Session) -> None:
            answers.append(eva.post(path, data=fields))

        def merge_it(merging: Session) -> None:
            actions.merge(merging, other, EntryKind.INITIATIVE, kept.id, double.id)

        meet(database, publish_it, merge_it)
        assert [answer.status_code for answer in answers] == [409]
        with database.reading() as reading:
            assert reading.get_one(Proposal, key).entry_id == kept.id
